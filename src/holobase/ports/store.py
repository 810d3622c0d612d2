"""The promise of a store: one log, the tables projected from it, and one writer at a time."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa

from holobase.domain.collection import Collection
from holobase.domain.event import Event
from holobase.domain.fields import Cell
from holobase.domain.record import Record
from holobase.ports.bulk import Bulk
from holobase.ports.command import Applied, Command, DefinitionChange, RowChange
from holobase.ports.statement import Statement

if TYPE_CHECKING:
    from holobase.ports.mirror import Key, Part, Row

T = TypeVar("T")

Settle: TypeAlias = Callable[[list[Applied]], Command[None]]
"""Runs once at the end of every group: turns what was applied into derived events."""

Listener: TypeAlias = Callable[[list[Event]], None]
"""Called on the event loop after a commit, before its commands are answered."""

LAST = "\U0010ffff"
"""Sorts after whatever a name goes on with."""

DumpRow: TypeAlias = tuple[str, str, str]
"""Table, key in it, and the canonical text of one row; see `ports.dump`."""


class LogExtent(msgspec.Struct, frozen=True):
    """What a log holds. `first` and `last` are Unix milliseconds, None for an empty log; `bytes`
    counts the data of all events."""

    events: int
    streams: int
    by_type: dict[str, int]
    first: int | None
    last: int | None
    bytes: int


class Past(msgspec.Struct, frozen=True):
    """Records of one collection as they were: by id, None where there was none."""

    collection: Collection
    records: Mapping[str, Record | None]


class EventLog(Protocol):
    """Reading the log. Positions are in commit order: a reader never sees one appear behind it."""

    async def events(self, after: int = 0, limit: int = 500) -> list[Event]:
        """Up to `limit` events past position `after`, in order."""

    async def stream(self, stream: str) -> list[Event]:
        """All events of one stream, in order."""

    async def newest(self, stream: str, limit: int) -> list[Event]:
        """Up to `limit` events of one stream, the newest first."""

    async def position(self) -> int:
        """Position of the newest event; 0 for an empty log."""

    async def checkpoint(self, consumer: str) -> int:
        """The last position a consumer has remembered; 0 at first."""

    async def checkpoints(self, prefix: str) -> dict[str, int]:
        """What all consumers whose names begin so, in ASCII, have remembered."""

    async def extent(self) -> LogExtent:
        """How much there is. Reads the whole log."""

    async def heads(self) -> dict[str, tuple[int, bytes]]:
        """Version and hash of the newest event of every stream."""


class Reads(Protocol):
    """What can be asked without changing anything: a store, or what it once was."""

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query to the store's SQL."""

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows. Raises Unavailable when the statement runs past the read time limit."""


class Store(Reads, Protocol):
    """One service's database. Everything durable goes through `submit`."""

    @property
    def log(self) -> EventLog:
        """The log."""

    @property
    def failure(self) -> BaseException | None:
        """Why nothing can be written any more until a restart; None while all is well."""

    @property
    def is_superseded(self) -> bool:
        """Whether another state waits to take the place of this one: whoever uses the store is to
        close it and open it anew."""

    def total(self, collection: Collection) -> Statement:
        """A statement that gives the number of all records of a collection, and is cheap."""

    async def fetch_past(
        self, statement: Statement, values: tuple[Cell, ...], past: Sequence[Past]
    ) -> list[tuple[Any, ...]]:
        """As `fetch`, as if these records were as they once were. The statement may not change
        anything, and begins with SELECT."""

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None where there is none (any more)."""

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """Runs a command in the next group and returns when its commit is durable.

        Takes what makes the command, because a group may have to be run again.
        """

    def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions with their revisions, at least as new as what listeners have heard."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hears of every commit of this process, and soon of those of others; gives what ends it.

        Each event is told once, in order. A listener that fails takes nobody with it.
        """

    async def catch_up(self) -> None:
        """Returns when listeners have heard of every commit, by whatever process, that was
        answered before what runs now became due on the event loop. A request comes after what its
        client was answered, so that is all it can ask for."""

    async def look(self) -> None:
        """Returns when listeners have heard of every commit that was answered before the call."""

    def wake(self) -> None:
        """A hint that another process has committed: listeners hear of it at once, not soon."""

    def snapshot(self) -> "AbstractAsyncContextManager[Snapshot]":
        """A read-only view of everything at one log position."""

    def bulk(self, settle: Settle) -> AbstractAsyncContextManager[Bulk]:
        """One long transaction; what it does is lost unless it is kept. `settle` sees each group.

        For who has the store to themselves: this process's own writes wait for its end too.
        """

    async def close(self) -> None:
        """Commits and answers what was accepted, then lets go of everything."""


class Snapshot(Protocol):
    """Everything at one position of the log."""

    @property
    def log(self) -> EventLog:
        """The log up to this position."""

    async def definitions(self) -> list[tuple[int, Collection]]:
        """All definitions in force with their revisions."""

    def dump(self) -> AsyncIterator[DumpRow]:
        """Every cell that replay must reproduce, in order: equal text from every kind of store."""

    def faults(self) -> AsyncIterator[str]:
        """What the store itself finds wrong with its files and indexes; nothing, if all is well."""

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped personal key of a subject, or None where there is none (any more)."""

    async def page(self, part: "Part", after: "Key", limit: int) -> "list[Row]":
        """Up to `limit` rows of a part behind the one that begins with `after`, in order."""

    async def checkpoints(self) -> "list[Row]":
        """Every consumer with the last position it has remembered."""


class Rebuild(Protocol):
    """A fresh, throw-away store that is filled from a log."""

    def apply(self, event: Event, change: RowChange | DefinitionChange | None) -> None:
        """Takes over an event that is already numbered, with its change."""

    def head(self, stream: str) -> tuple[int, bytes]:
        """Version and hash of the newest event of a stream; 0 and nothing before the first."""

    def load(self, collection: Collection, record_id: str) -> Record | None:
        """The record as it stands now."""

    def records(self, collection: Collection) -> list[Record]:
        """All records of a collection."""

    def snapshot(self) -> Snapshot:
        """What has been rebuilt."""
