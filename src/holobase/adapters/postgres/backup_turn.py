"""The turn to make or restore a backup of a schema, as a lock of the server: it lets go of it when
the connection of its holder ends. A word in the schema says what the turn is about."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from holobase.adapters.postgres.address import parse
from holobase.adapters.postgres.connect import connect
from holobase.adapters.postgres.failures import explained
from holobase.adapters.postgres.layout import lock_key
from holobase.adapters.postgres.replacing import is_laid_out, is_waiting

WORD: Final = "backup"
"""The key in `hb_meta` under which stands what the turn is about."""

ANSWER_SECONDS_MAX: Final = 15.0
"""Past it a connection that does not answer is given up."""

TRIES: Final = 5
"""Tries to get the turn: who was killed a moment ago has it until the server sees that."""

TRY_SECONDS: Final = 0.1
"""Pause between two tries."""

_HELD: Final = """
SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND ((classid::bigint << 32) | objid::bigint) = $1)
"""


class PostgresBackupTurn:
    """Keeps `ports.backup_turn.BackupTurn` for a schema."""

    def __init__(self, url: str) -> None:
        self._address = parse(url)
        self._key = lock_key("backup", self._address.schema)

    @asynccontextmanager
    async def attempt(self, key: str) -> AsyncIterator[bool]:
        """As the port says."""
        with explained(self._address):
            connection = await connect(self._address, ANSWER_SECONDS_MAX)
        try:
            with explained(self._address):
                taken = False
                for _ in range(TRIES):
                    query = "SELECT pg_try_advisory_lock($1)"
                    taken = bool(await connection.fetchval(query, self._key))
                    if taken:
                        break
                    await asyncio.sleep(TRY_SECONDS)
                if taken and await is_waiting(connection, self._address):
                    taken = False
                if taken and await is_laid_out(connection, self._address.schema):
                    await connection.execute(
                        "INSERT INTO hb_meta VALUES ($1, $2)"
                        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                        WORD,
                        key,
                    )
            yield taken
        finally:
            await connection.close()

    async def holder(self) -> str | None:
        """As the port says."""
        with explained(self._address):
            connection = await connect(self._address, ANSWER_SECONDS_MAX)
            try:
                if await is_waiting(connection, self._address):
                    return ""
                if not await connection.fetchval(_HELD, self._key):
                    return None
                query = "SELECT value FROM hb_meta WHERE key = $1"
                return await connection.fetchval(query, WORD) or ""
            finally:
                await connection.close()
