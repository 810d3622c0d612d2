"""The rows of record tables: the statements that read and change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import apsw
import msgspec

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Field, Storage
from holobase.domain.record import Record
from holobase.kit import json
from holobase.ports.command import RowChange
from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

FOUND_BY_MAX = 1_000
"""Texts of statements kept that look records up by a field."""

CHANGED_TOGETHER_MAX = 1_000
"""Texts of statements kept that change a row, by the fields that change together."""


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class RowStatements:
    """The fixed statements of one collection."""

    select: str
    load: str
    exists: str
    insert: str
    delete: str


@lru_cache(maxsize=1_000)
def row_statements(collection: Collection) -> RowStatements:
    """The statements of a collection as it is defined now."""
    table = quoted(collection.name)
    names = [quoted(field.name) for field in collection.fields]
    columns = ", ".join([*names, VERSION, EDITED, REVISION, BODY])
    marks = ", ".join("?" * (len(names) + 4))
    select = f"SELECT {', '.join([VERSION, EDITED, *names])} FROM {table}"
    return RowStatements(
        select=select,
        load=f"{select} WHERE id = ?",
        exists=f"SELECT 1 FROM {table} WHERE id = ?",
        insert=f"INSERT INTO {table} ({columns}) VALUES ({marks})",
        delete=f"DELETE FROM {table} WHERE id = ?",
    )


def load(connection: apsw.Connection, collection: Collection, id: str) -> Record | None:  # noqa: A002
    """The record with this id, or None."""
    row = connection.execute(row_statements(collection).load, (id,)).fetchone()
    return None if row is None else Record.from_cells(collection, row)


def find(
    connection: apsw.Connection, collection: Collection, field: Field, value: Cell
) -> list[Record]:
    """The records whose field is, or holds, this value, by id."""
    values: tuple[Cell, ...] = (value,)
    if field.storage in (Storage.LIST, Storage.JSON):
        values = (json.encode(value).decode(), value)
    rows = connection.execute(_find_statement(collection, field.name), values).fetchall()
    return [Record.from_cells(collection, row) for row in rows]


def is_found_together(field: Field) -> bool:
    """Whether `find_each` can look for values of this field."""
    return field.storage in (Storage.TEXT, Storage.LIST)


def find_each(
    connection: apsw.Connection, collection: Collection, field: Field, values: Sequence[Cell]
) -> dict[Cell, list[Record]]:
    """As `find`, for several values of a text or a list of texts, by value."""
    found: dict[Cell, list[Record]] = {value: [] for value in values}
    statement = _find_each_statement(collection, field.name)
    for row in connection.execute(statement, (json.encode(list(found)).decode(),)).fetchall():
        record = Record.from_cells(collection, row)
        value = record.values[field.name]
        for item in dict.fromkeys(value) if field.is_multiple else (value,):
            if item in found:
                found[item].append(record)
    return found


@lru_cache(maxsize=FOUND_BY_MAX)
def _find_each_statement(collection: Collection, name: str) -> str:
    query, column = row_statements(collection).select, quoted(name)
    wanted = "(SELECT value FROM json_each(?))"
    if collection.field_by_name[name].storage is Storage.LIST:
        holds = f"SELECT 1 FROM json_each({column}) AS item WHERE item.value IN {wanted}"
        return f"{query} WHERE EXISTS ({holds}) ORDER BY id"
    return f"{query} WHERE {column} IN {wanted} ORDER BY id"


@lru_cache(maxsize=FOUND_BY_MAX)
def _find_statement(collection: Collection, name: str) -> str:
    table, column = quoted(collection.name), quoted(name)
    query = row_statements(collection).select
    if collection.field_by_name[name].storage in (Storage.LIST, Storage.JSON):
        # The cells are canonical JSON, so looking for the text first spares most rows the parsing.
        # By row id, so that an index of the field is read instead of all rows, where there is one.
        return (
            f"{query} WHERE _rowid_ IN (SELECT _rowid_ FROM {table}"
            f" WHERE instr({column}, ?) AND EXISTS"
            f" (SELECT 1 FROM json_each({column}) AS item WHERE item.value = ?)) ORDER BY id"
        )
    return f"{query} WHERE {column} = ? ORDER BY id"


def missing(connection: apsw.Connection, collection: Collection, ids: tuple[str, ...]) -> list[str]:
    """Those of the ids that no record has."""
    query = row_statements(collection).exists
    return [each for each in ids if connection.execute(query, (each,)).fetchone() is None]


def apply_row(connection: apsw.Connection, change: RowChange, version: int) -> None:
    """Inserts, updates or deletes the one row that an event is about."""
    statements = row_statements(change.collection)
    if change.after is None:
        connection.execute(statements.delete, (change.id,))
    elif change.before is None:
        cells = change.collection.cells(change.after)
        own = (version, change.edited or version, change.revision, change.body)
        connection.execute(statements.insert, (*cells, *own))
    else:
        _update(connection, change, version)


def _update(connection: apsw.Connection, change: RowChange, version: int) -> None:
    before, after = change.before or {}, change.after or {}
    names = tuple(name for name in change.collection.field_names if before[name] != after[name])
    fields = change.collection.field_by_name
    cells: list[Cell] = [fields[name].to_cell(after[name]) for name in names]
    own = (version, change.edited or version, change.revision, change.body)
    statement = _update_statement(change.collection.name, names)
    connection.execute(statement, (*cells, *own, change.id))


@lru_cache(maxsize=CHANGED_TOGETHER_MAX)
def _update_statement(table: str, names: tuple[str, ...]) -> str:
    settings = ", ".join(
        f"{quoted(name)} = ?" for name in (*names, VERSION, EDITED, REVISION, BODY)
    )
    return f"UPDATE {quoted(table)} SET {settings} WHERE id = ?"


class KnownRevisions:
    """The revisions that the writer has read, good until another process commits (it costs 2 µs to
    know that none did) or a definition changes here."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._version: object = None
        self._known: frozenset[tuple[str, int]] = frozenset()

    def read(self) -> frozenset[tuple[str, int]]:
        """What is in force. Only for a transaction that has changed no definition yet."""
        version = self._connection.pragma("data_version")
        if version != self._version:
            self._known, self._version = read_revisions(self._connection), version
        return self._known

    def forget(self) -> None:
        """To be called where a transaction changes a definition, whatever becomes of it."""
        self._version = None


def read_revisions(connection: apsw.Connection) -> frozenset[tuple[str, int]]:
    """Id and revision of all definitions in force."""
    return frozenset(connection.execute("SELECT id, revision FROM hb_collections"))


def read_definitions(connection: apsw.Connection) -> list[tuple[int, Collection]]:
    """All definitions in force with their revisions, by id."""
    rows = connection.execute("SELECT revision, definition FROM hb_collections ORDER BY id")
    return [(revision, msgspec.json.decode(text, type=Collection)) for revision, text in rows]
