"""The promise of a foreign data folder being written: one that a PocketBase program opens."""

from collections.abc import Sequence
from typing import Protocol

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell


class ForeignWriter(Protocol):
    """A folder beside its place, which it takes when it is whole."""

    def define(self, collection: Collection) -> list[str]:
        """Adds a definition and its table, or its view; the indexes that cannot be made there."""

    def records(self, collection: Collection, rows: Sequence[Sequence[Cell]]) -> None:
        """Adds records: the cells of their fields, in the order of the definition."""

    def settings(self, stored: bytes) -> None:
        """Keeps the settings, as JSON or encrypted."""

    def put_in_place(self) -> None:
        """Makes it the folder it is meant to be, in one step."""
