"""The promise of a foreign data folder: what a PocketBase program has left, only to be read."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

import msgspec

from holobase.domain.request_logs import Entry

ForeignCell: TypeAlias = bytes | int | float | None
"""A stored value as it is; texts as their bytes, which need not be UTF-8."""


class ForeignCollection(msgspec.Struct, frozen=True):
    """A row of `_collections`. `rules` and `options` have the wire's names, `options` its secrets
    too; `fields` are the wire's objects."""

    id: str
    name: str
    type: str
    is_system: bool
    fields: list[dict[str, Any]]
    indexes: list[str]
    rules: Mapping[str, str | None]
    options: Mapping[str, Any]
    created: str
    updated: str


class ForeignFolder(Protocol):
    """One folder. Reading it changes nothing in it."""

    def collections(self) -> list[ForeignCollection]:
        """All definitions; the system's first, then those with records, views last."""

    def count(self, name: str) -> int:
        """How many rows the table of a collection has."""

    def records(self, name: str) -> Iterator[Mapping[str, ForeignCell]]:
        """The rows of a collection by column name, in the order in which they were made."""

    def settings(self) -> bytes | None:
        """The settings as they are stored, maybe encrypted; None where there are none."""

    def has_file(self, collection_id: str, record_id: str, name: str) -> bool:
        """Whether the file is in the folder."""

    def count_logs(self) -> int:
        """How many entries its request log has."""

    def logs(self) -> Iterator[Entry]:
        """The entries of its request log, the oldest first, as far as they can be read."""

    def fingerprint(self) -> str:
        """A digest of all records and definitions: equal for equal folders."""

    def check_unchanged(self) -> None:
        """Raises DamagedData where somebody has written to the folder since it was opened."""
