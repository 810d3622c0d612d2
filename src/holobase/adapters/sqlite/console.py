"""The console over SQLite: a read-only connection for each statement, with an authorizer."""

import asyncio
import time
from pathlib import Path
from typing import Any, Final

import apsw

from holobase.adapters.sqlite.file import FILE_NAME, connect, disconnect
from holobase.adapters.sqlite.reader import STEPS_BETWEEN_LOOKS
from holobase.domain.errors import BadRequest, Unavailable
from holobase.domain.sql_text import begins_with
from holobase.kit import json
from holobase.ports.console import (
    ANSWER_BYTES_MAX,
    AT_ONCE_MAX,
    CELL_BYTES_MAX,
    ROWS_MAX,
    SECONDS_MAX,
    Found,
)

_ACTIONS: Final = frozenset(
    {
        apsw.SQLITE_SELECT,
        apsw.SQLITE_READ,
        apsw.SQLITE_FUNCTION,
        apsw.SQLITE_RECURSIVE,
    }
)
_PRAGMAS: Final = frozenset(
    {
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)
"""Those that describe tables and change nothing."""


class SqliteConsole:
    """Keeps `ports.console.Console` over the database of a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._running = 0

    async def ask(self, sql: str) -> Found:
        """The first rows that a statement finds."""
        if self._running >= AT_ONCE_MAX:
            raise Unavailable("too many statements are running")
        self._running += 1
        try:
            return await asyncio.to_thread(self._ask, sql)
        finally:
            self._running -= 1

    def _ask(self, sql: str) -> Found:
        connection = connect(self._path, read_only=True)
        deadline = time.monotonic() + SECONDS_MAX
        try:
            connection.authorizer = _authorize
            connection.limit(apsw.SQLITE_LIMIT_LENGTH, CELL_BYTES_MAX)
            connection.set_progress_handler(
                lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS
            )
            return _found(connection, sql)
        except apsw.InterruptError as error:
            raise Unavailable("the statement took too long") from error
        except apsw.AuthError as error:
            raise BadRequest("sql_not_allowed") from error
        except apsw.Error as error:
            raise BadRequest("sql_failed", detail=str(error)) from error
        finally:
            disconnect(connection)


def _found(connection: apsw.Connection, sql: str) -> Found:
    from apsw import ext  # noqa: PLC0415 - large, and few instances are ever asked

    info = ext.query_info(connection, sql)
    if begins_with(info.query_remaining or ""):
        raise BadRequest("sql_several")
    if not info.is_readonly:
        raise BadRequest("sql_writes")
    columns = tuple((name, kind or "") for name, kind, *_ in info.description_full or ())
    rows: list[list[str | None]] = []
    size = 0
    for row in connection.execute(sql):
        rows.append([_text(value) for value in row])
        size += sum(len(text) for text in rows[-1] if text)
        if size > ANSWER_BYTES_MAX:
            raise BadRequest("sql_too_much")
        if len(rows) == ROWS_MAX:
            break
    return Found(columns, rows)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return repr(json.number(value))


def _authorize(
    action: int, first: str | None, _second: str | None, _database: str | None, _trigger: str | None
) -> int:
    is_harmless = action in _ACTIONS or (action == apsw.SQLITE_PRAGMA and first in _PRAGMAS)
    return apsw.SQLITE_OK if is_harmless else apsw.SQLITE_DENY
