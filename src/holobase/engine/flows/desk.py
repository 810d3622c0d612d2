"""What all flows need: finding the account, the mail to it, and the work for nobody."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from holobase.domain.errors import Unavailable, VersionConflict
from holobase.domain.fields import Value
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.accounts import changes, tokens
from holobase.engine.accounts.attempts import Attempt, Attempts
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.accounts.principals import Principals
from holobase.engine.accounts.tokens import Kind as TokenKind
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.mail.compose import Occasion
from holobase.engine.mail.postbox import Postbox
from holobase.engine.mail.queue import Letter
from holobase.engine.mail.texts import Kind
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.ports import command
from holobase.ports.command import Command

T = TypeVar("T")

RANDOM_PASSWORD_LENGTH = 30
"""Characters of a password that nobody is told."""

ATTEMPTS_MAX = 3
"""Runs of one step whose account changes between its preparing and its turn."""


class Claimed(msgspec.Struct, frozen=True):
    """The account that a mailed token is about, and what else the token says."""

    account: Record
    definition: Definition
    claims: Mapping[str, object]

    def text(self, name: str) -> str:
        """A claim that is a text; empty where it is missing."""
        found = self.claims.get(name, "")
        return found if isinstance(found, str) else ""


class Desk(msgspec.Struct, frozen=True):
    """The parts that flows work with."""

    kernel: Kernel
    passwords: Passwords
    principals: Principals
    postbox: Postbox
    attempts: Attempts

    async def account(self, definition: Definition, email: str) -> tuple[Record, bool]:
        """The account with this address, and whether there is one: else somebody who stands in, so
        that the same work can be done."""
        found = await self.principals.named(definition, "email", email)
        if found is not None:
            return found, True
        collection = definition.collection
        values = {**definition.initial, "id": ids.record_id(), "email": email, "tokenKey": "-"}
        return Record(collection.id, collection.name, values["id"], 0, values), False

    def occasion(
        self,
        kind: Kind,
        definition: Definition,
        account: Record,
        request: Request,
        to: str = "",
        **values: str,
    ) -> Occasion:
        """What a mail is about, now."""
        language = request.headers.get("accept_language", "")
        now = request.now or self.kernel.clock()
        return Occasion(kind, definition, account, values, now, to, language)

    async def post(self, request: Request, letter: Letter, about: str, *, is_meant: bool) -> None:
        """Queues a mail, unless the same was sent a moment ago; where it is not meant to be sent,
        all that is done for one that is."""
        queue = self.postbox.queue

        def put(unit: Unit) -> Command[None]:
            is_guarded = yield from queue.is_guarded(unit, about)
            if is_meant and not is_guarded:
                yield from queue.put(unit, letter, about)
            else:
                yield from queue.put(unit, letter.as_decoy())

        await self.kernel.run(request, put)
        self.postbox.posted.set()

    async def claimed(self, token: str, kind: TokenKind) -> Claimed | None:
        """Whom a mailed token is about; None where it is not good any more, or never was."""
        claim = tokens.claim_of(token, kind, self.kernel.catalogue)
        account = await self.principals.load(claim.definition, claim.record_id) if claim else None
        if claim is None or account is None:
            return None
        key = tokens.signing_key(account, claim.definition, kind)
        is_valid = tokens.is_valid(token, key)
        return Claimed(account, claim.definition, claim.members) if is_valid else None

    async def admit(
        self, definition: Definition, token: str, kind: TokenKind, request: Request
    ) -> Attempt:
        """Lets somebody try a mailed token for whom it claims to be for. Raises TooMany."""
        claims = tokens.unverified(token) or {}
        attempt = Attempt(kind, definition, str(claims.get("id", "")), request)
        await self.attempts.admit(attempt)
        return attempt

    async def random_hash(self, definition: Definition) -> str:
        """The hash of a password that nobody knows."""
        password = ids.random_text(RANDOM_PASSWORD_LENGTH)
        return await self.passwords.hash(password, definition.password)


def about(kind: Kind, account: Record) -> str:
    """What the queue calls the mails of one kind to one account."""
    return f"{kind} {account.collection_id}/{account.id}"


def change(
    unit: Unit, definition: Definition, seen: Record, values: Mapping[str, Value]
) -> Command[Record]:
    """Changes an account that is still as it was seen, with what follows from that.

    Raises VersionConflict where it is not.
    """
    record = yield from command.load(definition.collection, seen.id)
    if record is None or record.version != seen.version:
        raise VersionConflict("the account has changed")
    changed = {**record.values, **values}
    yield from changes.settle(unit, definition, record.values, changed)
    return (yield from unit.replace(definition, record, changed))


async def undisturbed(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of work that begins anew where the account changes meanwhile."""
    for _ in range(ATTEMPTS_MAX):
        try:
            return await attempt()
        except VersionConflict:
            continue
    raise Unavailable("the account keeps changing")
