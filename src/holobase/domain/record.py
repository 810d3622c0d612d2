"""A record: one row of a collection at one version."""

from collections.abc import Mapping
from dataclasses import dataclass

from holobase.domain.fields import Value


@dataclass(frozen=True, slots=True)
class Record:
    """`values` holds every field of the collection by name, normalised; `version` counts the
    events of its stream."""

    collection_id: str
    collection_name: str
    id: str
    version: int
    values: Mapping[str, Value]
