"""The promise of a mirror: a store being filled with all that another one holds, row by row.

It stands beside the place where it will be, until all of it is there and equal: a server finds a
whole store or none. What was filled stays when the process dies, and is gone on with.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from holobase.domain.collection import Collection
from holobase.ports.store import Snapshot

Row: TypeAlias = tuple[Any, ...]
Key: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Part:
    """A table to be carried over in the order of its first column, which is unique.

    `collection`: the records of one, whose first column is their place in the order of insertion.
    """

    table: str
    columns: tuple[str, ...]
    collection: Collection | None = None
    first: Key = ""


PARTS: Final = (
    Part(
        "hb_events",
        (
            *("position", "id", "stream", "version", "type", "schema", "data", "sealed"),
            *("actor", "request_id", "causation_id", "at", "hash"),
        ),
        first=0,
    ),
    Part("hb_streams", ("stream", "version", "hash")),
    Part("hb_person_keys", ("subject", "wrapped")),
    Part("hb_session_tokens", ("token", "session", "expires")),
    Part("hb_session_seen", ("session", "seen")),
)
"""The tables of our own. Checkpoints are few, and come at the end; totals are counted anew."""


class Mirror(Protocol):
    """A store being filled. Every call is durable when it returns."""

    async def begin(self, position: int, collections: Sequence[tuple[int, Collection]]) -> None:
        """Makes the tables, without indexes. What was filled from another state of the source,
        which is told by its position, is thrown away first."""

    async def last(self, part: Part) -> Key:
        """The first column of the last row that has arrived; `part.first` where none has."""

    async def put(self, part: Part, rows: Sequence[Row]) -> None:
        """Adds rows."""

    async def finish(self, checkpoints: Sequence[Row]) -> None:
        """Makes the indexes and counts the totals."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """What is there."""

    async def put_in_place(self) -> None:
        """Makes it the store it is meant to be, in one step."""

    async def discard(self) -> None:
        """Throws everything away."""

    async def close(self) -> None:
        """Lets go; what has arrived stays."""
