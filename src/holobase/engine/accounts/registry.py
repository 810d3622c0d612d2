"""The registry of sessions: which token is of which, who has some, and when each was last seen.

That a session was seen is noted in memory and written in batches: being asked costs no write.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec
import sqlalchemy as sa

from holobase.domain.principal import SESSIONS
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts import tokens
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command, ForgetTokens, NoteSeen
from holobase.ports.statement import Statement
from holobase.rules.cell_types import TEXT_CELL
from holobase.rules.tables import record_columns, record_table

SEEN_SECONDS = 30.0
"""How long sightings are gathered; nobody asks more exactly when a device was last used."""

SEEN_MAX = 10_000
"""Sightings that are gathered; past it they are written at once."""

FORGOTTEN_AT_ONCE_MAX = 500
"""Expired sessions that one command forgets: the writer is free again within a blink."""

SERVICE = "sessions"

_TOKENS = sa.table(
    "hb_session_tokens", sa.column("token", TEXT_CELL), sa.column("session", TEXT_CELL)
)
_SEEN = sa.table("hb_session_seen", sa.column("session", TEXT_CELL), sa.column("seen", sa.Integer))


class Listed(msgspec.Struct, frozen=True):
    """A session as its owner sees it. `seen` is Unix milliseconds, 0 where it was never."""

    record: Record
    seen: int


class Registry:
    """Reads and notes; `close` writes down what was noted."""

    def __init__(self, kernel: Kernel, rules: Rules) -> None:
        self._kernel = kernel
        self._rules = rules
        self._noted: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def session_of(self, token: str) -> str | None:
        """The session of a token; empty for one that nobody has registered, None where it has
        ended."""
        statement = self._rules.cached("session of a token", self._session_statement)
        given = {"token": tokens.digest(token)}
        rows = await self._kernel.store.fetch(statement, statement.bind(given=given))
        if not rows:
            return ""
        session, stored = rows[0]
        return str(session) if stored else None

    async def listed(self, account: Record) -> list[Listed]:
        """The sessions of an account, the newest first."""
        statement = self._rules.cached("sessions of an account", self._list_statement)
        given = {"account": account.id, "collection": account.collection_id}
        rows = await self._kernel.store.fetch(statement, statement.bind(given=given))
        collection = self._kernel.catalogue.get(SESSIONS).collection
        statement = self._rules.cached("sightings of an account", self._seen_statement)
        given = {"account": account.id}
        seen = dict(await self._kernel.store.fetch(statement, statement.bind(given=given)))
        return [
            Listed(record, max(int(seen.get(record.id, 0)), self._noted.get(record.id, 0)))
            for record in (Record.from_cells(collection, row) for row in rows)
        ]

    def seen(self, account_id: str) -> Command[dict[str, int]]:
        """When the sessions of an account were last seen, inside a command."""
        statement = self._rules.cached("sightings of an account", self._seen_statement)
        values = statement.bind(given={"account": account_id})
        return dict((yield from command.select(statement, values)))

    def note(self, session: str) -> None:
        """Notes that a session is being used."""
        if session in self._noted:
            return
        self._noted[session] = self._kernel.clock()
        if len(self._noted) >= SEEN_MAX:
            self._write_soon()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SEEN_SECONDS, self._write_soon)

    async def close(self) -> None:
        """Writes what was noted."""
        self._write_soon()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def forget_expired(self) -> None:
        """Forgets tokens that have expired, and sessions that have none left."""
        moment = self._kernel.clock() // 1000
        await self._kernel.store.submit(partial(_forget, moment))
        statement = self._rules.cached("sessions without tokens", self._empty_statement)
        while True:
            rows = await self._kernel.store.fetch(statement, statement.bind())
            gone = [str(row[0]) for row in rows]
            if gone:
                request = self._kernel.service_request(SERVICE)
                await self._kernel.run(request, partial(_delete, sessions=gone))
            if len(gone) < FORGOTTEN_AT_ONCE_MAX:
                return

    def _write_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        noted, self._noted = self._noted, {}
        if noted:
            writing = asyncio.create_task(self._write(tuple(noted.items())))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)

    async def _write(self, moments: tuple[tuple[str, int], ...]) -> None:
        await self._kernel.store.submit(partial(_note, moments))

    def _session_statement(self) -> Statement:
        sessions = record_table(self._kernel.catalogue.get(SESSIONS).collection)
        joined = _TOKENS.outerjoin(sessions, sessions.c.id == _TOKENS.c.session)
        query = sa.select(_TOKENS.c.session, sessions.c.id).select_from(joined)
        return self._kernel.store.statement(query.where(_TOKENS.c.token == sa.bindparam("token")))

    def _list_statement(self) -> Statement:
        collection = self._kernel.catalogue.get(SESSIONS).collection
        sessions = record_table(collection)
        query = (
            sa.select(*record_columns(sessions, collection))
            .where(
                sessions.c.recordRef == sa.bindparam("account"),
                sessions.c.collectionRef == sa.bindparam("collection"),
            )
            .order_by(sessions.c.created.desc(), sessions.c.id)
        )
        return self._kernel.store.statement(query)

    def _seen_statement(self) -> Statement:
        sessions = record_table(self._kernel.catalogue.get(SESSIONS).collection)
        joined = sessions.join(_SEEN, sessions.c.id == _SEEN.c.session)
        query = sa.select(_SEEN.c.session, _SEEN.c.seen).select_from(joined)
        return self._kernel.store.statement(
            query.where(sessions.c.recordRef == sa.bindparam("account"))
        )

    def _empty_statement(self) -> Statement:
        sessions = record_table(self._kernel.catalogue.get(SESSIONS).collection)
        joined = sessions.outerjoin(_TOKENS, sessions.c.id == _TOKENS.c.session)
        query = sa.select(sessions.c.id).select_from(joined).where(_TOKENS.c.token.is_(None))
        query = query.limit(sa.literal_column(str(FORGOTTEN_AT_ONCE_MAX)))
        return self._kernel.store.statement(query)


def _note(moments: tuple[tuple[str, int], ...]) -> Command[None]:
    yield NoteSeen(moments)


def _forget(moment: int) -> Command[None]:
    yield ForgetTokens(moment)


def _delete(unit: Unit, sessions: Sequence[str]) -> Command[None]:
    for session in sessions:
        yield from unit.delete(SESSIONS, session)
