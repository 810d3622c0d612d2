"""One-time codes: asking for one by mail, and logging in with it."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from holobase.domain.auth_options import Otp
from holobase.domain.errors import BadRequest, Forbidden, TooMany, VersionConflict
from holobase.domain.fields import PasswordField, Value
from holobase.domain.principal import OTPS, Request
from holobase.domain.record import Record
from holobase.engine.accounts import sent
from holobase.engine.accounts.attempts import Attempt
from holobase.engine.accounts.belongings import belongings, is_over
from holobase.engine.accounts.origins import address_of
from holobase.engine.catalogue import Definition
from holobase.engine.flows.desk import Desk, change, undisturbed
from holobase.engine.login import Login, Proof, Session
from holobase.engine.mail.queue import Letter
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.kit.json import Json
from holobase.ports import command
from holobase.ports.command import Command
from holobase.ports.hub import Hub

DIGITS: Final = "0123456789"
CODE_BYTES_MAX: Final = 71
"""Longest code: what a password may have."""

CODES_MAX: Final = 10
"""Ids of codes of one account that are good at the same time; as many mails are sent, as in the
reference."""

TRIES_MAX: Final = 5
"""Codes tried for one account from one address within TRIES_SECONDS, right ones too: whoever needs
more is guessing."""

TRIES_SECONDS: Final = 180
"""How long tries count; both are the reference's."""

TRACE_LENGTH = 7
"""Characters at the end of a code's id that are the same for one account: enough that no two share
them, and eight are left that are random."""


