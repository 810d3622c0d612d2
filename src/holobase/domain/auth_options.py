"""What an auth collection has beside records: who may log in and how, and what its mails say.

Names, order and defaults are the wire's. Secrets have a place here but none on the wire.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

Rule: TypeAlias = str | None
"""None: superusers only. Empty: everybody. Else an expression of the rule language."""

PROVIDER_SECRET = "oauth2.providers."  # noqa: S105 - where one is kept, not what it is


class TokenOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How long a kind of token lives (seconds), and the secret it is signed with."""

    duration: int
    secret: str = ""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A mail. `{APP_NAME} {APP_URL} {TOKEN} {OTP} {OTP_ID} {ALERT_INFO}` are filled in."""

    subject: str = ""
    body: str = ""


class AuthAlert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The mail about a login from a new place."""

    enabled: bool = True
    email_template: Template = Template(
        subject="New login to {APP_NAME}",
        body=(
            "<p>Somebody has logged in to your {APP_NAME} account from a place we do not know:</p>"
            "\n<p>{ALERT_INFO}</p>\n<p>If it was you, all is well. If not, change your password at"
            " once: that ends all other logins.</p>"
        ),
    )


class Provider(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An OAuth2 provider as this collection uses it; `extra` is a JSON object as text."""

    pkce: bool | None = None
    name: str = ""
    client_id: str = ""
    client_secret: str = ""
    auth_url: str = msgspec.field(default="", name="authURL")
    token_url: str = msgspec.field(default="", name="tokenURL")
    user_info_url: str = msgspec.field(default="", name="userInfoURL")
    display_name: str = ""
    extra: str = "{}"


class MappedFields(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a new account that take what its provider tells."""

    id: str = ""
    name: str = ""
    username: str = ""
    avatar_url: str = msgspec.field(default="", name="avatarURL")


class OAuth2(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Login by other services."""

    providers: tuple[Provider, ...] = ()
    mapped_fields: MappedFields = MappedFields()
    enabled: bool = False


class PasswordAuth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Login by password: which fields name the account, tried in order."""

    enabled: bool = True
    identity_fields: tuple[str, ...] = ("email",)


class Mfa(msgspec.Struct, frozen=True, kw_only=True):
    """A second step at login, for those whom the rule names; `duration` in seconds."""

    enabled: bool = False
    duration: int = 600
    rule: str = ""


class Otp(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Login by a code sent by mail; `duration` in seconds, `length` in digits."""

    enabled: bool = False
    duration: int = 180
    length: int = 8
    email_template: Template = Template(
        subject="Your code for {APP_NAME}",
        body=(
            "<p>Your code for {APP_NAME} is <strong>{OTP}</strong>.</p>\n"
            "<p>If you did not ask for it, somebody may have mistyped their address:"
            " nothing needs to be done.</p>"
        ),
    )


def _link(text: str, path: str) -> str:
    return (
        f'<p>{text}</p>\n<p><a href="{{APP_URL}}/_/#/auth/{path}/{{TOKEN}}" target="_blank"'
        ' rel="noopener">{APP_URL}</a></p>\n<p>If it was not you who asked, ignore this mail.</p>'
    )


class AuthOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All options of an auth collection, in the order of the wire."""

    auth_rule: Rule = ""
    manage_rule: Rule = None
    auth_alert: AuthAlert = AuthAlert()
    oauth2: OAuth2 = msgspec.field(default=OAuth2(), name="oauth2")
    password_auth: PasswordAuth = PasswordAuth()
    mfa: Mfa = Mfa()
    otp: Otp = Otp()
    auth_token: TokenOptions = TokenOptions(duration=432_000)
    password_reset_token: TokenOptions = TokenOptions(duration=1_800)
    email_change_token: TokenOptions = TokenOptions(duration=1_800)
    verification_token: TokenOptions = TokenOptions(duration=86_400)
    file_token: TokenOptions = TokenOptions(duration=180)
    verification_template: Template = Template(
        subject="Confirm your address for {APP_NAME}",
        body=_link(
            "Welcome to {APP_NAME}. Follow this link to confirm your address:",
            "confirm-verification",
        ),
    )
    reset_password_template: Template = Template(
        subject="A new password for {APP_NAME}",
        body=_link("Follow this link to choose a new password:", "confirm-password-reset"),
    )
    confirm_email_change_template: Template = Template(
        subject="Confirm your new address for {APP_NAME}",
        body=_link("Follow this link to confirm your new address:", "confirm-email-change"),
    )


TOKENS: Mapping[str, str] = {
    "auth_token": "secret",
    "password_reset_token": "passwordResetToken",
    "email_change_token": "emailChangeToken",
    "verification_token": "verificationToken",
    "file_token": "fileToken",
}
"""The kinds of tokens, and what their secrets are called where they are kept."""


def secrets_of(auth: AuthOptions) -> dict[str, str]:
    """All secrets that are set, by the name they are kept under."""
    found = {kept: getattr(auth, name).secret for name, kept in TOKENS.items()}
    for position, provider in enumerate(auth.oauth2.providers):
        found[f"{PROVIDER_SECRET}{position}"] = provider.client_secret
    return {name: secret for name, secret in found.items() if secret}


def with_secrets(auth: AuthOptions, secrets: Mapping[str, str]) -> AuthOptions:
    """The options with exactly these secrets."""
    tokens: dict[str, Any] = {
        name: msgspec.structs.replace(getattr(auth, name), secret=secrets.get(kept, ""))
        for name, kept in TOKENS.items()
    }
    providers = tuple(
        msgspec.structs.replace(
            provider, client_secret=secrets.get(f"{PROVIDER_SECRET}{position}", "")
        )
        for position, provider in enumerate(auth.oauth2.providers)
    )
    oauth2 = msgspec.structs.replace(auth.oauth2, providers=providers)
    return msgspec.structs.replace(auth, oauth2=oauth2, **tokens)
