"""The canonical dump: every cell that replay must reproduce, as text, in one fixed order.

What is not a function of the log is left out, and is listed here and nowhere else.
"""

from collections.abc import Iterator

import apsw

from holobase.adapters.sqlite.log import SqliteLog
from holobase.adapters.sqlite.tables import quoted, read_definitions
from holobase.adapters.sqlite.unit import find_key
from holobase.domain.collection import Collection

OPERATIONAL_TABLES = frozenset({"hb_events", "hb_checkpoints", "hb_person_keys"})
"""The log itself, and what operation keeps beside it."""

SCHEMA = "-schema"
"""Stands for a table in the dump; sorts before the name of any."""


class SqliteSnapshot:
    """Everything at one log position: the connection is inside a read transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.log = SqliteLog(connection)

    def dump(self) -> Iterator[tuple[str, str, str]]:
        """(table, key, row) for every row, by table name and then by the first column."""
        yield from self._schema()
        tables = self._connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
            " ESCAPE '\\' ORDER BY name"
        ).fetchall()
        for (table,) in tables:
            if table not in OPERATIONAL_TABLES:
                yield from self._rows(str(table))

    def faults(self) -> Iterator[str]:
        """What SQLite finds wrong with pages and indexes."""
        for (finding,) in self._connection.execute("PRAGMA integrity_check(10)"):
            if finding != "ok":
                yield str(finding)

    def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None."""
        return find_key(self._connection, subject)

    def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""
        return read_definitions(self._connection)

    def _schema(self) -> Iterator[tuple[str, str, str]]:
        rows = self._connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"
        )
        for kind, name, sql in rows:
            yield (SCHEMA, f"{kind} {name}", sql)

    def _rows(self, table: str) -> Iterator[tuple[str, str, str]]:
        names = [
            name
            for (name,) in self._connection.execute(
                "SELECT name FROM pragma_table_info(?) ORDER BY name", (table,)
            )
        ]
        literals = ", ".join(f"quote({quoted(name)})" for name in names)
        key = "id" if "id" in names else "stream"
        rows = self._connection.execute(
            f"SELECT {quoted(key)}, {literals} FROM {quoted(table)} ORDER BY 1"
        )
        for identifier, *cells in rows:
            pairs = zip(names, cells, strict=True)
            yield (table, str(identifier), ", ".join(f"{name}={cell}" for name, cell in pairs))
