"""A mirror in a schema beside the one it is meant for, whose name it takes when it is whole."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from holobase.adapters.postgres.address import Address, beside, parse
from holobase.adapters.postgres.connect import Connection, connect, schema_path
from holobase.adapters.postgres.definitions import (
    DDL_SECONDS_MAX,
    ORDER,
    analyze,
    apply_definition,
    create_indexes,
    drop_indexes,
)
from holobase.adapters.postgres.dump import PostgresSnapshot, columns_of
from holobase.adapters.postgres.failures import explained
from holobase.adapters.postgres.layout import create_or_check, exists, is_empty
from holobase.adapters.postgres.names import identifier
from holobase.adapters.postgres.tables import quoted
from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.domain.fields import Storage
from holobase.ports.command import DefinitionChange
from holobase.ports.mirror import Key, Part, Row

MARK: Final = "hb_move"
"""The consumer whose checkpoint says from which position of the source this is filled."""

_SUFFIX: Final = "_moving"


class PostgresMirror:
    """Keeps `ports.mirror.Mirror`. Made by `open`."""

    @classmethod
    async def open(cls, url: str) -> "PostgresMirror":
        """A mirror for the schema at an address. Raises DamagedData where there is something."""
        address = parse(url)
        draft = beside(address, _SUFFIX)
        with explained(address):
            connection = await connect(draft, None)
            try:
                if await exists(connection, address.schema) and not await is_empty(
                    connection, address.schema
                ):
                    raise DamagedData(f"{address} is not empty. Choose another schema.")
                await create_or_check(connection, draft)
            except BaseException:
                connection.terminate()
                raise
        return cls(connection, address, draft)

    def __init__(self, connection: Connection, address: Address, draft: Address) -> None:
        self._connection = connection
        self._address = address
        self._draft = draft

    async def begin(self, position: int, collections: Sequence[tuple[int, Collection]]) -> None:
        """Makes the tables; see `ports.mirror`."""
        marked = await self._connection.fetchval(
            "SELECT position FROM hb_checkpoints WHERE consumer = $1", MARK
        )
        if marked == position:
            return
        await self.discard()
        await create_or_check(self._connection, self._draft)
        async with self._connection.transaction():
            for revision, collection in collections:
                change = DefinitionChange(None, collection)
                await apply_definition(self._connection, change, revision)
                if collection.type != "view":
                    await drop_indexes(self._connection, collection)
            insert = "INSERT INTO hb_checkpoints VALUES ($1, $2)"
            await self._connection.execute(insert, MARK, position)

    async def last(self, part: Part) -> Key:
        """The first column of the last row that has arrived."""
        key = quoted(columns_of(part)[0])
        query = f"SELECT max({key}) FROM {quoted(part.table)}"
        found: Key | None = await self._connection.fetchval(query)
        return part.first if found is None else found

    async def put(self, part: Part, rows: Sequence[Row]) -> None:
        """Adds rows."""
        await self._connection.copy_records_to_table(
            identifier(part.table),
            records=_bound(part, rows),
            columns=[identifier(name) for name in columns_of(part)],
        )

    async def finish(self, checkpoints: Sequence[Row]) -> None:
        """Makes the indexes, counts the totals, and has insertions go on behind the last."""
        async with self._connection.transaction():
            for _, collection in await PostgresSnapshot(self._connection).definitions():
                if collection.type == "view":
                    continue
                for text in await self._indexes(collection):
                    await self._connection.execute(f"DROP INDEX {text}")
                await create_indexes(self._connection, collection)
                await self._count(collection)
            delete = "DELETE FROM hb_checkpoints WHERE consumer <> $1"
            await self._connection.execute(delete, MARK)
            insert = "INSERT INTO hb_checkpoints VALUES ($1, $2)"
            await self._connection.executemany(insert, checkpoints)
            await analyze(self._connection)

    async def _indexes(self, collection: Collection) -> list[str]:
        """Those that an earlier run has made already."""
        rows = await self._connection.fetch(
            "SELECT quote_ident(indexname) FROM pg_indexes WHERE schemaname = current_schema()"
            " AND tablename = $1 AND indexname NOT LIKE 'hb\\_%'",
            identifier(collection.name),
        )
        return [row[0] for row in rows]

    async def _count(self, collection: Collection) -> None:
        table = quoted(collection.name)
        await self._connection.execute(
            f"UPDATE hb_totals SET rows = (SELECT count(*) FROM {table}) WHERE collection = $1",
            collection.id,
            timeout=DDL_SECONDS_MAX,
        )
        last = await self._connection.fetchval(f"SELECT coalesce(max({ORDER}), 0) FROM {table}")
        restart = f"ALTER TABLE {table} ALTER COLUMN {ORDER} RESTART WITH {int(last) + 1}"
        await self._connection.execute(restart)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresSnapshot]:
        """What is there."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            yield PostgresSnapshot(self._connection)

    async def put_in_place(self) -> None:
        """Takes the name of the schema."""
        async with self._connection.transaction():
            await self._connection.execute("DELETE FROM hb_checkpoints WHERE consumer = $1", MARK)
            if await exists(self._connection, self._address.schema):
                drop = f"DROP SCHEMA {schema_path(self._address.schema)}"
                await self._connection.execute(drop)
            await self._connection.execute(
                f"ALTER SCHEMA {schema_path(self._draft.schema)}"
                f" RENAME TO {schema_path(self._address.schema)}"
            )
        await self.close()

    async def discard(self) -> None:
        """Throws everything away."""
        drop = f"DROP SCHEMA IF EXISTS {schema_path(self._draft.schema)} CASCADE"
        await self._connection.execute(drop)

    async def close(self) -> None:
        """Lets go of the server."""
        await self._connection.close()


def _bound(part: Part, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows as the driver binds them: numbers of records as floats, without a minus zero."""
    if part.collection is None:
        return rows
    own = len(columns_of(part)) - len(part.collection.fields)
    numbers = {
        own + place
        for place, field in enumerate(part.collection.fields)
        if field.storage is Storage.NUMBER
    }
    if not numbers:
        return rows
    return [
        tuple(float(cell) + 0.0 if n in numbers else cell for n, cell in enumerate(row))
        for row in rows
    ]
