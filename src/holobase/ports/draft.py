"""The promise of a draft: a store that is made from a log, to take the place of another later."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from holobase.domain.collection import Collection
from holobase.ports.mirror import Part, Row
from holobase.ports.store import Rebuild


class Draft(Rebuild, Protocol):
    """A rebuild that keeps the events too. Nothing of it lasts before `finish`."""

    def put(self, part: Part, rows: Iterable[Row]) -> None:
        """Adds rows of what stands beside the log."""

    def remember(self, checkpoints: Sequence[Row]) -> None:
        """Takes over consumers with their positions, in the place of those they had."""

    def count(self, collection: Collection) -> int:
        """How many records there are."""

    def finish(self) -> None:
        """Puts everything on the disk, and lets go of it."""

    def close(self) -> None:
        """Lets go of it."""
