"""What commands have written and the tables do not show yet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from holobase.adapters.postgres.facts import (
    Key,
    checkpoint_key,
    find_key,
    head_key,
    items,
    person_key,
    presence_key,
    row_key,
    token_key,
)
from holobase.adapters.postgres.indexes import indexes
from holobase.adapters.postgres.names import identifier
from holobase.domain.collection import Collection
from holobase.domain.event import NewEvent
from holobase.domain.fields import Cell, Field
from holobase.domain.record import Record
from holobase.ports.command import DefinitionChange, RowChange

Asked: TypeAlias = dict[str, dict[str, Field]]
"""By collection id and name: the fields by which somebody has looked for records."""


@dataclass(slots=True)
class Row:
    """A record as it will be; `cells` None means that it is gone.

    `is_stored`: the table holds a row of this id; `is_removed`: that one has to go, whatever
    comes after it. `place` orders what is inserted; `owner` is who inserted it.
    """

    collection: Collection
    id: str
    version: int
    edited: int
    revision: int
    body: bytes | None
    cells: list[Cell] | None
    is_stored: bool
    is_removed: bool = False
    place: int = -1
    owner: Any = None

    def record(self) -> Record | None:
        """The record as a reader finds it."""
        if self.cells is None:
            return None
        return Record.from_cells(self.collection, (self.version, self.edited, *self.cells))


@dataclass(frozen=True, slots=True)
class Appended:
    """An event, the version it got, and its change."""

    event: NewEvent
    version: int
    change: RowChange | DefinitionChange | None


@dataclass(slots=True)
class Overlay:
    """Writes of one command, or of several one after the other.

    `claims` and `released` are unique values that rows take and give up: rows are written in sets,
    not in order, so nothing may be released that the same overlay has claimed.
    """

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    appended: list[Appended] = field(default_factory=list)
    claims: set[Key] = field(default_factory=set)
    released: set[Key] = field(default_factory=set)
    _values: dict[Key, dict[Any, dict[str, None]]] = field(default_factory=dict)
    _places: int = 0

    def row(self, collection: Collection, record_id: str) -> Row | None:
        """What was written about a record; None where nothing was."""
        rows = self.rows.get(collection.id)
        return rows.get(record_id) if rows else None

    def put(self, row: Row) -> None:
        """Takes over what was written about a record last."""
        self.rows.setdefault(row.collection.id, {})[row.id] = row
        for (collection_id, name), values in self._values.items():
            if collection_id == row.collection.id:
                _index(values, row, row.collection.field_by_name[name])
        if row.cells is not None:
            self.claims.update(unique_keys(row.collection, row.cells))

    def is_read_by(self, sql: str) -> bool:
        """Whether a statement looks into tables that rows were written to."""
        return any(
            names(sql, row.collection.name)
            for rows in self.rows.values()
            for row in islice(rows.values(), 1)
        )

    def forget(self, collection: Collection, record_id: str) -> None:
        """Makes room for a record that is made again: it goes behind those made before."""
        self.rows.get(collection.id, {}).pop(record_id, None)

    def candidates(self, collection: Collection, field_: Field, value: Cell) -> Iterable[str]:
        """Ids of all written records that have the value, and maybe some that had it."""
        rows = self.rows.get(collection.id)
        if not rows:
            return ()
        values = self._values.get((collection.id, field_.name))
        if values is None:
            values = self._values[collection.id, field_.name] = {}
            for row in rows.values():
                _index(values, row, field_)
        return values.get(value, ())

    def absorb(self, later: "Overlay", owner: Any) -> None:
        """Takes over what a command wrote that saw all of this."""
        for rows in later.rows.values():
            for row in rows.values():
                if row.owner is None:
                    self._places += 1
                    row.place, row.owner = self._places, owner
                self.put(row)
        self.heads |= later.heads
        self.keys |= later.keys
        self.checkpoints |= later.checkpoints
        self.tokens |= later.tokens
        self.appended += later.appended

    def written(self, asked: Asked) -> set[Key]:
        """The keys of all facts that this changes, as far as somebody may have asked for them."""
        keys = {head_key(stream) for stream in self.heads}
        keys |= {person_key(subject) for subject in self.keys}
        keys |= {checkpoint_key(consumer) for consumer in self.checkpoints}
        keys |= {token_key(token) for token in self.tokens}
        for appended in self.appended:
            if isinstance(appended.change, RowChange):
                keys |= _changed(appended.change, asked)
        return keys


@lru_cache(maxsize=10_000)
def names(sql: str, table: str) -> bool:
    """Whether the statement may read the table. It has to name it then, bare: neither as what
    something else is called (`AS`), nor as where a column is from."""
    name = re.escape(identifier(table))
    return re.search(rf'(?<!AS )(?<![\w"])"?{name}"?(?![\w".])', sql) is not None


def unique_keys(collection: Collection, cells: list[Cell]) -> list[Key]:
    """What a row takes for itself in unique indexes, by index; case is not regarded, so that no
    collation takes more. Without values for an index on expressions: it may take anything."""
    position = collection.field_names.index("id")
    keys: list[Key] = [(collection.id, "", cells[position])]
    for name, positions in _unique_columns(collection):
        values = [cells[position] for position in positions]
        folded = [v.lower() if isinstance(v, str) else v for v in values]
        keys.append((collection.id, name, *folded))
    return keys


@lru_cache(maxsize=1_000)
def _unique_columns(collection: Collection) -> tuple[tuple[str, tuple[int, ...]], ...]:
    names = [name.lower() for name in collection.field_names]
    return tuple(
        (index.name, tuple(names.index(column.lower()) for column in index.columns))
        for index in indexes(collection)
        if index.is_unique
    )


def _index(values: dict[Any, dict[str, None]], row: Row, field_: Field) -> None:
    if row.cells is not None:
        position = row.collection.field_names.index(field_.name)
        for value in items(field_, row.cells[position]):
            values.setdefault(value, {})[row.id] = None


def _changed(change: RowChange, asked: Asked) -> set[Key]:
    collection = change.collection
    keys = {row_key(collection, change.id)}
    if change.before is None or change.after is None:
        keys.add(presence_key(collection, change.id))
    for field_ in asked.get(collection.id, {}).values():
        for values in (change.before, change.after):
            if values is not None:
                cell = field_.to_cell(values[field_.name])
                keys |= {find_key(collection, field_, value) for value in items(field_, cell)}
    return keys
