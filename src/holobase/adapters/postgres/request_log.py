"""Request logs in a table of their own, through connections of their own."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from holobase.adapters.postgres import compile as compiling
from holobase.adapters.postgres.address import Address, parse
from holobase.adapters.postgres.connect import Connection, connect
from holobase.adapters.postgres.failures import explained, is_outage
from holobase.adapters.postgres.layout import lock_key
from holobase.adapters.postgres.reader import Reader
from holobase.domain.fields import Cell
from holobase.domain.request_logs import Entry
from holobase.ports.statement import Statement

READ_CONNECTIONS = 1
"""Connections that read: one person looks at logs at a time."""

WRITE_SECONDS_MAX = 30.0
"""Past it a connection that does not answer is given up."""

_LAYOUT = """
CREATE TABLE IF NOT EXISTS hb_logs (
    id text COLLATE "C" PRIMARY KEY,
    created text COLLATE "C" NOT NULL,
    level double precision NOT NULL,
    message text COLLATE "C" NOT NULL,
    data text COLLATE "C",
    hb_order bigint NOT NULL GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX IF NOT EXISTS hb_logs_created ON hb_logs (created);
CREATE INDEX IF NOT EXISTS hb_logs_level ON hb_logs (level);
CREATE INDEX IF NOT EXISTS hb_logs_order ON hb_logs (hb_order);
"""
_INSERT = (
    "INSERT INTO hb_logs (id, created, level, message, data) SELECT * FROM"
    " unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::text[])"
    " ON CONFLICT (id) DO NOTHING"
)


class PostgresRequestLog:
    """Keeps `ports.request_log.RequestLog` in the schema of a store. Made by `open`."""

    @classmethod
    async def open(cls, url: str) -> "PostgresRequestLog":
        """The log beside the store at an address, which must be there."""
        address = parse(url)
        with explained(address):
            connection = await _connect(address)
            async with connection.transaction():
                key = lock_key("request log", address.schema)  # two may start at once
                await connection.execute(f"SELECT pg_advisory_xact_lock({key})")
                await connection.execute(_LAYOUT)
        return cls(address, connection)

    def __init__(self, address: Address, connection: Connection) -> None:
        self._address = address
        self._connection = connection
        self._turn = asyncio.Lock()
        self._reader = Reader(address, READ_CONNECTIONS)

    async def write(self, entries: Sequence[Entry]) -> None:
        """Adds entries."""
        columns: list[list[Any]] = [
            [each.id for each in entries],
            [each.created for each in entries],
            [float(each.level) for each in entries],
            [_storable(each.message) for each in entries],
            [_storable(each.data) for each in entries],
        ]
        await self._run(_INSERT, *columns)

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query."""
        return compiling.statement(query)

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows."""
        return await self._reader.fetch(statement.sql, *values)

    async def trim(self, before: str, below: int) -> None:
        """Deletes what is older, and what is less serious."""
        sql = "DELETE FROM hb_logs WHERE created < $1 OR level < $2"
        await self._run(sql, before, float(below))

    async def clear(self) -> None:
        """Deletes everything."""
        await self._run("DELETE FROM hb_logs")

    async def close(self) -> None:
        """Closes the connections."""
        await self._reader.close()
        async with self._turn:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=1)

    async def _run(self, sql: str, *values: Any) -> None:
        """Runs a statement; once more on a new connection, where the one there was is gone."""
        async with self._turn:
            with explained(self._address):
                try:
                    await self._connection.execute(sql, *values)
                except Exception as error:
                    if not is_outage(error):
                        raise
                    self._connection.terminate()
                    self._connection = await _connect(self._address)
                    await self._connection.execute(sql, *values)


async def _connect(address: Address) -> Connection:
    return await connect(address, WRITE_SECONDS_MAX, synchronous_commit="off")


def _storable(text: str) -> str:
    """What PostgreSQL can hold: its texts have no U+0000."""
    return text.replace("\x00", "")
