"""Reading: indexed statements on the event loop's own connection, long scans in threads.

A hop to a thread costs more than most reads take, so it is made only where the plan reads a table
from one end to the other and the table is not small.
"""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holobase.adapters.sqlite.file import connect
from holobase.adapters.sqlite.tables import quoted
from holobase.domain.errors import Unavailable
from holobase.domain.fields import Cell
from holobase.ports.statement import Statement

SMALL_TABLE_ROWS = 2_000
"""Scanning up to this many rows costs less than a hop to a thread and back is worth."""

SCAN_THREADS = 2
SCAN_SECONDS_MAX = 10.0
"""Time limit of a scanning statement; past it the caller is told to try a narrower question."""

STEPS_BETWEEN_CHECKS = 20_000
ROWS_KNOWN_SECONDS = 5.0
"""How long a table's size is believed before it is looked up again."""

_DIALECT = sqlite.dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]


class Reader:
    """All reads of one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.connection = connect(path, read_only=True)
        self._threads = ThreadPoolExecutor(SCAN_THREADS, thread_name_prefix="scan")
        self._local = threading.local()
        self._rows: dict[str, tuple[float, int]] = {}

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query and looks at its plan."""
        compiled = query.compile(dialect=_DIALECT)
        keys = tuple(compiled.positiontup or ())
        sql = str(compiled)
        plan = self.connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * len(keys))
        scanned = tuple(
            detail.split()[1].strip('"') for *_, detail in plan if detail.startswith("SCAN ")
        )
        return Statement(sql, keys, dict(compiled.params), scanned)

    async def fetch(
        self, statement: Statement, values: tuple[Cell, ...], bounded: bool
    ) -> list[tuple[Any, ...]]:
        """All rows of the statement."""
        if bounded or not any(self._is_large(table) for table in statement.tables):
            return self.connection.execute(statement.sql, values).fetchall()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._scan, statement.sql, values)

    def _is_large(self, table: str) -> bool:
        now = time.monotonic()
        known = self._rows.get(table)
        if known is None or now - known[0] > ROWS_KNOWN_SECONDS:
            known = (now, self._row_count(table))
            self._rows[table] = known
        return known[1] > SMALL_TABLE_ROWS

    def _row_count(self, table: str) -> int:
        try:
            query = f"SELECT max(rowid) FROM {quoted(table)}"  # noqa: S608
            return int(self.connection.execute(query).get or 0)
        except apsw.SQLError:  # an alias, a subquery or json_each: nothing with a size
            return 0

    def _scan(self, sql: str, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, read_only=True)
        deadline = time.monotonic() + SCAN_SECONDS_MAX
        connection.set_progress_handler(
            lambda: time.monotonic() > deadline, STEPS_BETWEEN_CHECKS
        )
        try:
            return connection.execute(sql, values).fetchall()
        except apsw.InterruptError as error:
            raise Unavailable("the query took too long") from error
        finally:
            connection.set_progress_handler(None)

    def close(self) -> None:
        """Waits for running scans and closes the connections."""
        self._threads.shutdown(wait=True)
        self.connection.close()
