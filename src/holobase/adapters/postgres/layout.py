"""The schema: laying it out once, and refusing what is not ours or newer than this program."""

import hashlib
from importlib import resources
from typing import Final

from holobase.adapters.postgres import mails, parcels
from holobase.adapters.postgres.address import Address
from holobase.adapters.postgres.connect import Connection, schema_path
from holobase.domain.errors import DamagedData

APPLICATION: Final = "holobase"
FORMAT: Final = 1
"""Version of the schema's layout; raised by a change that older programs cannot read."""

SERVER_MIN: Final = 15
"""Oldest server that is tested; older ones lack what the helper functions use."""

_TABLES: Final = """
CREATE TABLE hb_meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE hb_events (
    position bigint PRIMARY KEY,
    id bytea NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    schema bigint NOT NULL,
    data bytea NOT NULL,
    sealed bytea,
    actor text NOT NULL,
    request_id text NOT NULL,
    causation_id bytea,
    at bigint NOT NULL,
    hash bytea NOT NULL
);
CREATE UNIQUE INDEX hb_events_stream ON hb_events (stream, version);
CREATE TABLE hb_streams (
    stream text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE hb_collections (
    id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    definition bytea NOT NULL
);
CREATE TABLE hb_checkpoints (consumer text COLLATE "C" PRIMARY KEY, position bigint NOT NULL);
CREATE TABLE hb_person_keys (subject text COLLATE "C" PRIMARY KEY, wrapped bytea NOT NULL);
CREATE TABLE hb_totals (collection text COLLATE "C" PRIMARY KEY, rows bigint NOT NULL);
"""

_ADDED_TABLES: Final = """
CREATE TABLE IF NOT EXISTS hb_session_tokens (
    token text COLLATE "C" PRIMARY KEY,
    session text COLLATE "C" NOT NULL,
    expires bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS hb_session_tokens_session ON hb_session_tokens (session);
CREATE TABLE IF NOT EXISTS hb_session_seen (
    session text COLLATE "C" PRIMARY KEY,
    seen bigint NOT NULL
);
"""
"""What came later. It is operational, so a schema which lacks it is made up to date at once."""


def lock_key(purpose: str, schema: str) -> int:
    """The number of an advisory lock. Such locks belong to the database, so the schema is in it."""
    digest = hashlib.blake2b(f"holobase {purpose} {schema}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


async def create_or_check(connection: Connection, address: Address) -> None:
    """Lays out a schema that is not there or empty, or makes sure that it is ours and readable.

    Raises DamagedData, with a sentence for the operator, and changes nothing then.
    """
    await _check_server(connection, address)
    async with connection.transaction():
        key = lock_key("layout", address.schema)  # two that start at once must not both lay out
        await connection.execute(f"SELECT pg_advisory_xact_lock({key})")
        if not await exists(connection, address.schema):
            await connection.execute(f"CREATE SCHEMA {schema_path(address.schema)}")
        if await is_empty(connection, address.schema):
            await connection.execute(_TABLES)
            await _keep(connection, "application", APPLICATION)
            await _keep(connection, "format", str(FORMAT))
        else:
            await check(connection, address)
        await connection.execute(_ADDED_TABLES + mails.TABLE + parcels.TABLE)
        await _install_functions(connection, address.schema)


async def check(connection: Connection, address: Address) -> None:
    """Makes sure that a schema is ours and readable. Raises as `create_or_check`."""
    found = "to_regclass(quote_ident($1) || '.hb_meta') IS NOT NULL"
    meta = {}
    if await connection.fetchval(f"SELECT {found}", address.schema):
        meta = dict(await connection.fetch("SELECT key, value FROM hb_meta"))
    if meta.get("application") != APPLICATION:
        raise DamagedData(f"{address} belongs to another program. Choose another schema.")
    version = int(meta.get("format", 0))
    if version > FORMAT:
        raise DamagedData(
            f"{address} was written by a newer Holobase (format {version}, this one reads"
            f" {FORMAT}). Install the newer version."
        )


async def _check_server(connection: Connection, address: Address) -> None:
    version = connection.get_server_version().major
    if version < SERVER_MIN:
        raise DamagedData(f"{address} is version {version}; {SERVER_MIN} or newer is needed.")
    encoding = await connection.fetchval(
        "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
    )
    if encoding != "UTF8":
        raise DamagedData(f"{address} has the encoding {encoding}; it must be UTF8.")


async def exists(connection: Connection, schema: str) -> bool:
    """Whether there is a schema of this name."""
    query = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)"
    return bool(await connection.fetchval(query, schema))


async def is_empty(connection: Connection, schema: str) -> bool:
    """Whether a schema holds no table, index or view."""
    query = (
        "SELECT NOT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = $1)"
    )
    return bool(await connection.fetchval(query, schema))


async def _install_functions(connection: Connection, schema: str) -> None:
    """The helper functions of this program's statements, where others are installed or none."""
    text = resources.files(__package__).joinpath("functions.sql").read_text("utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    kept = await connection.fetchval("SELECT value FROM hb_meta WHERE key = 'functions'")
    if kept == digest:
        return
    stale = await connection.fetch(
        "SELECT p.oid::regprocedure::text FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = $1 AND proname LIKE 'hb\\_%'",
        schema,
    )
    for (signature,) in stale:
        await connection.execute(f"DROP FUNCTION IF EXISTS {signature}")
    await connection.execute(text)
    await _keep(connection, "functions", digest)


async def _keep(connection: Connection, key: str, value: str) -> None:
    await connection.execute(
        "INSERT INTO hb_meta VALUES ($1, $2)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        value,
    )
