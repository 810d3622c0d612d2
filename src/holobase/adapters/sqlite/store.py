"""The store of the embedded shape: one folder with one SQLite file, shared by all services."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from holobase.adapters.sqlite.dump import SqliteSnapshot
from holobase.adapters.sqlite.file import FILE_NAME, connect, create_or_check
from holobase.adapters.sqlite.log import SqliteLog
from holobase.adapters.sqlite.reader import Reader
from holobase.adapters.sqlite.tables import read_definitions
from holobase.adapters.sqlite.unit import find_key
from holobase.adapters.sqlite.writer import Writer
from holobase.domain.collection import Collection
from holobase.domain.event import Event
from holobase.domain.fields import Cell
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from holobase.ports.store import Listener, Settle

T = TypeVar("T")

LOCK_FILE_NAME = "writer.lock"
CHECKPOINT_SECONDS = 1.0
FOREIGN_POLL_SECONDS = 0.1
"""How soon this process hears of what another one (a command line, say) has committed."""


class SqliteStore:
    """Keeps `ports.store.Store`. Create it inside a running event loop; `close` when done."""

    def __init__(self, folder: Path, settle: Settle, vfs: str | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / FILE_NAME
        connection = connect(path, vfs=vfs)
        try:
            create_or_check(connection, str(path))
        except BaseException:
            connection.close()
            raise
        self._path = path
        self._reader = Reader(path)
        self.log = SqliteLog(self._reader.tail)
        self._seen = self.log.position()
        self._listeners: list[Listener] = []
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._writer = Writer(connection, folder / LOCK_FILE_NAME, settle, self._on_commit)
        self._checkpointer = threading.Thread(target=self._checkpoint, daemon=True)
        self._checkpointer.start()
        self._watch = self._loop.create_task(self._watch_others())

    @property
    def failure(self) -> BaseException | None:
        """Why nothing can be written any more; None while all is well."""
        return self._writer.failure

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query to SQLite's SQL."""
        return self._reader.statement(query)

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows; see `ports.store.Store.fetch`."""
        return await self._reader.fetch(statement, values)

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """Runs a command in the next group and returns when its commit is durable."""
        return await self._writer.submit(command)

    def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""
        return read_definitions(self._reader.tail)

    def subscribe(self, listener: Listener) -> None:
        """Hears of every commit, on the event loop."""
        self._listeners.append(listener)

    def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None."""
        return find_key(self._reader.tail, subject)

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        """A read transaction over everything at one position."""
        with open_snapshot(self._path) as snapshot:
            yield snapshot

    async def close(self) -> None:
        """Commits what was accepted, then lets go of the file."""
        self._watch.cancel()
        await asyncio.to_thread(self._writer.close)
        self._stopping.set()
        await asyncio.to_thread(self._checkpointer.join)
        self._reader.close()

    def _on_commit(self, events: list[Event]) -> None:
        self._loop.call_soon_threadsafe(self._tell, events)

    def _tell(self, events: list[Event]) -> None:
        if events[0].position != self._seen + 1:  # another process committed in between
            events = self.log.events(self._seen, limit=-1)
        news = [event for event in events if event.position > self._seen]
        if news:
            self._seen = news[-1].position
            for listener in self._listeners:
                listener(news)

    async def _watch_others(self) -> None:
        version = self._reader.tail.pragma("data_version")
        while True:
            await asyncio.sleep(FOREIGN_POLL_SECONDS)
            now = self._reader.tail.pragma("data_version")
            if now != version:
                version = now
                if self.log.position() > self._seen:
                    self._tell(self.log.events(self._seen, limit=-1))

    def _checkpoint(self) -> None:
        connection = connect(self._path)
        while not self._stopping.is_set():
            if self._writer.wait_for_checkpoint(CHECKPOINT_SECONDS):
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        connection.close()  # the last connection to close copies the rest of the log back


@contextmanager
def open_snapshot(path: Path) -> Iterator[SqliteSnapshot]:
    """A snapshot of a database file, read-only, beside whoever uses it."""
    connection = connect(path, read_only=True)
    try:
        with connection:
            yield SqliteSnapshot(connection)
    finally:
        connection.close()
