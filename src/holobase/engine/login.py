"""The way in: from a proof of who somebody is to an account and its token.

`enter` is what comes after any such proof, whatever its kind; passwords are the first of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal, TypeAlias, TypeVar

import msgspec

from holobase.domain.errors import (
    BadRequest,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    OneMoreStep,
    Refusal,
    Unauthenticated,
)
from holobase.domain.fields import EmailField
from holobase.domain.principal import SUPERUSERS, Context, Request
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts import sent, tokens
from holobase.engine.accounts.attempts import Attempt, Attempts
from holobase.engine.accounts.origins import ALERT_SECONDS, alert, fingerprint, is_known, remember
from holobase.engine.accounts.passkeys import Answer, Passkeys
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.accounts.principals import Principals
from holobase.engine.accounts.refusals import Refusals
from holobase.engine.accounts.second_steps import Step, begin, finish
from holobase.engine.accounts.sessions import REFRESHED, Sessions
from holobase.engine.catalogue import Definition
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.kernel import Kernel
from holobase.engine.mail.postbox import Postbox
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command


class Credentials(msgspec.Struct, frozen=True, rename="camel"):
    """What a password login sends."""

    identity: str | None = None
    password: str | None = None
    identity_field: str | None = None


T = TypeVar("T")

Method: TypeAlias = Literal["password", "otp", "oauth2", "passkey"]
"""How somebody can prove who they are."""

IMPERSONATION = "impersonation"
"""The method of sessions that superusers begin as somebody else."""

CONTEXTS: Mapping[Method, Context] = {"password": "password", "otp": "otp", "oauth2": "oauth2"}
"""What rules see of that as `@request.context`."""


class Proof(msgspec.Struct, frozen=True):
    """That somebody has proved who they are: how, and with which request and body. These bring
    `mfaId`, the id of the first proof, where this is the second."""

    method: Method
    request: Request
    body: Mapping[str, Json] = msgspec.field(default_factory=dict)

    def mfa_id(self) -> str:
        """The id of the first proof. Raises BadRequest where it is no text."""
        sent_id = sent.text(self.body, "mfaId")
        return self.request.query.get("mfaId") or sent_id


class Session(msgspec.Struct, frozen=True):
    """A fresh login: the account, its token, and the request as seen by the account."""

    record: Record
    token: str
    request: Request


class Login:
    """Who may log in, and how."""

    def __init__(
        self,
        kernel: Kernel,
        rules: Rules,
        passwords: Passwords,
        principals: Principals,
        settings: KeptSettings,
        postbox: Postbox,
        sessions: Sessions,
        passkeys: Passkeys,
        refusals: Refusals,
        attempts: Attempts,
    ) -> None:
        self._kernel = kernel
        self._settings = settings
        self._postbox = postbox
        self._rules = rules
        self._passwords = passwords
        self._principals = principals
        self._sessions = sessions
        self._passkeys = passkeys
        self._refusals = refusals
        self._attempts = attempts

    async def with_password(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> Session:
        """A session for the right password.

        Raises Forbidden (disabled, or the auth rule), Invalid (missing parts), BadRequest and
        TooMany, the same for an unknown account and a wrong password, and after as much work.
        """
        auth = definition.collection.auth
        if auth is None or not auth.password_auth.enabled:
            raise Forbidden("password_auth_disabled")
        credentials = _credentials(body, auth.password_auth.identity_fields)
        record = await self._find(definition, credentials, auth.password_auth.identity_fields)
        attempt = Attempt(
            "password",
            definition,
            credentials.identity or "",
            request,
            is_guess=True,
            is_at_home=partial(self._is_at_home, definition, record, request),
        )
        proving = partial(self._with_password, definition, record, credentials.password or "")
        proved = await self.bounded(attempt, proving, record.id if record else "")
        return await self.enter(definition, proved, Proof("password", request, body))

    async def with_passkey(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> Session:
        """A session for the answer of a device. Raises Forbidden, BadRequest and TooMany."""
        credential = body.get("credential")
        if not isinstance(credential, dict):
            raise BadRequest("malformed_body")
        attempt = Attempt("passkey", definition, str(credential.get("id", "")), request)
        proving = partial(self._passkeys.proved, definition, Answer(credential), request)
        account = await self.bounded(attempt, proving)
        return await self.enter(definition, account, Proof("passkey", request, body))

    async def refresh(self, definition: Definition, token: str, request: Request) -> Session:
        """A session for a token that is still good: a new token, or the same one where it is not
        refreshable. Raises Unauthenticated and Forbidden."""
        known = await self._principals.resolve(token) if token else None
        if known is None:
            raise Unauthenticated("token_required")
        if known.record.collection_id != definition.collection.id:
            raise Forbidden("wrong_account_kind")
        request = request.but(context="default")
        await self._admit(definition, known.record, request)
        asking = request.but(auth=known.record, session=known.session)
        if known.refreshable:
            token = await self._sessions.renew(definition, known.record, asking, token)
        return Session(known.record, token, asking)

    async def enter(self, definition: Definition, record: Record, proof: Proof) -> Session:
        """A session for an account that somebody has proved to be theirs.

        Every way in ends here. Raises Forbidden (the auth rule), OneMoreStep (a second proof is
        needed), BadRequest (what was brought is no first one) and TooMany.
        """
        request = proof.request.but(context=CONTEXTS.get(proof.method, "default"))
        try:
            # What was proved may be of a while ago, and goes on with the token key of then: so no
            # session outlives a password that was changed meanwhile.
            current = await self._principals.load(definition, record.id)
            await self._admit(definition, current, request)
            await self._take_step(definition, record, proof, request)
        except OneMoreStep:
            raise
        except Refusal as error:
            self.refused(definition, record.id, proof.method, error.reason, request)
            raise
        await self._remember_origin(definition, record, request)
        asking = request.but(auth=record)
        token = await self._sessions.begin(definition, record, asking, proof.method)
        return Session(record, token, asking)

    async def bounded(
        self, attempt: Attempt, prove: Callable[[], Awaitable[T]], account: str = ""
    ) -> T:
        """As `Attempts.bounded`; what is refused is told, of an account by id or of nobody."""
        try:
            return await self._attempts.bounded(attempt, prove)
        except Refusal as error:
            method, request = attempt.method, attempt.request
            self.refused(attempt.definition, account, method, error.reason, request)
            raise

    def refused(
        self, definition: Definition, account: str, method: str, reason: str, request: Request
    ) -> None:
        """Has it told that a login was refused: of an account by id, or of nobody there is."""
        self._refusals.note(definition, account, method, reason, request)

    async def impersonate(
        self, definition: Definition, record_id: str, seconds: int, request: Request
    ) -> Session:
        """A session as somebody else, for a superuser: it cannot be refreshed, and no rule is
        asked. Raises NotFound."""
        record = await self._principals.load(definition, record_id)
        if record is None:
            raise NotFound("not_found")
        token = await self._sessions.begin(
            definition,
            record,
            request,
            IMPERSONATION,
            seconds=seconds or tokens.duration(definition),
        )
        return Session(record, token, request.but(auth=record))

    async def start_anew(
        self, definition: Definition, account_id: str, request: Request
    ) -> Session:
        """Ends all tokens and sessions of the caller, and begins a new one for them."""
        record = await self._principals.load(definition, account_id)
        if record is None:
            raise Unauthenticated("token_required")
        await self._sessions.end_all(record, request)
        record = await self._principals.load(definition, account_id)
        if record is None:
            raise Unauthenticated("token_required")
        token = await self._sessions.begin(definition, record, request, REFRESHED)
        return Session(record, token, request.but(auth=record))

    async def _admit(
        self, definition: Definition, current: Record | None, request: Request
    ) -> None:
        """Asks who may log in about an account as it is stored now. Raises Forbidden."""
        is_superuser = definition.collection.name == SUPERUSERS
        if is_superuser and not self._settings.lets_superuser_in(request.address):
            raise Forbidden("superuser_elsewhere")
        rule = definition.collection.auth.auth_rule if definition.collection.auth else None
        if request.is_superuser or rule == "":
            return
        check = self._rules.record_check(definition, rule, request) if rule else None
        if not (current and await self._rules.passes_now(definition, check, request, current)):
            raise Forbidden("login_refused")

    async def _take_step(
        self, definition: Definition, record: Record, proof: Proof, request: Request
    ) -> None:
        auth = definition.collection.auth
        if auth is None or not auth.mfa.enabled:
            return
        if auth.mfa.rule:
            check = self._rules.record_check(definition, auth.mfa.rule, request)
            if check is None:  # it cannot be told who needs no second proof
                raise BadRequest("login_failed")
            if not await self._rules.passes(check, request, record.id):
                return
        step = Step(record, proof.method, auth.mfa.duration)
        mfa_id = proof.mfa_id()
        if not mfa_id:
            raise OneMoreStep(await self._kernel.run(request, partial(begin, step=step)))
        await self._attempts.bounded(
            Attempt("mfa", definition, record.id, request),
            partial(self._finish, step, mfa_id, request),
        )

    async def _finish(self, step: Step, mfa_id: str, request: Request) -> None:
        refused = await self._kernel.run(request, partial(finish, step=step, mfa_id=mfa_id))
        if refused:
            raise BadRequest(refused)

    async def _is_at_home(
        self, definition: Definition, record: Record | None, request: Request
    ) -> bool:
        """Whether somebody has logged in to an account from the same place before."""
        owner = (definition.collection.id, record.id if record else "")
        knowing = partial(is_known, owner=owner, mark=fingerprint(request))
        return await self._kernel.run(request, knowing)

    async def _remember_origin(
        self, definition: Definition, record: Record, request: Request
    ) -> None:
        auth = definition.collection.auth
        if auth is None or not auth.auth_alert.enabled:
            return
        mark, write = fingerprint(request), await self._postbox.writer()

        def note(unit: Unit) -> Command[None]:
            is_alarming = yield from remember(unit, record, mark)
            if is_alarming and record.values["email"]:
                occasion = alert(definition, record, request, unit.now)
                yield from self._postbox.queue.put(unit, write(occasion, ALERT_SECONDS))
                self._postbox.posted.set()

        await self._kernel.run(request, note)

    async def _with_password(
        self, definition: Definition, record: Record | None, password: str
    ) -> Record:
        """The account, where this is its password. Raises BadRequest."""
        hashed = record.values["password"] if record else ""
        matches = await self._passwords.verify(password, hashed, definition.password.cost)
        if record is None or not matches:
            raise BadRequest("login_failed")
        return record

    async def _find(
        self, definition: Definition, credentials: Credentials, identity_fields: tuple[str, ...]
    ) -> Record | None:
        if credentials.identity_field:
            names: tuple[str, ...] = (credentials.identity_field,)
        else:
            names = tuple(sorted(identity_fields, key=lambda name: name != "email"))
        for name in names:
            known = definition.collection.field_by_name[name]
            if isinstance(known, EmailField) and known.check(credentials.identity or ""):
                continue
            record = await self._principals.named(definition, name, credentials.identity or "")
            if record is not None:
                return record
        return None


def _credentials(body: Mapping[str, Json], identity_fields: tuple[str, ...]) -> Credentials:
    try:
        credentials = msgspec.convert(body, Credentials)
    except msgspec.ValidationError as error:
        raise BadRequest("malformed_body") from error
    errors = {
        name: wrong
        for name, text in (
            ("identity", credentials.identity),
            ("password", credentials.password),
        )
        if (wrong := sent.length_error(text or ""))
    }
    chosen = credentials.identity_field
    if chosen and (too_long := sent.length_error(chosen)):
        errors["identityField"] = too_long
    elif chosen and chosen not in identity_fields:
        errors["identityField"] = FieldError("validation_in_invalid")
    if errors:
        raise Invalid("login_failed", dict(errors))
    return credentials
