"""A snapshot of the schema: the log and every table as they stand at one position."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import msgspec

from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.definitions import ORDER
from holobase.adapters.postgres.indexes import indexes
from holobase.adapters.postgres.log import KEYS, PostgresLog
from holobase.adapters.postgres.names import identifier
from holobase.adapters.postgres.tables import DEFINITIONS_READ, quoted
from holobase.domain.collection import Collection
from holobase.ports import dump
from holobase.ports.mirror import Key, Part, Row
from holobase.ports.store import DumpRow
from holobase.rules.tables import BODY, EDITED, INTERNAL_PREFIX, REVISION, VERSION

_KINDS: Final = {
    "text": "text",
    "double precision": "number",
    "smallint": "bool",
    "bigint": "integer",
    "bytea": "bytes",
}

ROWS_PER_READ: Final = 500
"""Rows of a table held in memory at once."""

_COLUMNS: Final = """
SELECT relname, attname, format_type(atttypid, atttypmod)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = current_schema() AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""

_INDEXES: Final = """
SELECT i.relname, t.relname, indisunique, indisvalid
FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class t ON t.oid = indrelid
JOIN pg_namespace n ON n.oid = i.relnamespace WHERE nspname = current_schema()
"""


def columns_of(part: Part) -> list[str]:
    """The columns of a part as definitions call them, the one it is ordered by first."""
    if part.collection is None:
        return list(part.columns)
    return [ORDER, VERSION, EDITED, REVISION, BODY, *part.collection.field_names]


class PostgresSnapshot:
    """Everything at one log position: the connection is inside a transaction that sees no other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.log = PostgresLog(connection.fetch)

    async def dump(self) -> AsyncIterator[DumpRow]:
        """(table, key, row) for every row, by table name and then by key."""
        names = _long_names([collection for _, collection in await self.definitions()])
        tables: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in await self._connection.fetch(_COLUMNS):
            if table not in dump.OPERATIONAL_TABLES and column != ORDER:
                columns = tables.setdefault(names.get(table, table), [])
                columns.append((names.get(column, column), _KINDS.get(kind, kind)))
        found = await self._connection.fetch(_INDEXES)
        for row in sorted([*_told_tables(tables), *_told_indexes(found, names)]):
            yield row
        for table in sorted(tables):
            async for row in self._rows(table, sorted(name for name, _ in tables[table])):
                yield row

    async def faults(self) -> AsyncIterator[str]:
        """Indexes that PostgreSQL has marked as not to be used."""
        for name, _, __, is_valid in await self._connection.fetch(_INDEXES):
            if not is_valid:
                yield f"index {name} is not valid"

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None."""
        rows = await self._connection.fetch(KEYS, [subject])
        return rows[0][1] if rows else None

    async def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""
        rows = await self._connection.fetch(DEFINITIONS_READ)
        return [(revision, msgspec.json.decode(text, type=Collection)) for revision, text in rows]

    async def page(self, part: Part, after: Key, limit: int) -> list[Row]:
        """Rows of a part; see `ports.store.Snapshot.page`."""
        found = "SELECT to_regclass(quote_ident($1)) IS NOT NULL"
        if not await self._connection.fetchval(found, identifier(part.table)):
            return []
        names = [quoted(name) for name in columns_of(part)]
        query = (
            f"SELECT {', '.join(names)} FROM {quoted(part.table)}"
            f" WHERE {names[0]} > $1 ORDER BY {names[0]} LIMIT $2"
        )
        return [tuple(row) for row in await self._connection.fetch(query, after, limit)]

    async def checkpoints(self) -> list[Row]:
        """Every consumer with its position."""
        rows = await self._connection.fetch("SELECT * FROM hb_checkpoints")
        return [tuple(row) for row in rows]

    async def _rows(self, table: str, names: list[str]) -> AsyncIterator[DumpRow]:
        key = quoted("id" if "id" in names else "stream")
        columns = ", ".join(quoted(name) for name in names)
        query = f"SELECT {key}, {columns} FROM {quoted(table)} ORDER BY 1"
        async for key_cell, *cells in self._connection.cursor(query, prefetch=ROWS_PER_READ):
            yield table, str(key_cell), dump.row_text(names, cells)


def _long_names(collections: list[Collection]) -> dict[str, str]:
    """Names as definitions have them, by what they are called in the database."""
    names = [
        name
        for collection in collections
        for name in (collection.name, *collection.field_names, *_index_names(collection))
    ]
    return {identifier(name): name for name in names}


def _index_names(collection: Collection) -> list[str]:
    return [index.name for index in indexes(collection)]


def _told_tables(tables: dict[str, list[tuple[str, str]]]) -> Iterator[DumpRow]:
    for table, columns in tables.items():
        if not table.startswith(INTERNAL_PREFIX):
            yield dump.SCHEMA, dump.table_key(table), dump.columns_text(columns)


def _told_indexes(found: list[Any], names: dict[str, str]) -> Iterator[DumpRow]:
    """Without those of our own making, which no definition tells."""
    for name, table, is_unique, _ in found:
        if not name.startswith(INTERNAL_PREFIX) and not table.startswith(INTERNAL_PREFIX):
            text = dump.index_text(names.get(table, table), is_unique)
            yield dump.SCHEMA, dump.index_key(names.get(name, name)), text
