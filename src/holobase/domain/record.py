"""A record: one row of a collection at one version."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Field, Storage, Value
from holobase.kit import json
from holobase.kit.json import is_exact


class Record(msgspec.Struct, frozen=True):
    """`values` holds every field of the collection by name, normalised; `version` counts the
    events of its stream, `edited` was that at the last one that was not a derived one (0 where
    nobody asks)."""

    collection_id: str
    collection_name: str
    id: str
    version: int
    values: Mapping[str, Value]
    edited: int = 0

    @classmethod
    def from_cells(cls, collection: Collection, row: Sequence[Any]) -> "Record":
        """The record in a row that holds `version`, `edited` and then every field in order."""
        values = dict(zip(collection.field_names, row[2:], strict=True))
        if collection.is_view:
            values = {f.name: _viewed(f, values[f.name]) for f in collection.fields}
            return cls(collection.id, collection.name, values["id"], 0, values)
        for name in collection.numbers:
            if not is_exact(values[name]):
                values[name] = json.number(values[name])
        for field in collection.converted:
            values[field.name] = field.from_cell(values[field.name])
        return cls(collection.id, collection.name, values["id"], row[0], values, row[1])


def _viewed(field: Field, cell: Cell) -> Value:
    """The value of a view's cell: there may be none, and what is no field's own may be anything."""
    if cell is None:
        return field.zero
    if field.storage is Storage.JSON:
        if isinstance(cell, int | float):
            return field.normalise(cell + 0 if math.isfinite(cell) else None)  # no minus zero
        return field.normalise(cell if isinstance(cell, str) else None)
    return field.from_cell(cell)
