"""A snapshot of the file: the log and every table as they stand at one position."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

import apsw

from holobase.adapters.sqlite.log import SqliteLog
from holobase.adapters.sqlite.tables import quoted, read_definitions
from holobase.adapters.sqlite.unit import find_key
from holobase.domain.collection import Collection
from holobase.ports import dump
from holobase.ports.mirror import Key, Part, Row
from holobase.ports.store import DumpRow
from holobase.rules.tables import BODY, EDITED, INTERNAL_PREFIX, REVISION, VERSION

_KINDS: Final = {
    "TEXT": "text",
    "NUMERIC": "number",
    "BOOLEAN": "bool",
    "INTEGER": "integer",
    "BLOB": "bytes",
}


def columns_of(part: Part) -> list[str]:
    """The columns of a part as they are called in the file, the one it is ordered by first."""
    if part.collection is None:
        return list(part.columns)
    fields = [quoted(field.name) for field in part.collection.fields]
    return ["_rowid_", VERSION, EDITED, REVISION, BODY, *fields]


def _has_table(connection: apsw.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


class SqliteSnapshot:
    """Everything at one log position: the connection is inside a read transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.log = SqliteLog(connection)

    async def dump(self) -> AsyncIterator[DumpRow]:
        """(table, key, row) for every row, by table name and then by key."""
        tables = [
            str(name)
            for (name,) in self._connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
                " ESCAPE '\\' ORDER BY name"
            )
            if name not in dump.OPERATIONAL_TABLES
        ]
        for row in sorted(self._schema(tables)):
            yield row
        for table in tables:
            for row in self._rows(table):
                yield row

    async def faults(self) -> AsyncIterator[str]:
        """What SQLite finds wrong with pages and indexes."""
        for (finding,) in self._connection.execute("PRAGMA integrity_check(10)"):
            if finding != "ok":
                yield str(finding)

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None."""
        return find_key(self._connection, subject)

    async def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""
        return read_definitions(self._connection)

    async def page(self, part: Part, after: Key, limit: int) -> list[Row]:
        """Rows of a part; see `ports.store.Snapshot.page`."""
        if part.collection is None and not _has_table(self._connection, part.table):
            return []
        key, *_ = names = columns_of(part)
        query = (
            f"SELECT {', '.join(names)} FROM {quoted(part.table)}"
            f" WHERE {key} > ? ORDER BY {key} LIMIT ?"
        )
        return self._connection.execute(query, (after, limit)).fetchall()

    async def checkpoints(self) -> list[Row]:
        """Every consumer with its position."""
        return self._connection.execute("SELECT * FROM hb_checkpoints").fetchall()

    def _schema(self, tables: list[str]) -> Iterator[DumpRow]:
        for table in tables:
            if table.startswith(INTERNAL_PREFIX):
                continue
            columns = self._connection.execute(
                "SELECT name, type FROM pragma_table_info(?)", (table,)
            )
            text = dump.columns_text((name, _KINDS.get(kind, kind)) for name, kind in columns)
            yield dump.SCHEMA, dump.table_key(table), text
            indexes = self._connection.execute(
                "SELECT name, \"unique\" FROM pragma_index_list(?) WHERE origin = 'c'", (table,)
            )
            for name, is_unique in indexes:
                if name.startswith(INTERNAL_PREFIX):
                    continue  # of our own making: no definition tells it
                yield dump.SCHEMA, dump.index_key(name), dump.index_text(table, bool(is_unique))

    def _rows(self, table: str) -> Iterator[DumpRow]:
        names = [
            str(name)
            for (name,) in self._connection.execute(
                "SELECT name FROM pragma_table_info(?) ORDER BY name", (table,)
            )
        ]
        key = quoted("id" if "id" in names else "stream")
        columns = ", ".join(quoted(name) for name in names)
        rows = self._connection.execute(f"SELECT {key}, {columns} FROM {quoted(table)} ORDER BY 1")
        for identifier, *cells in rows:
            yield table, str(identifier), dump.row_text(names, cells)
