"""Request logs in a file of their own beside the database, written by a thread of their own."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import apsw
import sqlalchemy as sa

from holobase.adapters.sqlite.failures import explained
from holobase.adapters.sqlite.file import connect, disconnect
from holobase.adapters.sqlite.reader import Reader
from holobase.domain.fields import Cell
from holobase.domain.request_logs import Entry
from holobase.ports.statement import Statement

T = TypeVar("T")

FILE_NAME = "logs.db"
APPLICATION_ID = 0x484F4C4C
"""Marks the file as ours in the SQLite header ("HOLL")."""

CHECKPOINT_PAGES = 1_000
"""Pages (4 KiB) of write-ahead log after which a writer copies it back; nobody waits for that."""

_LAYOUT = """
CREATE TABLE IF NOT EXISTS hb_logs (
    id TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    level NUMERIC NOT NULL,
    message TEXT NOT NULL,
    data TEXT
);
CREATE INDEX IF NOT EXISTS hb_logs_created ON hb_logs (created);
CREATE INDEX IF NOT EXISTS hb_logs_level ON hb_logs (level);
"""
_INSERT = "INSERT OR IGNORE INTO hb_logs VALUES "
_ROW = "(?, ?, ?, ?, ?)"


class SqliteRequestLog:
    """Keeps `ports.request_log.RequestLog` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="request log")
        with explained(str(self._path)):
            self._connection = connect(self._path)
            try:
                self._lay_out()
                self._reader = Reader(self._path)
            except BaseException:
                disconnect(self._connection)
                raise

    async def write(self, entries: Sequence[Entry]) -> None:
        """Adds entries, some thousands at most, for it is one statement: one for each entry would
        cost the thread a turn of the interpreter each. SQLite binds 32,766 values."""
        if entries:
            sql = _INSERT + ", ".join([_ROW] * len(entries))
            values = [v for e in entries for v in (e.id, e.created, e.level, e.message, e.data)]
            await self._run(lambda: self._connection.execute(sql, values).fetchall())

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query."""
        return self._reader.statement(query)

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows."""
        return await self._reader.fetch(statement, values)

    async def trim(self, before: str, below: int) -> None:
        """Deletes what is older, and what is less serious."""
        await self._delete("DELETE FROM hb_logs WHERE created < ? OR level < ?", before, below)

    async def clear(self) -> None:
        """Deletes everything."""
        await self._delete("DELETE FROM hb_logs")

    async def close(self) -> None:
        """Writes what was given and closes the file."""
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self._reader.close)
        disconnect(self._connection)

    def _lay_out(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA synchronous = OFF")  # a power cut may take the last entries
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        if connection.pragma("application_id") != APPLICATION_ID:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(_LAYOUT)

    async def _delete(self, sql: str, *values: Cell) -> None:
        await self._run(lambda: self._connection.execute(sql, values).fetchall())

    async def _run(self, work: Callable[[], T]) -> T:
        def explained_work() -> T:
            try:
                with explained(str(self._path)):
                    return work()
            except apsw.Error as error:  # another process has held the file for long
                raise OSError(str(error)) from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, explained_work)
