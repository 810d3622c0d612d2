"""Record tables: DDL from a definition, and the statements that change a row.

Column affinities are the reference's, because filters feel them; only JSON columns are TEXT here,
because NUMERIC affinity would rewrite the numbers in them.
"""

from dataclasses import dataclass
from functools import lru_cache

import apsw
import msgspec

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Field, Storage
from holobase.domain.record import Record
from holobase.kit import json
from holobase.ports.command import DefinitionChange, RowChange
from holobase.rules.tables import BODY, REVISION, VERSION

_COLUMN: dict[Storage, str] = {
    Storage.TEXT: "TEXT DEFAULT '' NOT NULL",
    Storage.NUMBER: "NUMERIC DEFAULT 0 NOT NULL",
    Storage.BOOL: "BOOLEAN DEFAULT FALSE NOT NULL",
    Storage.LIST: "TEXT DEFAULT '[]' NOT NULL",
    Storage.JSON: "TEXT DEFAULT NULL",
    Storage.GEO: """TEXT DEFAULT '{"lon":0,"lat":0}' NOT NULL""",
}


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class RowStatements:
    """The fixed statements of one collection."""

    select: str
    insert: str
    delete: str


@lru_cache(maxsize=1_000)
def row_statements(collection: Collection) -> RowStatements:
    """The statements of a collection as it is defined now."""
    table = quoted(collection.name)
    names = [quoted(field.name) for field in collection.fields]
    columns = ", ".join([*names, VERSION, REVISION, BODY])
    marks = ", ".join("?" * (len(names) + 3))
    return RowStatements(
        select=f"SELECT {', '.join([VERSION, *names])} FROM {table}",
        insert=f"INSERT INTO {table} ({columns}) VALUES ({marks})",
        delete=f"DELETE FROM {table} WHERE id = ?",
    )


def load(connection: apsw.Connection, collection: Collection, id: str) -> Record | None:  # noqa: A002
    """The record with this id, or None."""
    row = connection.execute(f"{row_statements(collection).select} WHERE id = ?", (id,)).fetchone()
    return None if row is None else Record.from_cells(collection, row)


def find(
    connection: apsw.Connection, collection: Collection, field: Field, value: Cell
) -> list[Record]:
    """The records whose field is, or holds, this value, by id."""
    column = quoted(field.name)
    query = row_statements(collection).select
    if field.storage in (Storage.LIST, Storage.JSON):
        # The cells are canonical JSON, so looking for the text first spares most rows the parsing.
        # By row id, so that an index of the field is read instead of all rows, where there is one.
        values = (json.encode(value).decode(), value)
        query += (
            f" WHERE rowid IN (SELECT rowid FROM {quoted(collection.name)}"
            f" WHERE instr({column}, ?) AND EXISTS"
            f" (SELECT 1 FROM json_each({column}) AS item WHERE item.value = ?)) ORDER BY id"
        )
        return [Record.from_cells(collection, row) for row in connection.execute(query, values)]
    query += f" WHERE {column} = ? ORDER BY id"
    return [Record.from_cells(collection, row) for row in connection.execute(query, (value,))]


def missing(connection: apsw.Connection, collection: Collection, ids: tuple[str, ...]) -> list[str]:
    """Those of the ids that no record has."""
    query = f"SELECT 1 FROM {quoted(collection.name)} WHERE id = ?"
    return [each for each in ids if connection.execute(query, (each,)).fetchone() is None]


def apply_row(connection: apsw.Connection, change: RowChange, version: int) -> None:
    """Inserts, updates or deletes the one row that an event is about."""
    statements = row_statements(change.collection)
    if change.after is None:
        connection.execute(statements.delete, (change.id,))
    elif change.before is None:
        cells = change.collection.cells(change.after)
        connection.execute(statements.insert, (*cells, version, change.revision, change.body))
    else:
        _update(connection, change, version)


def _update(connection: apsw.Connection, change: RowChange, version: int) -> None:
    before, after = change.before or {}, change.after or {}
    changed = [f for f in change.collection.fields if before[f.name] != after[f.name]]
    cells: list[Cell] = [field.to_cell(after[field.name]) for field in changed]
    settings = ", ".join(
        f"{quoted(name)} = ?" for name in [*(f.name for f in changed), VERSION, REVISION, BODY]
    )
    connection.execute(
        f"UPDATE {quoted(change.collection.name)} SET {settings} WHERE id = ?",
        (*cells, version, change.revision, change.body, change.id),
    )


def apply_definition(connection: apsw.Connection, change: DefinitionChange, revision: int) -> None:
    """Makes the tables follow a definition, and remembers it."""
    before, after = change.before, change.after
    if after is not None:
        connection.execute(
            "INSERT INTO hb_collections VALUES (?1, ?2, ?3)"
            " ON CONFLICT (id) DO UPDATE SET revision = ?2, definition = ?3",
            (after.id, revision, msgspec.json.encode(after)),
        )
    elif before is not None:
        connection.execute("DELETE FROM hb_collections WHERE id = ?", (before.id,))
    if before is None and after is not None:
        _create(connection, after)
    elif before is not None and after is None:
        connection.execute(f"DROP TABLE {quoted(before.name)}")
    elif before is not None and after is not None:
        _alter(connection, before, after)


def _create(connection: apsw.Connection, collection: Collection) -> None:
    columns = [_column(field) for field in collection.fields]
    connection.execute(
        f"CREATE TABLE {quoted(collection.name)} ({', '.join(columns)},"
        f" {VERSION} INTEGER NOT NULL DEFAULT 0, {REVISION} INTEGER NOT NULL DEFAULT 0,"
        f" {BODY} BLOB)"
    )
    _create_indexes(connection, collection)


def _column(field: Field) -> str:
    if field.name == "id":
        return f"{quoted('id')} TEXT PRIMARY KEY NOT NULL"
    return f"{quoted(field.name)} {_COLUMN[field.storage]}"


def _create_indexes(connection: apsw.Connection, collection: Collection) -> None:
    for index in collection.indexes:
        connection.execute(index)


def _alter(connection: apsw.Connection, before: Collection, after: Collection) -> None:
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (before.name,),
    ).fetchall():
        connection.execute(f"DROP INDEX {quoted(str(name))}")
    if before.name != after.name:
        connection.execute(f"ALTER TABLE {quoted(before.name)} RENAME TO {quoted(after.name)}")
    table = quoted(after.name)
    old = {field.id: field for field in before.fields}
    for field in after.fields:
        known = old.pop(field.id, None)
        if known is None:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
        elif known.name != field.name:
            connection.execute(
                f"ALTER TABLE {table} RENAME COLUMN {quoted(known.name)} TO {quoted(field.name)}"
            )
    for gone in old.values():
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {quoted(gone.name)}")
    _create_indexes(connection, after)


def read_definitions(connection: apsw.Connection) -> list[tuple[int, Collection]]:
    """All definitions in force with their revisions, by id."""
    rows = connection.execute("SELECT revision, definition FROM hb_collections ORDER BY id")
    return [(revision, msgspec.json.decode(text, type=Collection)) for revision, text in rows]
