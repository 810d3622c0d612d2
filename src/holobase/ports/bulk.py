"""The promise of a bulk load: one transaction of any length, which nobody sees before it is kept.

It is for moving in: hundreds of thousands of records that must be there whole, or not at all.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from holobase.domain.collection import Collection
from holobase.ports.command import Command

T = TypeVar("T")


class Bulk(Protocol):
    """Holds the turn to write from its beginning to its end: other writers wait, or are told to."""

    async def run(self, commands: Sequence[Callable[[], Command[T]]]) -> list[T]:
        """Runs commands in order and settles them as one group; what they give.

        Each is run by itself if it changes a definition. Whatever one of them raises is raised
        here, and nothing can be kept then.
        """

    async def withhold_indexes(self, collection: Collection) -> None:
        """Has the indexes of a new collection made at the end: that is faster than row by row."""

    async def keep(self) -> None:
        """Makes the indexes and commits; returns when all of it is durable.

        Raises IndexRefusedRows where an index cannot be made; nothing is kept then.
        """


class IndexRefusedRows(Exception):
    """An index of `collection` cannot be made over its rows; `reason` is the store's sentence."""

    def __init__(self, collection: str, reason: str) -> None:
        super().__init__(f"{collection}: {reason}")
        self.collection = collection
        self.reason = reason
