"""The console over PostgreSQL: a connection and a read-only transaction for each statement.

The statement becomes the query of a cursor, and nothing but a query can be one. What the database
account may do besides reading tables (files of the server, locks, other sessions) are functions,
and those are refused by name: a list of the harmless ones is short, and grows when somebody misses
one.
"""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from holobase.adapters.postgres.address import parse
from holobase.adapters.postgres.connect import Connection, connect
from holobase.adapters.postgres.failures import is_outage
from holobase.domain.errors import BadRequest, Unavailable
from holobase.domain.sql_text import begins_with
from holobase.ports.console import (
    ANSWER_BYTES_MAX,
    AT_ONCE_MAX,
    CELL_BYTES_MAX,
    ROWS_MAX,
    SECONDS_MAX,
    Found,
)

FETCHED_ROWS = 50
"""Rows that are fetched at once, so that large ones are noticed before all of them are here."""

_SUSPECT: Final = re.compile(
    r"\b(?:pg_\w+|lo_\w+|dblink\w*|\w*_to_xml\w*|set_config|ts_stat|ts_rewrite|nextval|setval)\b"
    r"|\bU&",
    re.IGNORECASE,
)
_HARMLESS: Final = frozenset(
    {
        "pg_attribute",
        "pg_catalog",
        "pg_class",
        "pg_database_size",
        "pg_index",
        "pg_indexes",
        "pg_indexes_size",
        "pg_locks",
        "pg_namespace",
        "pg_relation_size",
        "pg_size_pretty",
        "pg_stat_activity",
        "pg_stat_user_indexes",
        "pg_stat_user_tables",
        "pg_statio_user_tables",
        "pg_stats",
        "pg_table_size",
        "pg_tables",
        "pg_total_relation_size",
        "pg_type",
        "pg_typeof",
    }
)


class PostgresConsole:
    """Keeps `ports.console.Console` over the schema of a store."""

    def __init__(self, url: str) -> None:
        self._address = parse(url)
        self._running = 0

    async def ask(self, sql: str) -> Found:
        """The first rows that a statement finds."""
        if any(word.lower() not in _HARMLESS for word in _SUSPECT.findall(sql)):
            raise BadRequest("sql_not_allowed")
        if self._running >= AT_ONCE_MAX:
            raise Unavailable("too many statements are running")
        self._running += 1
        try:
            return await self._ask(sql.strip().rstrip(";"))
        except (asyncpg.QueryCanceledError, TimeoutError) as error:
            raise Unavailable("the statement took too long") from error
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError) and not _is_gone(error):
                raise BadRequest("sql_failed", detail=str(error)) from error
            if is_outage(error):
                raise Unavailable("the database cannot be reached") from error
            raise
        finally:
            self._running -= 1

    async def _ask(self, sql: str) -> Found:
        limit = f"{int(SECONDS_MAX * 1000)}ms"
        connection = await connect(
            self._address,
            SECONDS_MAX + 5,
            statement_timeout=limit,
            idle_in_transaction_session_timeout=limit,
            default_transaction_read_only="on",
        )
        try:
            async with asyncio.timeout(SECONDS_MAX), connection.transaction(readonly=True):
                return await _found(connection, sql)
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)


async def _found(connection: Connection, sql: str) -> Found:
    prepared = await connection.prepare(sql)
    attributes = prepared.get_attributes()
    columns = tuple((each.name, each.type.name.upper()) for each in attributes)
    if begins_with(sql) == "EXPLAIN":
        return Found(columns, [[str(value) for value in row] for row in await prepared.fetch()])
    names = [f"c{number}" for number in range(len(attributes))]
    cells = [
        _cell(f"q.{name}", each.type.name) for name, each in zip(names, attributes, strict=True)
    ]
    await connection.execute(
        f"DECLARE hb_console NO SCROLL CURSOR FOR SELECT {', '.join(cells)}"
        f" FROM (\n{sql}\n) AS q ({', '.join(names)})"
    )
    rows: list[list[str | None]] = []
    size = 0
    while len(rows) < ROWS_MAX:
        found = await connection.fetch(f"FETCH {FETCHED_ROWS} FROM hb_console")
        rows += (_texts(row) for row in found)
        size += sum(len(text) for row in rows[-len(found) :] for text in row if text)
        if size > ANSWER_BYTES_MAX:
            raise BadRequest("sql_too_much")
        if len(found) < FETCHED_ROWS:
            break
    return Found(columns, rows)


def _cell(name: str, kind: str) -> str:
    """A column as a text of bounded length."""
    if kind == "bool":
        return f"({name})::int::text"
    if kind == "bytea":
        return f"substring({name} FROM 1 FOR {CELL_BYTES_MAX})"
    return f"left(({name})::text, {CELL_BYTES_MAX})"


def _texts(row: Sequence[Any]) -> list[str | None]:
    return [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in row]


def _is_gone(error: asyncpg.PostgresError) -> bool:
    """Whether the server is at fault, rather than the statement."""
    return str(error.sqlstate)[:2] in {"08", "57", "58", "XX"}
