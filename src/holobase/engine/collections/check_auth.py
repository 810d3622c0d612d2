"""What is wrong with the options of an auth collection."""

from typing import Any, Final

from holobase.domain.auth_options import AuthOptions, OAuth2, Template, TokenOptions
from holobase.domain.collection import Collection
from holobase.domain.errors import FieldError
from holobase.domain.fields import UrlField, definition
from holobase.engine.collections.indexes import unique_columns
from holobase.engine.oauth2.providers import PROVIDERS

STEP_SECONDS_MIN, STEP_SECONDS_MAX = 10, 86_400
"""How long a second step or a code may be waited for."""

TOKEN_SECONDS_MIN, TOKEN_SECONDS_MAX = 10, 94_670_856
"""How long a token may live: up to three years."""

SECRET_LENGTHS: Final = {"min": 30, "max": 255}
CODE_LENGTH_MIN = 4

_TEMPLATES: Final = {
    "verificationTemplate": "verification_template",
    "resetPasswordTemplate": "reset_password_template",
    "confirmEmailChangeTemplate": "confirm_email_change_template",
}
_TOKENS: Final = {
    "authToken": "auth_token",
    "passwordResetToken": "password_reset_token",
    "emailChangeToken": "email_change_token",
    "verificationToken": "verification_token",
    "fileToken": "file_token",
}


def errors_of(collection: Collection, auth: AuthOptions) -> dict[str, Any]:
    """The errors of all options, nested as the wire nests them.

    What depends on more than one option is looked at only where each is well by itself.
    """
    errors: dict[str, Any] = {
        "authAlert": _nested("emailTemplate", _template(auth.auth_alert.email_template)),
        "oauth2": _oauth2(auth.oauth2) if auth.oauth2.enabled else {},
        "passwordAuth": {},
        "mfa": {},
        "otp": _nested("emailTemplate", _template(auth.otp.email_template)),
    }
    if auth.password_auth.enabled and not auth.password_auth.identity_fields:
        errors["passwordAuth"] = {"identityFields": FieldError("validation_required")}
    if auth.mfa.enabled:
        errors["mfa"] = _found(duration=_seconds(auth.mfa.duration))
    if auth.otp.enabled:
        length = definition.at_least(auth.otp.length, CODE_LENGTH_MIN)
        errors["otp"] |= _found(duration=_seconds(auth.otp.duration), length=length)
    errors |= {wire: _token(getattr(auth, name)) for wire, name in _TOKENS.items()}
    errors |= {wire: _template(getattr(auth, name)) for wire, name in _TEMPLATES.items()}
    errors = {name: error for name, error in errors.items() if error}
    return errors or _together(collection, auth)


def _together(collection: Collection, auth: AuthOptions) -> dict[str, Any]:
    ways = (auth.password_auth.enabled, auth.oauth2.enabled, auth.otp.enabled)
    if auth.mfa.enabled and sum(ways) < 2:
        return {"mfa": {"enabled": FieldError("validation_mfa_not_enough_auths")}}
    if not auth.password_auth.enabled:
        return {}
    unique = unique_columns(collection.indexes)
    for name in auth.password_auth.identity_fields:
        code = (
            "validation_missing_field"
            if name not in collection.field_by_name
            else "validation_missing_unique_constraint"
            if name not in unique
            else ""
        )
        if code:
            return {"passwordAuth": {"identityFields": FieldError(code, {"fieldName": name})}}
    return {}


def _oauth2(oauth2: OAuth2) -> dict[str, Any]:
    seen: set[str] = set()
    for position, provider in enumerate(oauth2.providers):
        if provider.name and provider.name in seen:
            error = FieldError("validation_duplicated_provider", {"name": provider.name})
            return {"providers": {str(position): {"name": error}}}
        seen.add(provider.name)
    found: dict[str, Any] = {}
    for position, provider in enumerate(oauth2.providers):
        name = definition.required(provider.name)
        if name is None and provider.name not in PROVIDERS:
            name = FieldError("validation_missing_provider", {"name": provider.name})
        errors = {
            "name": name,
            "clientId": definition.required(provider.client_id),
            "clientSecret": definition.required(provider.client_secret),
            "authURL": _url(provider.auth_url),
            "tokenURL": _url(provider.token_url),
            "userInfoURL": _url(provider.user_info_url),
        }
        if any(errors.values()):
            found[str(position)] = {key: error for key, error in errors.items() if error}
    return {"providers": found} if found else {}


_ADDRESS = UrlField(id="url", name="url")


def _url(text: str) -> FieldError | None:
    if not text or _ADDRESS.check(text) is None:
        return None
    return FieldError("validation_is_url")


def _seconds(value: int) -> FieldError | None:
    if not value:
        return FieldError("validation_required")
    return definition.between(value, STEP_SECONDS_MIN, STEP_SECONDS_MAX)


def _token(token: TokenOptions) -> dict[str, Any]:
    duration = (
        definition.between(token.duration, TOKEN_SECONDS_MIN, TOKEN_SECONDS_MAX)
        if token.duration
        else FieldError("validation_required")
    )
    secret = definition.required(token.secret)
    if secret is None and not (
        SECRET_LENGTHS["min"] <= len(token.secret.encode()) <= SECRET_LENGTHS["max"]
    ):
        secret = FieldError("validation_length_out_of_range", SECRET_LENGTHS)
    return _found(duration=duration, secret=secret)


def _template(template: Template) -> dict[str, Any]:
    return _found(
        subject=definition.required(template.subject), body=definition.required(template.body)
    )


def _found(**errors: FieldError | None) -> dict[str, Any]:
    return {name: error for name, error in errors.items() if error}


def _nested(name: str, errors: dict[str, Any]) -> dict[str, Any]:
    return {name: errors} if errors else {}
