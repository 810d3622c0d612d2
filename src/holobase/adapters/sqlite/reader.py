"""Reading: on the event loop's own connection within a budget of time, else in a thread.

A hop to a thread costs more than most reads take, and a long read on the loop would hold everybody
up. So each statement begins on the loop; one that spends its budget is broken off, run again in a
thread, and sent there directly for a while. One that takes long there, too, goes on in a thread of
its kind: whoever asks for much waits behind others who do.
"""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holobase.adapters.slow_statements import Remembered
from holobase.adapters.sqlite.file import connect, disconnect
from holobase.domain.errors import TooSlow
from holobase.domain.fields import Cell
from holobase.ports.statement import Statement

LOOP_SECONDS_MAX = 0.002
"""What a read may take on the event loop."""

REMEMBERED_SECONDS = 5.0
"""How long a statement that spent its budget goes straight to a thread."""

SCAN_THREADS = 2
"""Threads for reads that scan; indexed ones run without a thread hop."""

QUICK_SECONDS_MAX = 0.5
"""What a read may take in one of them; past it, it begins anew in the thread of the slow ones."""

SLOW_THREADS = 1
"""Threads for reads that take longer: they never have all cores."""

SLOW_REMEMBERED_SECONDS = 60.0
"""How long a statement that took longer goes straight to the slow ones, if it stays slow."""

SCAN_SECONDS_MAX = 10.0
"""Time limit of a long read, waiting for a thread included; past it the caller is told to ask for
less."""

STEPS_BETWEEN_LOOKS = 5_000
"""Steps of SQLite's virtual machine (some 50 ns each) between two looks at the clock. SQLite counts
them over all runs of a statement, so a look says nothing by itself."""

_DIALECT = sqlite.dialect(paramstyle="qmark")


class Reader:
    """All reads of one process."""

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        self._path = path
        self._vfs = vfs
        self._opened: list[apsw.Connection] = []
        self.connection = self._connect()
        self._began = 0.0
        self.connection.set_progress_handler(self._is_spent, STEPS_BETWEEN_LOOKS)
        self.tail = self._connect()
        self._threads = ThreadPoolExecutor(SCAN_THREADS, thread_name_prefix="read")
        self._slow_threads = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="read-slow")
        self._local = threading.local()
        self._long = Remembered(REMEMBERED_SECONDS)
        self._slow = Remembered(SLOW_REMEMBERED_SECONDS)

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query."""
        compiled = query.compile(dialect=_DIALECT)
        return Statement(str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params))

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows of the statement."""
        begins_here = statement.sql not in self._long
        if begins_here:
            self._began = time.perf_counter()
            try:
                return self.connection.execute(statement.sql, values).fetchall()
            except apsw.InterruptError:
                self._long.add(statement.sql)
        rows, seconds = await self._fetch_aside(statement.sql, values)
        if begins_here and seconds < LOOP_SECONDS_MAX:
            self._long.discard(statement.sql)  # whoever else runs here took the time, not it
        return rows

    async def _fetch_aside(
        self, sql: str, values: tuple[Cell, ...]
    ) -> tuple[list[tuple[Any, ...]], float]:
        """All rows, and how long a thread ran for them."""
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + SCAN_SECONDS_MAX
        if sql not in self._slow:
            with suppress(TooSlow):
                return await loop.run_in_executor(
                    self._threads, self._read_quick, sql, values, deadline
                )
        return await loop.run_in_executor(
            self._slow_threads, self._read_slow, sql, values, deadline
        )

    def _is_spent(self) -> bool:
        return time.perf_counter() - self._began > LOOP_SECONDS_MAX

    def _read_quick(
        self, sql: str, values: tuple[Cell, ...], deadline: float
    ) -> tuple[list[tuple[Any, ...]], float]:
        if sql in self._slow:  # another one has shown that by now
            raise TooSlow("the query is one of the slow ones")
        try:
            return self._read(sql, values, min(deadline, time.monotonic() + QUICK_SECONDS_MAX))
        except TooSlow:
            self._slow.add(sql)
            raise

    def _read_slow(
        self, sql: str, values: tuple[Cell, ...], deadline: float
    ) -> tuple[list[tuple[Any, ...]], float]:
        began = time.monotonic()
        found = self._read(sql, values, deadline)
        if time.monotonic() - began < QUICK_SECONDS_MAX:
            self._slow.discard(sql)  # the machine stood still, or it was asked for less this time
        return found

    def _read(
        self, sql: str, values: tuple[Cell, ...], deadline: float
    ) -> tuple[list[tuple[Any, ...]], float]:
        """All rows, and how long this thread ran for them."""
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
        began = time.thread_time()
        try:
            rows = connection.execute(sql, values).fetchall()
            return rows, time.thread_time() - began
        except apsw.InterruptError as error:
            raise TooSlow("the query took too long") from error

    def close(self) -> None:
        """Waits for running reads and closes the connections."""
        self._threads.shutdown(wait=True)
        self._slow_threads.shutdown(wait=True)
        for connection in self._opened:
            disconnect(connection)

    def _connect(self) -> apsw.Connection:
        connection = connect(self._path, read_only=True, vfs=self._vfs)
        self._opened.append(connection)  # a list takes appends from any thread
        return connection
