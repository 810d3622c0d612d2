"""Connections: what every one of them is set to, and numbers as SQLite gives them."""

import struct
from typing import Any, Final, TypeAlias

import asyncpg

from holobase.adapters.postgres.address import Address
from holobase.kit import json

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_SECONDS = 5.0
"""What opening a connection may take; a server that is there answers within milliseconds."""

STATEMENTS_MAX = 500
"""Prepared statements that a connection keeps; preparing one costs some five times running it."""

_FLOAT: Final = struct.Struct("!d")

_SETTINGS: Final = {
    "jit": "off",  # compiling takes longer than our statements run
    "synchronous_commit": "on",
    "timezone": "UTC",
    "application_name": "holobase",
}


def schema_path(schema: str) -> str:
    """The schema as an identifier. The system's own names are always found first."""
    return '"' + schema.replace('"', '""') + '"'


async def connect(address: Address, seconds_max: float | None, **settings: str) -> Connection:
    """A connection that looks into our schema alone.

    A statement that is not answered within `seconds_max` ends the connection: the server is gone.
    """
    connection: Connection = await asyncpg.connect(
        address.dsn,
        timeout=CONNECT_SECONDS,
        command_timeout=seconds_max,
        statement_cache_size=STATEMENTS_MAX,
        max_cached_statement_lifetime=0,
        server_settings={**_SETTINGS, "search_path": schema_path(address.schema), **settings},
    )
    try:
        await connection.set_type_codec(
            "float8", schema="pg_catalog", encoder=_FLOAT.pack, decoder=_number, format="binary"
        )
    except BaseException:
        connection.terminate()
        raise
    return connection


def _number(data: bytes) -> int | float:
    value: float = _FLOAT.unpack(data)[0]
    return json.number(value)


def tuples(rows: list[Any]) -> list[tuple[Any, ...]]:
    """Rows as the port wants them."""
    return [tuple(row) for row in rows]
