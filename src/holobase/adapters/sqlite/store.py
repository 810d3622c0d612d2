"""The store of the embedded shape: one folder with one SQLite file, shared by all services."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from holobase.adapters.sqlite import replacing
from holobase.adapters.sqlite.bulk import open_bulk
from holobase.adapters.sqlite.checkpointer import Checkpointer
from holobase.adapters.sqlite.definitions import index_all_relations
from holobase.adapters.sqlite.dump import SqliteSnapshot
from holobase.adapters.sqlite.failures import explained
from holobase.adapters.sqlite.file import FILE_NAME, check, connect, create_or_check, disconnect
from holobase.adapters.sqlite.log import SqliteLog
from holobase.adapters.sqlite.news import News
from holobase.adapters.sqlite.past import with_past
from holobase.adapters.sqlite.reader import Reader
from holobase.adapters.sqlite.tables import read_definitions
from holobase.adapters.sqlite.turns import Turns
from holobase.adapters.sqlite.unit import find_key
from holobase.adapters.sqlite.writer import Writer
from holobase.domain.collection import Collection
from holobase.domain.fields import Cell
from holobase.ports.bulk import Bulk
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from holobase.ports.store import Listener, Past, Settle
from holobase.rules.tables import record_table

T = TypeVar("T")

LOCK_FILE_NAME = "writer.lock"
ELECTION_FILE_NAME = "checkpointer.lock"


class SqliteStore:
    """Keeps `ports.store.Store`. Made by `open`; `close` when done."""

    @classmethod
    async def open(cls, folder: Path, settle: Settle, vfs: str | None = None) -> "SqliteStore":
        """The store in a folder, which is made where there is none.

        Raises DamagedData or OSError, which name the file, where it cannot be used, and Unavailable
        where a restored database waits for others to let go.
        """
        return cls(folder, settle, vfs)

    def __init__(self, folder: Path, settle: Settle, vfs: str | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        self._vfs = vfs
        self._closing: asyncio.Task[None] | None = None
        self._folder = folder
        with ExitStack() as opened, explained(str(self._path)):
            self._presence = replacing.enter(folder)
            opened.callback(self._presence.leave)
            turns = Turns(folder / LOCK_FILE_NAME)
            opened.callback(turns.close)
            connection = connect(self._path, vfs=vfs)
            opened.callback(disconnect, connection)
            with turns.mine():  # two that start at once must not both lay out the file
                create_or_check(connection, str(self._path))
                index_all_relations(connection)
            self._reader = Reader(self._path, vfs)
            opened.callback(self._reader.close)
            self.log = SqliteLog(self._reader.tail)
            self._checkpointer = Checkpointer(
                connect(self._path, vfs=vfs),
                Turns(folder / LOCK_FILE_NAME),
                Turns(folder / ELECTION_FILE_NAME),
            )
            self._news = News(self._reader.tail, asyncio.get_running_loop())
            opened.pop_all()
        self._turns = turns
        self._writer = Writer(connection, turns, settle, self._news.committed)

    @property
    def failure(self) -> BaseException | None:
        """Why nothing can be written any more; None while all is well."""
        return self._writer.failure

    @property
    def is_superseded(self) -> bool:
        """Whether a restored database waits to take the place of this one."""
        return replacing.is_waiting(self._folder)

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query to SQLite's SQL."""
        return self._reader.statement(query)

    def total(self, collection: Collection) -> Statement:
        """Counts the rows: SQLite reads the smallest index for that."""
        table = record_table(collection)
        return self.statement(sa.select(sa.func.count()).select_from(table))

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows; see `ports.store.Store.fetch`."""
        return await self._reader.fetch(statement, values)

    async def fetch_past(
        self, statement: Statement, values: tuple[Cell, ...], past: Sequence[Past]
    ) -> list[tuple[Any, ...]]:
        """As `fetch`, as if these records were as they once were."""
        sql, given = with_past(statement.sql, values, past)
        return await self._reader.fetch(Statement(sql, ()), given)

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None."""
        return find_key(self._reader.tail, subject)

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """Runs a command in the next group and returns when its commit is durable."""
        return await self._writer.submit(command)

    def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""
        return read_definitions(self._reader.tail)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hears of every commit, on the event loop; gives what ends it."""
        return self._news.subscribe(listener)

    async def catch_up(self) -> None:
        """Tells listeners what other processes have committed so far."""
        self._news.catch_up()

    async def look(self) -> None:
        """As `catch_up`, also of what was committed since this turn of the event loop began."""
        self._news.look()

    def wake(self) -> None:
        """Looks for the commits of others now instead of soon."""
        self._news.wake()

    def snapshot(self) -> AbstractAsyncContextManager[SqliteSnapshot]:
        """A read transaction over everything at one position."""
        return open_snapshot(self._path, self._vfs)

    def bulk(self, settle: Settle) -> AbstractAsyncContextManager[Bulk]:
        """One long transaction, from a connection of its own, in which writers wait."""
        return open_bulk(self._path, Turns(self._path.with_name(LOCK_FILE_NAME)), settle, self._vfs)

    async def close(self) -> None:
        """Commits what was accepted, then lets go of the file. More than once is once."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        await self._news.close()
        await asyncio.to_thread(self._reader.close)
        await asyncio.to_thread(self._checkpointer.close)
        self._turns.close()
        self._presence.leave()


@asynccontextmanager
async def open_snapshot(path: Path, vfs: str | None = None) -> AsyncIterator[SqliteSnapshot]:
    """A snapshot of a database file, read-only, beside whoever uses it.

    Raises DamagedData or OSError, also from inside the block, where the file cannot be read.
    """
    if replacing.is_waiting(path.parent):
        replacing.enter(path.parent).leave()
    with explained(str(path)):
        connection = connect(path, read_only=True, vfs=vfs)
        try:
            check(connection, str(path))
            with connection:
                yield SqliteSnapshot(connection)
        finally:
            disconnect(connection)
