"""The canonical dump: how every kind of store spells its tables, so that equal data is equal text.

What is not a function of the log is left out, and is listed here and nowhere else.
"""

from collections.abc import Iterable
from typing import Final

from holobase.domain.fields import Cell
from holobase.kit import json

OPERATIONAL_TABLES: Final = frozenset(
    {
        "hb_events",
        "hb_checkpoints",
        "hb_person_keys",
        "hb_totals",
        "hb_meta",
        "hb_logs",
        "hb_session_tokens",
        "hb_session_seen",
        "hb_mails",
        "hb_parcels",
    }
)
"""The log itself, and what operation keeps beside it."""

SCHEMA: Final = "-schema"
"""Stands for a table where tables and indexes are told; sorts before the name of any."""


def row_text(names: Iterable[str], cells: Iterable[Cell]) -> str:
    """One row: its cells by column name. `names` are sorted."""
    pairs = zip(names, cells, strict=True)
    return ", ".join(f"{name}={cell_text(cell)}" for name, cell in pairs)


def cell_text(cell: Cell) -> str:
    """One cell as a literal of SQL. Whole numbers are the same number however they are kept."""
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"X'{cell.hex().upper()}'"
    if isinstance(cell, str):
        return "'" + cell.replace("'", "''") + "'"
    return repr(json.number(cell))


def table_key(name: str) -> str:
    """What a table is called in the part about the schema."""
    return f"table {name}"


def index_key(name: str) -> str:
    """What an index is called there."""
    return f"index {name}"


def columns_text(columns: Iterable[tuple[str, str]]) -> str:
    """The columns of a table: names with `text`, `number`, `bool`, `integer` or `bytes`."""
    return ", ".join(f"{name} {kind}" for name, kind in sorted(columns))


def index_text(table: str, is_unique: bool) -> str:
    """What an index is on; its columns and condition are told by the collection's definition."""
    return f"{'unique ' if is_unique else ''}on {table}"
