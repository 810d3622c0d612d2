"""What rate limits know the routes about one collection by, beside their paths."""

import re
from collections.abc import Mapping
from typing import Final

_RECORDS: Final = "/api/collections/{}/records"
_RECORD: Final = "/api/collections/{}/records/{}"
_ACCOUNTS: Final = "/api/collections/{}"
_VARIABLE: Final = re.compile(r"{\w+}")

TAGS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("GET", _RECORDS): ("list",),
    ("POST", _RECORDS): ("create",),
    ("GET", _RECORD): ("view",),
    ("PATCH", _RECORD): ("update",),
    ("DELETE", _RECORD): ("delete",),
    ("GET", "/api/files/{}/{}/{}"): ("file",),
    ("GET", f"{_ACCOUNTS}/auth-methods"): ("listAuthMethods",),
    ("POST", f"{_ACCOUNTS}/auth-refresh"): ("authRefresh",),
    ("POST", f"{_ACCOUNTS}/auth-with-password"): ("authWithPassword", "auth"),
    ("POST", f"{_ACCOUNTS}/auth-with-oauth2"): ("authWithOAuth2", "auth"),
    ("POST", f"{_ACCOUNTS}/auth-with-otp"): ("authWithOTP", "auth"),
    ("POST", f"{_ACCOUNTS}/auth-with-passkey"): ("authWithPasskey", "auth"),
    ("POST", "/api/admins/auth-with-password"): ("authWithPassword", "auth"),
    ("POST", "/api/admins/auth-refresh"): ("authRefresh",),
    ("POST", f"{_ACCOUNTS}/request-otp"): ("requestOTP",),
    ("POST", f"{_ACCOUNTS}/request-password-reset"): ("requestPasswordReset",),
    ("POST", f"{_ACCOUNTS}/confirm-password-reset"): ("confirmPasswordReset",),
    ("POST", f"{_ACCOUNTS}/request-verification"): ("requestVerification",),
    ("POST", f"{_ACCOUNTS}/confirm-verification"): ("confirmVerification",),
    ("POST", f"{_ACCOUNTS}/request-email-change"): ("requestEmailChange",),
    ("POST", f"{_ACCOUNTS}/confirm-email-change"): ("confirmEmailChange",),
}
"""By method, and path with a `{}` for every variable part."""


def tags_of_route(method: str, path: str) -> tuple[str, ...]:
    """The tags of a route; () for others. Its first variable part names the collection; without
    one it is about superusers."""
    return TAGS.get((method, _VARIABLE.sub("{}", path)), ())
