"""A record: one row of a collection at one version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holobase.domain.collection import Collection
from holobase.domain.fields import Storage, Value
from holobase.kit.json import is_exact


@dataclass(frozen=True, slots=True)
class Record:
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
        for field in collection.converted:
            cell = values[field.name]
            if not (field.storage is Storage.NUMBER and is_exact(cell)):
                values[field.name] = field.from_cell(cell)
        return cls(collection.id, collection.name, values["id"], row[0], values, row[1])
