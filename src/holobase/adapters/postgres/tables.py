"""The rows of record tables: the statements that read and change them, in sets.

Every statement takes arrays, so that one of them serves a whole group of commands.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from holobase.adapters.postgres.names import identifier
from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Field, Storage
from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

DEFINITIONS_READ: Final = "SELECT revision, definition FROM hb_collections ORDER BY id"
"""All definitions in force with their revisions, by id."""

_TYPE: Final[dict[Storage, str]] = {
    Storage.TEXT: "text",
    Storage.NUMBER: "float8",
    Storage.BOOL: "smallint",
    Storage.LIST: "text",
    Storage.JSON: "text",
    Storage.GEO: "text",
}


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + identifier(name).replace('"', '""') + '"'


def column_types(collection: Collection) -> list[str]:
    """The types of the columns of its fields, in order."""
    return [_TYPE[field.storage] for field in collection.fields]


@dataclass(frozen=True, slots=True)
class RowStatements:
    """The fixed statements of one collection. `insert` and `update` take one array per column."""

    select: str
    load: str
    present: str
    insert: str
    update: str
    delete: str


@lru_cache(maxsize=1_000)
def row_statements(collection: Collection) -> RowStatements:
    """The statements of a collection as it is defined now."""
    table = quoted(collection.name)
    fields = collection.fields
    types = [*column_types(collection), "bigint", "bigint", "bigint", "bytea"]
    columns = [*(quoted(field.name) for field in fields), VERSION, EDITED, REVISION, BODY]
    given = [f"v{number}" for number in range(len(columns))]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
    settings = ", ".join(f"{c} = new.{g}" for c, g in zip(columns, given, strict=True))
    new_id = given[collection.field_names.index("id")]
    select = f"SELECT {', '.join([VERSION, EDITED, *columns[: len(fields)]])} FROM {table}"
    return RowStatements(
        select=select,
        load=f"{select} WHERE id = ANY($1::text[])",
        present=f"SELECT id FROM {table} WHERE id = ANY($1::text[])",
        insert=(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(given)}"
            f" FROM unnest({arrays}) WITH ORDINALITY AS new ({', '.join(given)}, n) ORDER BY n"
        ),
        update=(
            f"UPDATE {table} SET {settings} FROM unnest({arrays}) AS new ({', '.join(given)})"
            f" WHERE {table}.id = new.{new_id}"
        ),
        delete=f"DELETE FROM {table} WHERE id = ANY($1::text[])",
    )


def find_statement(collection: Collection, field: Field) -> str:
    """Rows whose field is one of the values; of lists, rows whose text holds one of the texts,
    which are those with the value and maybe some more."""
    column = quoted(field.name)
    select = row_statements(collection).select
    if field.storage in (Storage.LIST, Storage.JSON):
        return (
            f"{select} WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) AS wanted"
            f" WHERE strpos({column}, wanted) > 0)"
        )
    return f"{select} WHERE {column} = ANY($1::{_TYPE[field.storage]}[])"


def bound_cells(collection: Collection, values: Any) -> list[Cell]:
    """The values as they are bound, and as a row gives them back: there is no minus zero."""
    cells = collection.cells(values)
    for position in _numbers(collection):
        cells[position] = float(cells[position] or 0) + 0.0
    return cells


@lru_cache(maxsize=1_000)
def _numbers(collection: Collection) -> tuple[int, ...]:
    return tuple(i for i, f in enumerate(collection.fields) if f.storage is Storage.NUMBER)
