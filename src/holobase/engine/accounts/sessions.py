"""Sessions: a login and the tokens that follow from it, by refreshing one after the other.

A token has no room for the name of its session (its claims are the reference's), so the store keeps
hashes of tokens with the session each is of. Tokens of one account that are made in the same second
would be one and the same text; then `exp` of the later one is moved, so that each has one session.

It is a deny-list: a session ends when its record is deleted, and tokens of a session that has no
record are refused. Tokens that nobody has registered, imported ones say, are as good as ever.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from itertools import chain

import msgspec

from holobase.domain.errors import Unauthenticated, Unavailable
from holobase.domain.patterns import generate
from holobase.domain.principal import SESSIONS, Request
from holobase.domain.record import Record
from holobase.engine.accounts import tokens
from holobase.engine.accounts.belongings import belongings
from holobase.engine.accounts.changes import TOKEN_KEY_PATTERN
from holobase.engine.accounts.registry import Registry
from holobase.engine.accounts.telling import place_of, tell
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.ports.command import Command, link_token

SESSIONS_MAX = 100
"""Sessions of one account. Scripts that log in for every request fill them; the one that nobody
has used for the longest time makes room."""

MOVED_SECONDS_MAX = 60
"""By how much a token of a short time may be moved; one of a long time by its `RENEWED_SHARE`."""

TRIES_MAX = 30
"""How often a free end of a token is looked for before a login is refused."""

RENEWED_SECONDS = 60
"""Refreshed tokens end at a whole minute: refreshing again before it is over gives the same token,
and writes nothing."""

RENEWED_SHARE = 100
"""No token is good for longer by more than this part of its time."""

LINKED_MAX = 10_000
"""Tokens of which this process knows that their session is stored: it need not look again."""

REFRESHED = "refresh"
"""The method of a session that begins with a token nobody has registered."""


class Start(msgspec.Struct, frozen=True):
    """The beginning of a session: whose, how, its id, its first token by hash, and when that ends.
    `before`: hash and end of a token that it goes on from."""

    account: Record
    method: str
    session: str
    digest: str
    expires: int
    before: tuple[str, int] | None = None


class Taken(Exception):
    """The token is one of another session already: this one needs another."""

    def __init__(self, session: str) -> None:
        super().__init__("the token has a session already")
        self.session = session


class Adopted(Exception):
    """Somebody has begun a session with the same unregistered token just before."""

    def __init__(self, session: str) -> None:
        super().__init__("the token has a session by now")
        self.session = session


class Sessions:
    """Begins and continues the sessions of all accounts."""

    def __init__(self, kernel: Kernel, registry: Registry) -> None:
        self._kernel = kernel
        self._registry = registry
        self._linked: OrderedDict[str, str] = OrderedDict()
        self._renewed: OrderedDict[str, int] = OrderedDict()

    async def begin(
        self,
        definition: Definition,
        account: Record,
        request: Request,
        method: str,
        *,
        seconds: int = 0,
        before: str = "",
    ) -> str:
        """A new session; its first token. With `seconds` that is good for so long and cannot be
        refreshed. `before` is a token that nobody has registered: it is of this session from now.
        """
        start = Start(account, method, ids.record_id(), "", 0)
        goes_on = (tokens.digest(before), tokens.expiry(before)) if before else None
        good_for = seconds or tokens.duration(definition)
        for expires in _ends(self._second(request) + good_for, good_for):
            token = tokens.signed(account, definition, expires, refreshable=not seconds)
            start = Start(account, method, start.session, tokens.digest(token), expires, goes_on)
            if start.digest in self._linked:  # to be told so by the store would take a commit
                continue
            try:
                await self._kernel.run(request, partial(self._begin, start=start))
            except Taken as taken:
                self._remember(start.digest, taken.session)
                continue
            self._remember(start.digest, start.session)
            return token
        raise Unavailable("too many logins of one account at once")

    async def renew(
        self, definition: Definition, account: Record, request: Request, token: str
    ) -> str:
        """A fresh token for one that is good, of the same session; the same one again until the
        minute is over. Raises Unauthenticated where the session has just ended."""
        session = request.session
        if not session:
            try:
                return await self.begin(definition, account, request, REFRESHED, before=token)
            except Adopted as adopted:
                session = adopted.session
        good_for = tokens.duration(definition)
        first = _renewed_until(self._second(request), good_for)
        before = self._renewed.get(session, 0)
        for expires in chain([before] if before >= first else [], _ends(first, good_for)):
            fresh = tokens.signed(account, definition, expires, refreshable=True)
            digest = tokens.digest(fresh)
            if self._linked.get(digest) == session:
                return fresh
            known = await self._registry.session_of(fresh)
            if known == session:
                self._remember(digest, session)
                return fresh
            if known != "":
                continue
            going_on = partial(_renew, session=session, digest=digest, expires=expires)
            if await self._kernel.run(request, going_on):
                self._remember(digest, session)
                self._renewed[session] = expires
                if len(self._renewed) > LINKED_MAX:
                    self._renewed.popitem(last=False)
                return fresh
        raise Unavailable("too many logins of one account at once")

    async def end(self, account: Record, session: str, request: Request) -> bool:
        """Ends a session of an account: its tokens are refused from now on, in every process.
        Whether there was one."""
        ending = partial(_end, account=account, session=session)
        return await self._kernel.run(request, ending)

    async def end_all(self, account: Record, request: Request) -> None:
        """Ends all sessions and tokens of an account, those too that nobody has registered."""
        await self._kernel.run(request, partial(_end_all, account=account))

    def _begin(self, unit: Unit, start: Start) -> Command[None]:
        """Begins a session. Raises Taken and Adopted, and has done nothing then."""
        if start.before is not None:
            found = yield from link_token(start.before[0], start.session, start.before[1])
            if found != start.session:
                raise Adopted(found)
        found = yield from link_token(start.digest, start.session, start.expires)
        if found != start.session:
            raise Taken(found)
        yield from self._make_room(unit, start.account)
        account = start.account
        owner = {"collectionRef": account.collection_id, "recordRef": account.id}
        values = {"id": start.session, "method": start.method, **owner, **place_of(unit.request)}
        yield from unit.create(SESSIONS, values)
        told = {"method": start.method, "session": start.session}
        yield from tell(unit, account.collection_name, account.id, "signed_in", told)

    def _make_room(self, unit: Unit, account: Record) -> Command[None]:
        known = yield from belongings(unit, SESSIONS, account.collection_id, account.id)
        if len(known) < SESSIONS_MAX:
            return
        seen = yield from self._registry.seen(account.id)
        known.sort(key=lambda each: seen.get(each.id, 0))  # those never seen first, by their age
        for record in known[: len(known) + 1 - SESSIONS_MAX]:
            yield from unit.delete(SESSIONS, record.id)

    def _second(self, request: Request) -> int:
        return (request.now or self._kernel.clock()) // 1000

    def _remember(self, digest: str, session: str) -> None:
        self._linked[digest] = session
        if len(self._linked) > LINKED_MAX:
            self._linked.popitem(last=False)


def _ends(first: int, seconds: int) -> Iterator[int]:
    """When a token that is good for so many seconds may end, to be tried in turn: two with the same
    end would be one. Anywhere in an ever longer time, so that accounts with many logins find a free
    end soon."""
    yield first
    longest, window = max(MOVED_SECONDS_MAX, seconds // RENEWED_SHARE), 1
    for _ in range(1, TRIES_MAX):
        window = min(2 * window, longest)
        yield first + secrets.randbelow(window)


def _renewed_until(now: int, seconds: int) -> int:
    """When a token ends that is to be good for so many seconds from now at least."""
    step = max(1, min(RENEWED_SECONDS, seconds // RENEWED_SHARE))
    return -(-(now + seconds) // step) * step


def _end(unit: Unit, account: Record, session: str) -> Command[bool]:
    record = yield from unit.find(SESSIONS, session)
    owner = (account.collection_id, account.id)
    if record is None or (record.values["collectionRef"], record.values["recordRef"]) != owner:
        return False
    yield from unit.delete(SESSIONS, session)
    return True


def _end_all(unit: Unit, account: Record) -> Command[None]:
    changes = {"tokenKey": generate(TOKEN_KEY_PATTERN)}
    yield from unit.update(account.collection_name, account.id, changes)


def _renew(unit: Unit, session: str, digest: str, expires: int) -> Command[bool]:
    """Whether the token was free to go on with. Raises Unauthenticated for a session that ended."""
    if (yield from unit.find(SESSIONS, session)) is None:
        raise Unauthenticated("token_required")
    return (yield from link_token(digest, session, expires)) == session
