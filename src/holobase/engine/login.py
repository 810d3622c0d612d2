"""Logging in with a password, and refreshing: from credentials to an account and its token."""

from dataclasses import dataclass, replace

import msgspec

from holobase.domain.errors import BadRequest, FieldError, Forbidden, Invalid, Unauthenticated
from holobase.domain.fields import EmailField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts import tokens
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.accounts.principals import Principals
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.kit.json import Json

CREDENTIAL_BYTES_MAX = 255
"""Longest identity and password of a login, as in PocketBase."""


class Credentials(msgspec.Struct, frozen=True, rename="camel"):
    """What a password login sends."""

    identity: str | None = None
    password: str | None = None
    identity_field: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A fresh login: the account, its token, and the request as seen by the account."""

    record: Record
    token: str
    request: Request


class Login:
    """Who may log in, and how."""

    def __init__(
        self, kernel: Kernel, rules: Rules, passwords: Passwords, principals: Principals
    ) -> None:
        self._kernel = kernel
        self._rules = rules
        self._passwords = passwords
        self._principals = principals

    async def with_password(self, definition: Definition, body: Json, request: Request) -> Session:
        """A session for the right password.

        Raises Forbidden (disabled, or the auth rule), Invalid (missing parts) and BadRequest,
        the same for an unknown account and a wrong password, and after as much work.
        """
        auth = definition.collection.auth
        if auth is None or not auth.password_auth.enabled:
            raise Forbidden("password_auth_disabled")
        credentials = _credentials(body, auth.password_auth.identity_fields)
        record = await self._find(definition, credentials, auth.password_auth.identity_fields)
        hashed = record.values["password"] if record else ""
        cost = next(field.cost for field in definition.passwords if field.name == "password")
        matches = await self._passwords.verify(credentials.password or "", hashed, cost)
        if record is None or not matches:
            raise BadRequest("login_failed")
        return await self._session(definition, record, request, "password")

    async def refresh(self, definition: Definition, token: str, request: Request) -> Session:
        """A session for a token that is still good: a new token, or the same one where it is not
        refreshable. Raises Unauthenticated and Forbidden."""
        known = await self._principals.resolve(token) if token else None
        if known is None:
            raise Unauthenticated("token_required")
        if known.record.collection_id != definition.collection.id:
            raise Forbidden("wrong_account_kind")
        session = await self._session(definition, known.record, request, "default")
        return session if known.refreshable else replace(session, token=token)

    async def _session(
        self, definition: Definition, record: Record, request: Request, context: str
    ) -> Session:
        rule = definition.collection.auth.auth_rule if definition.collection.auth else None
        asking = replace(request, context="password" if context == "password" else "default")
        if not request.is_superuser and not await self._passes(definition, record, rule, asking):
            raise Forbidden("login_refused")
        now = request.now or self._kernel.clock()
        token = tokens.issue(record, definition, now)
        return Session(record, token, replace(asking, auth=record))

    async def _passes(
        self, definition: Definition, record: Record, rule: str | None, request: Request
    ) -> bool:
        if not rule:
            return rule == ""
        check = self._rules.record_check(definition, rule, request)
        return await self._rules.passes(check, request, record.id)

    async def _find(
        self, definition: Definition, credentials: Credentials, identity_fields: tuple[str, ...]
    ) -> Record | None:
        if credentials.identity_field:
            names: tuple[str, ...] = (credentials.identity_field,)
        else:
            names = tuple(sorted(identity_fields, key=lambda name: name != "email"))
        for name in names:
            field = definition.collection.field_by_name[name]
            if isinstance(field, EmailField) and field.check(credentials.identity or ""):
                continue
            record = await self._principals.named(definition, name, credentials.identity or "")
            if record is not None:
                return record
        return None


def _credentials(body: Json, identity_fields: tuple[str, ...]) -> Credentials:
    try:
        credentials = msgspec.convert(body or {}, Credentials)
    except msgspec.ValidationError as error:
        raise BadRequest("malformed_body") from error
    errors = {
        name: wrong
        for name, text in (
            ("identity", credentials.identity),
            ("password", credentials.password),
        )
        if (wrong := _length_error(text))
    }
    chosen = credentials.identity_field
    if chosen and chosen not in identity_fields:
        errors["identityField"] = FieldError("validation_in_invalid")
    if errors:
        raise Invalid("login_failed", dict(errors))
    return credentials


def _length_error(text: str | None) -> FieldError | None:
    if not text:
        return FieldError("validation_required")
    if len(text.encode()) > CREDENTIAL_BYTES_MAX:
        return FieldError("validation_length_out_of_range", {"min": 1, "max": CREDENTIAL_BYTES_MAX})
    return None
