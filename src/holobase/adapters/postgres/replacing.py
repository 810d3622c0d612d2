"""Putting another schema in the place of the one that is there. It is filled beside it; that it is
whole is a word in the schema that it is to follow, and then it is what the instance is. Whoever
opens the store next renames both, in one transaction.

Whoever has the store open holds a shared lock and looks for that word every second, so that nobody
takes it away beneath them; who was cut off meanwhile finds another schema under the name.
"""

import asyncio
import contextlib
import time
from typing import Final

from holobase.adapters.postgres.address import Address, beside, parse
from holobase.adapters.postgres.connect import Connection, connect, schema_path
from holobase.adapters.postgres.definitions import index_all_relations
from holobase.adapters.postgres.failures import explained, is_outage
from holobase.adapters.postgres.layout import create_or_check, exists, lock_key
from holobase.adapters.postgres.mirror import MARK, PostgresMirror
from holobase.domain.errors import Unavailable

WORD: Final = "restore"
"""The key in `hb_meta` under which stands that another schema waits."""

DRAFT: Final = "_restoring"
BEFORE: Final = "_before"

WAIT_SECONDS: Final = 60.0
"""How long to wait for others to let go: longer than a server takes to finish its requests."""

POLL_SECONDS: Final = 0.05
"""How often it is tried whether they have."""

LOOK_SECONDS: Final = 1.0
"""How often a process looks whether it is to let go."""

ANSWER_SECONDS_MAX: Final = 15.0
"""Past it a connection that does not answer is given up."""

_WAITING: Final = "SELECT EXISTS (SELECT 1 FROM hb_meta WHERE key = $1)"
_SCHEMA: Final = "SELECT oid FROM pg_namespace WHERE nspname = $1"


class PostgresReplacement(PostgresMirror):
    """A mirror whose place may be taken: when it is whole, it waits."""

    @classmethod
    async def open(cls, url: str) -> "PostgresReplacement":
        """A replacement for what is at an address; what was begun before is thrown away."""
        address = parse(url)
        draft = beside(address, DRAFT)
        with explained(address):
            connection = await connect(draft, None)
            try:
                await _drop(connection, draft.schema)
                await create_or_check(connection, draft)
            except BaseException:
                connection.terminate()
                raise
        return cls(connection, address, draft)

    async def put_in_place(self) -> None:
        """Says that it is whole; where nothing is, it takes the place at once."""
        if not await is_laid_out(self._connection, self._address.schema):
            await super().put_in_place()
            return
        async with self._connection.transaction():
            await self._connection.execute("DELETE FROM hb_checkpoints WHERE consumer = $1", MARK)
            path = schema_path(self._address.schema)
            insert = f"INSERT INTO {path}.hb_meta VALUES ($1, 'ready') ON CONFLICT DO NOTHING"
            await self._connection.execute(insert, WORD)
        await self.close()


class Presence:
    """Says that a store is in use, until `leave`, and hears that it is to be let go of."""

    def __init__(self, address: Address, connection: Connection, schema: int) -> None:
        self._address = address
        self._connection = connection
        self._schema = schema
        self._task = asyncio.create_task(self._watch())
        self.is_superseded = False

    async def leave(self) -> None:
        """Lets go."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._connection.close(timeout=1)

    async def _watch(self) -> None:
        while not self.is_superseded:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if self._connection.is_closed():
                    self._connection = await _present(self._address)
                now = await self._connection.fetchval(_SCHEMA, self._address.schema)
                is_another = now != self._schema
                self.is_superseded = is_another or await is_waiting(self._connection, self._address)
            except Exception as error:
                if not (is_outage(error) or isinstance(error, Unavailable)):
                    raise
                self._connection.terminate()


async def enter(address: Address) -> Presence:
    """Begins to use a store; a schema that waits takes its place first.

    Raises Unavailable where others do not let go of the one before.
    """
    while True:
        connection = await connect(address, None)
        try:
            if await is_waiting(connection, address):
                await _switch(connection, address)
            await create_or_check(connection, address)
            async with connection.transaction():
                lock = lock_key("layout", address.schema)
                await connection.execute(f"SELECT pg_advisory_xact_lock({lock})")
                await index_all_relations(connection)
        finally:
            await connection.close()
        present = await _present(address)
        if not await is_waiting(present, address):
            schema = await present.fetchval(_SCHEMA, address.schema)
            return Presence(address, present, schema)
        await present.close()


async def is_waiting(connection: Connection, address: Address) -> bool:
    """Whether a restored schema waits to take the place of the one that is there."""
    if not await is_laid_out(connection, address.schema):
        return False
    return bool(await connection.fetchval(_WAITING, WORD))


async def is_used(url: str) -> bool:
    """Whether anybody has a store open."""
    address = parse(url)
    with explained(address):
        connection = await connect(address, ANSWER_SECONDS_MAX)
        try:
            key = lock_key("presence", address.schema)
            return not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key)
        finally:
            await connection.close()


async def settle(url: str) -> None:
    """Throws away what was before a restored schema that is in force, and what was begun and never
    whole. For who has the turn."""
    address = parse(url)
    with explained(address):
        connection = await connect(address, None)
        try:
            if not await is_waiting(connection, address):
                for suffix in (BEFORE, DRAFT):
                    await _drop(connection, beside(address, suffix).schema)
        finally:
            await connection.close()


async def _present(address: Address) -> Connection:
    connection = await connect(address, ANSWER_SECONDS_MAX)
    key = lock_key("presence", address.schema)
    try:
        await connection.fetch("SELECT pg_advisory_lock_shared($1)", key)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _switch(connection: Connection, address: Address) -> None:
    key = lock_key("presence", address.schema)
    deadline = time.monotonic() + WAIT_SECONDS
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
        if time.monotonic() > deadline:
            raise Unavailable("other programs use the store")
        await asyncio.sleep(POLL_SECONDS)
    async with connection.transaction():
        if not await is_waiting(connection, address):  # somebody was faster
            return
        live, before = address.schema, beside(address, BEFORE).schema
        await _drop(connection, before)
        await _rename(connection, live, before)
        await _rename(connection, beside(address, DRAFT).schema, live)
        logs = f"{schema_path(before)}.hb_logs"
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", logs):
            move = f"ALTER TABLE {logs} SET SCHEMA {schema_path(live)}"
            await connection.execute(move)  # request logs are no part of what was restored


async def _rename(connection: Connection, schema: str, name: str) -> None:
    await connection.execute(f"ALTER SCHEMA {schema_path(schema)} RENAME TO {schema_path(name)}")


async def _drop(connection: Connection, schema: str) -> None:
    if await exists(connection, schema):
        await connection.execute(f"DROP SCHEMA {schema_path(schema)} CASCADE")


async def is_laid_out(connection: Connection, schema: str) -> bool:
    """Whether there is a store in a schema."""
    found = "SELECT to_regclass(quote_ident($1) || '.hb_meta') IS NOT NULL"
    return bool(await connection.fetchval(found, schema))
