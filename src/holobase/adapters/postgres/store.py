"""The store of the split shape: one PostgreSQL schema, shared by all processes of a service."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa

from holobase.adapters.postgres import compile as compiling
from holobase.adapters.postgres import log
from holobase.adapters.postgres.address import Address, parse
from holobase.adapters.postgres.bulk import open_bulk
from holobase.adapters.postgres.connect import connect
from holobase.adapters.postgres.dump import PostgresSnapshot
from holobase.adapters.postgres.failures import explained
from holobase.adapters.postgres.layout import check, exists
from holobase.adapters.postgres.log import PostgresLog
from holobase.adapters.postgres.names import identifier
from holobase.adapters.postgres.news import News
from holobase.adapters.postgres.past import with_past
from holobase.adapters.postgres.reader import Reader, Reads
from holobase.adapters.postgres.replacing import Presence, enter
from holobase.adapters.postgres.writer import Writer
from holobase.domain.collection import Collection
from holobase.domain.errors import NotFound
from holobase.domain.fields import Cell
from holobase.ports.bulk import Bulk
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from holobase.ports.store import Listener, Past, Settle

T = TypeVar("T")

LOG_CONNECTIONS_MAX = 2
"""Connections that read the log, apart from the others, so that a crowd of reads does not keep
listeners from hearing."""

_TOTAL = "SELECT coalesce((SELECT rows FROM hb_totals WHERE collection = $1), 0)"


class PostgresStore:
    """Keeps `ports.store.Store`. Made by `open`; `close` when done."""

    @classmethod
    async def open(cls, url: str, settle: Settle) -> "PostgresStore":
        """The store in a schema, which is made where there is none; see `address.parse`.

        Raises DamagedData, OSError or Unavailable, which name the address, where it cannot be used.
        """
        address = parse(url)
        with explained(address):
            store = cls(address, settle, await enter(address))
            try:
                await store._start()
            except BaseException:
                await store.close()
                raise
        return store

    def __init__(self, address: Address, settle: Settle, presence: Presence) -> None:
        self._address = address
        self._presence = presence
        channel = identifier(f"hb_{address.schema}")
        self._reader = Reads(address)
        self._tail = Reader(address, LOG_CONNECTIONS_MAX)
        self._channel = channel
        self._news = News(address, channel, self._tail)
        self._writer = Writer(address, channel, settle, self._news.committed)
        self._closing: asyncio.Task[None] | None = None
        self.log = PostgresLog(self._tail.fetch)

    async def _start(self) -> None:
        await self._news.start(lambda: self._writer.backend)

    @property
    def failure(self) -> BaseException | None:
        """None: a server that went away comes back."""
        return None

    @property
    def is_superseded(self) -> bool:
        """Whether a restored schema waits to take the place of this one, or has taken it."""
        return self._presence.is_superseded

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query to PostgreSQL's SQL."""
        return compiling.statement(query)

    def total(self, collection: Collection) -> Statement:
        """Reads the number that is kept beside the rows: counting them would read them all."""
        return Statement(_TOTAL, ("total",), {"total": collection.id})

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows; see `ports.store.Store.fetch`."""
        return await self._reader.fetch(statement.sql, *values)

    async def fetch_past(
        self, statement: Statement, values: tuple[Cell, ...], past: Sequence[Past]
    ) -> list[tuple[Any, ...]]:
        """As `fetch`, as if these records were as they once were."""
        sql, given = with_past(statement.sql, values, past)
        return await self._reader.fetch(sql, *given)

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None."""
        rows = await self._reader.fetch(log.KEYS, [subject])
        return rows[0][1] if rows else None

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """Runs a command in the next group and returns when its commit is durable."""
        return await self._writer.submit(command)

    def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""
        return list(self._news.definitions)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hears of every commit, on the event loop; gives what ends it."""
        return self._news.subscribe(listener)

    async def catch_up(self) -> None:
        """Tells listeners what other processes have committed so far."""
        await self._news.catch_up()

    async def look(self) -> None:
        """As `catch_up`, which always asks anew."""
        await self._news.catch_up()

    def wake(self) -> None:
        """Looks for the commits of others now instead of soon."""
        self._news.wake()

    def snapshot(self) -> AbstractAsyncContextManager[PostgresSnapshot]:
        """A read transaction over everything at one position."""
        return _snapshot(self._address)

    def bulk(self, settle: Settle) -> AbstractAsyncContextManager[Bulk]:
        """One long transaction on a connection of its own, which holds the lock of the log."""
        return open_bulk(self._address, self._channel, settle)

    async def close(self) -> None:
        """Commits what was accepted, then lets go of the server. More than once is once."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._writer.close()
        await self._news.close()
        await self._reader.close()
        await self._tail.close()
        await self._presence.leave()


def open_snapshot(url: str) -> AbstractAsyncContextManager[PostgresSnapshot]:
    """A snapshot of a schema, read-only, beside whoever uses it.

    Raises NotFound where there is no such schema; DamagedData, OSError or Unavailable, also from
    inside the block, where it cannot be read.
    """
    return _snapshot(parse(url))


@asynccontextmanager
async def _snapshot(address: Address) -> AsyncIterator[PostgresSnapshot]:
    with explained(address):
        async with AsyncExitStack() as opened:
            connection = await connect(address, None)
            opened.push_async_callback(connection.close)
            if not await exists(connection, address.schema):
                raise NotFound("no_database")
            await check(connection, address)
            await opened.enter_async_context(
                connection.transaction(isolation="repeatable_read", readonly=True)
            )
            yield PostgresSnapshot(connection)
