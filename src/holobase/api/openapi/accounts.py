"""Operations of the accounts of a collection: every way in, and what people do by mail."""

from collections.abc import Iterator
from typing import Any, Final

from holobase.api.guards import OPEN, SAME_COLLECTION, Guard
from holobase.api.openapi.operations import JSON, SHAPE, operation, parameter, ref
from holobase.api.openapi.schemas import TEXT, Members
from holobase.engine.catalogue import Definition

_REFUSED: Final = (400, 401, 403, 404, 413, 429, 503)
_ANY: Final[Members] = {"type": "object"}
_MFA: Final = [parameter("mfaId", TEXT, "The id of the first step, where this is the second.")]


def _object(*required: str, **optional: Any) -> Members:
    """An object of texts that are needed, and of what may be there too."""
    properties = {**dict.fromkeys(required, TEXT), **optional}
    return {"type": "object", "required": list(required), "properties": properties}


_ONE_MORE_STEP: Final = {
    "description": "A second proof of another kind is needed; it brings this id.",
    "content": {JSON: {"schema": {"anyOf": [_object("mfaId"), ref("Error")]}}},
}

_LOGINS: Final[dict[str, tuple[str, Members]]] = {
    "auth-with-password": ("log_in", _object("identity", "password", identityField=TEXT)),
    "auth-with-oauth2": (
        "log_in_by_oauth2",
        _object("provider", "code", codeVerifier=TEXT, redirectURL=TEXT, createData=_ANY),
    ),
    "auth-with-otp": ("log_in_by_code", _object("otpId", "password")),
    "auth-with-passkey": ("log_in_by_passkey", _object(credential=_ANY)),
}
"""What each way in is called, and what it takes."""

_BY_MAIL: Final[dict[str, tuple[str, Members, Guard]]] = {
    "request-password-reset": ("ask_for_reset", _object("email"), OPEN),
    "confirm-password-reset": ("reset", _object("token", "password", "passwordConfirm"), OPEN),
    "request-verification": ("ask_for_verification", _object("email"), OPEN),
    "confirm-verification": ("verify", _object("token"), OPEN),
    "request-email-change": ("ask_for_new_address", _object("newEmail"), SAME_COLLECTION),
    "confirm-email-change": ("take_new_address", _object("token", "password"), OPEN),
}
"""The same of what is done by mail, and for whom it is."""

ACCOUNTS: Final = (*_LOGINS, *_BY_MAIL, "auth-refresh", "auth-methods", "request-otp")
"""Last parts of the paths that are told here."""


def account_paths(definition: Definition) -> Iterator[tuple[str, Members]]:
    """The operations of a collection's accounts, by path."""
    name = definition.name
    start = f"/api/collections/{name}"
    session: Members = {"type": "object", "properties": {"token": TEXT, "record": ref(name)}}
    for path, (verb, taken) in _LOGINS.items():
        met = {"meta": {**_ANY, "description": "What the provider tells."}}
        shown = {**session, "properties": {**session["properties"], **met}}
        answer = shown if path == "auth-with-oauth2" else session
        login = _post(name, verb, answer, [*SHAPE, *_MFA], taken)
        login["post"]["responses"]["401"] = _ONE_MORE_STEP
        yield f"{start}/{path}", login
    for path, (verb, taken, guard) in _BY_MAIL.items():
        yield f"{start}/{path}", _post(name, verb, None, [], taken, guard)
    yield (
        f"{start}/request-otp",
        _post(name, "ask_for_code", _object("otpId"), [], _object("email")),
    )
    yield f"{start}/auth-refresh", _post(name, "refresh", session, SHAPE, None, SAME_COLLECTION)
    methods = operation(name, "auth_methods", _ANY, [], refused=(404,))
    yield f"{start}/auth-methods", {"get": methods}


def _post(
    name: str,
    verb: str,
    answer: Members | None,
    parameters: list[Members],
    taken: Members | None,
    guard: Guard = OPEN,
) -> Members:
    body = {"required": True, "content": {JSON: {"schema": taken}}} if taken else None
    made = operation(name, verb, answer, parameters, refused=_REFUSED, body=body, guard=guard)
    return {"post": made}