class Codes:
    """Logins by a code that comes by mail."""

    def __init__(self, desk: Desk, login: Login, hub: Hub) -> None:
        self._desk = desk
        self._login = login
        self._hub = hub

    async def request(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> str:
        """The id of the code that was sent; one that means nothing where nobody has the address.

        Raises Forbidden (codes are off) and Invalid.
        """
        otp = _options(definition)
        account, is_known = await self._desk.account(definition, sent.email(body))
        identifier = self._identifier(account.id if is_known else account.values["email"])
        code, values = await self._made(otp, account, identifier)
        occasion = self._desk.occasion(
            "otp", definition, account, request, OTP=code, OTP_ID=identifier
        )
        letter = await self._desk.postbox.letter(occasion, otp.duration, identifier)

        def issue(unit: Unit) -> Command[None]:
            return self._issue(unit, values, letter, otp.duration, is_known=is_known)

        await self._desk.kernel.run(request, issue)
        self._desk.postbox.posted.set()
        return identifier

    async def hand_out(
        self, definition: Definition, account: Record, request: Request
    ) -> tuple[str, str]:
        """The id of a new code and the code itself, to be told to an account by whoever asks: it
        confirms no address. Raises Forbidden (codes are off)."""
        identifier = self._identifier(account.id)
        code, values = await self._made(_options(definition), account, identifier)

        def keep(unit: Unit) -> Command[None]:
            yield from unit.create(OTPS, values)

        await self._desk.kernel.run(request, keep)
        return identifier, code

    async def _made(
        self, otp: Otp, account: Record, identifier: str
    ) -> tuple[str, Mapping[str, Value]]:
        """A new code for an account, and what is kept of it."""
        code = ids.random_text(min(otp.length, CODE_BYTES_MAX), DIGITS)
        hashed = await self._desk.passwords.hash(code, self._field())
        owner = {"collectionRef": account.collection_id, "recordRef": account.id}
        return code, {"id": identifier, **owner, "password": hashed}

    def _issue(
        self,
        unit: Unit,
        values: Mapping[str, Value],
        letter: Letter,
        duration: int,
        *,
        is_known: bool,
    ) -> Command[None]:
        there = yield from belongings(unit, OTPS, values["collectionRef"], values["recordRef"])
        good = [each for each in there if not is_over(unit, each, duration)]
        if is_known and len(good) < CODES_MAX:
            yield from unit.create(OTPS, values)
            yield from self._desk.postbox.queue.put(unit, letter)
            return
        yield from self._desk.postbox.queue.put(unit, letter.as_decoy())
        if is_known:
            # One more id for the newest code: an old id again would tell that there is an account.
            definition = unit.catalogue.get(OTPS)
            yield from unit.bring(definition, {**good[-1].values, "id": values["id"]})
            yield from unit.delete(OTPS, good[0].id)

    async def enter(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> Session:
        """A session for the right code, which is good once.

        Raises Forbidden (codes are off), Invalid, TooMany, BadRequest (one for all that may be
        wrong with a code), and what `Login.enter` raises.
        """
        _options(definition)
        identifier, password = sent.text(body, "otpId"), sent.text(body, "password")
        errors = {
            "otpId": sent.length_error(identifier),
            "password": sent.length_error(password, CODE_BYTES_MAX),
        }
        sent.refuse(errors)
        code, account = await self._find(definition, identifier)
        known = account.id if account else ""
        meant = known or identifier[-TRACE_LENGTH:]
        attempt = Attempt("otp", definition, meant, request, is_guess=True)
        proving = partial(self._matching, code, account, password)
        try:
            await self._count(definition, meant, request)
            right = await self._desk.attempts.bounded(attempt, proving)
            entered = await self._spent(definition, *right, request)
        except (BadRequest, TooMany) as error:
            self._login.refused(definition, known, "otp", error.reason, request)
            raise
        return await self._login.enter(definition, entered, Proof("otp", request, body))

    async def _find(
        self, definition: Definition, identifier: str
    ) -> tuple[Record | None, Record | None]:
        codes = self._desk.kernel.catalogue.get(OTPS)
        code = await self._desk.principals.load(codes, identifier)
        if code is None or code.values["collectionRef"] != definition.collection.id:
            return None, None
        return code, await self._desk.principals.load(definition, code.values["recordRef"])

    async def _count(self, definition: Definition, meant: str, request: Request) -> None:
        name = f"otp {definition.collection.id} {meant} {address_of(request)}"
        window = await self._hub.strike(name, TRIES_SECONDS)
        if window.hits > TRIES_MAX:
            raise TooMany("too_many_codes", window.seconds_left)

    async def _matching(
        self, code: Record | None, account: Record | None, password: str
    ) -> tuple[Record, Record]:
        """The code and its account, where this is it. Raises BadRequest."""
        hashed = code.values["password"] if code and account else ""
        matches = await self._desk.passwords.verify(password, hashed, self._field().cost)
        if code is None or account is None or not matches:
            raise BadRequest("otp_failed")
        return code, account

    async def _spent(
        self, definition: Definition, code: Record, account: Record, request: Request
    ) -> Record:
        """The account, once its code is spent. Raises BadRequest."""
        duration = _options(definition).duration
        return await undisturbed(
            lambda: self._redeem(definition, code, account.id, duration, request)
        )

    async def _redeem(
        self,
        definition: Definition,
        code: Record,
        account_id: str,
        duration: int,
        request: Request,
    ) -> Record:
        """The account, once its code is spent. Raises BadRequest and VersionConflict.

        A code that reached the account's address confirms it. Somebody else may have chosen the
        password before that, so where nothing else is asked for it counts no more.
        """
        account = await self._desk.principals.load(definition, account_id)
        now = await self._desk.principals.load(self._desk.kernel.catalogue.get(OTPS), code.id)
        if account is None or now is None or now.values["password"] != code.values["password"]:
            raise BadRequest("otp_failed")
        owner = (account.collection_id, account.id)
        values: dict[str, Value] = {}
        confirms = now.values["sentTo"] and now.values["sentTo"] == account.values["email"]
        if confirms and not account.values["verified"]:
            values["verified"] = True
            auth = definition.collection.auth
            if not (auth and auth.mfa.enabled):
                values["password"] = await self._desk.random_hash(definition)

        def redeem(unit: Unit) -> Command[Record]:
            found = yield from unit.find(OTPS, code.id)
            if found is None or is_over(unit, found, duration):
                raise BadRequest("otp_failed")
            if found.version != now.version:  # that its mail has gone out was noted this moment
                raise VersionConflict
            for each in (yield from belongings(unit, OTPS, *owner)):
                if each.values["password"] == code.values["password"]:
                    yield from unit.delete(OTPS, each.id)
            if values:
                return (yield from change(unit, definition, account, values))
            current = yield from command.load(definition.collection, account.id)
            if current is None:
                raise BadRequest("otp_failed")
            return current

        return await self._desk.kernel.run(request, redeem)

    def _identifier(self, account: str) -> str:
        """An id for a code that traces back to an account, or to an address that nobody has: tries
        are counted by that, so that codes of both are refused alike."""
        trace = self._desk.kernel.sealer.trace(account.encode(), TRACE_LENGTH)
        return ids.record_id()[:-TRACE_LENGTH] + trace

    def _field(self) -> PasswordField:
        return self._desk.kernel.catalogue.get(OTPS).passwords[0]


def _options(definition: Definition) -> Otp:
    auth = definition.collection.auth
    if auth is None or not auth.otp.enabled:
        raise Forbidden("otp_disabled")
    return auth.otp
