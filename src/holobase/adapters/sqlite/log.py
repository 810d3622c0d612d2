"""The event log on SQLite: appending to the chain, and reading it in order."""

from typing import Any

import apsw
from msgspec.structs import astuple

from holobase.domain.errors import VersionConflict
from holobase.domain.event import COLUMNS, GENESIS, Event, NewEvent, chain_hash, numbered
from holobase.ports.store import LAST, LogExtent

_INSERT = f"INSERT INTO hb_events ({COLUMNS}) VALUES ({', '.join('?' * 13)})"
_HEAD = "SELECT version, hash FROM hb_streams WHERE stream = ?"
_SET_HEAD = (
    "INSERT INTO hb_streams VALUES (?1, ?2, ?3)"
    " ON CONFLICT (stream) DO UPDATE SET version = ?2, hash = ?3"
)
_READ = f"SELECT {COLUMNS} FROM hb_events"


def expected_head(
    connection: apsw.Connection, stream: str, expected: int | None
) -> tuple[int, bytes]:
    """As `head`. Raises VersionConflict where the version is not `expected`."""
    found = head(connection, stream)
    if expected is not None and expected != found[0]:
        raise VersionConflict(f"{stream} is at {found[0]}, not {expected}")
    return found


def append(connection: apsw.Connection, event: NewEvent, before: tuple[int, bytes]) -> Event:
    """Adds the event behind the head of its stream. Runs inside the writer's transaction."""
    version = before[0] + 1
    digest = chain_hash(before[1], version, event)
    connection.execute(_INSERT, (*astuple(event), version, digest, None))  # it counts positions on
    set_head(connection, event.stream, version, digest)
    return numbered(event, version, digest, connection.last_insert_rowid())


def keep(connection: apsw.Connection, event: Event) -> None:
    """Adds an event that is numbered already. Its head is set apart."""
    connection.execute(_INSERT, astuple(event))


def head(connection: apsw.Connection, stream: str) -> tuple[int, bytes]:
    """Version and hash of the newest event of a stream; those before the first, where it is new."""
    return connection.execute(_HEAD, (stream,)).fetchone() or (0, GENESIS)


def set_head(connection: apsw.Connection, stream: str, version: int, digest: bytes) -> None:
    """Moves the head of a stream."""
    connection.execute(_SET_HEAD, (stream, version, digest))


class SqliteLog:
    """Reads the log through a connection of its owner."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def events(self, after: int = 0, limit: int = 500) -> list[Event]:
        """Up to `limit` events past position `after`, in order."""
        return self.read(after, limit)

    def read(self, after: int, limit: int) -> list[Event]:
        """As `events`, for callers of this package that cannot wait."""
        rows = self._connection.execute(
            f"{_READ} WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
        )
        return [Event(*row) for row in rows]

    async def stream(self, stream: str) -> list[Event]:
        """All events of one stream, in order."""
        rows = self._connection.execute(f"{_READ} WHERE stream = ? ORDER BY version", (stream,))
        return [Event(*row) for row in rows]

    async def newest(self, stream: str, limit: int) -> list[Event]:
        """Up to `limit` events of one stream, the newest first."""
        query = f"{_READ} WHERE stream = ? ORDER BY version DESC LIMIT ?"
        return [Event(*row) for row in self._connection.execute(query, (stream, limit))]

    async def position(self) -> int:
        """Position of the newest event; 0 for an empty log."""
        return newest(self._connection)

    async def checkpoint(self, consumer: str) -> int:
        """The last position a consumer has remembered; 0 at first."""
        return checkpoint(self._connection, consumer)

    async def checkpoints(self, prefix: str) -> dict[str, int]:
        """What all consumers whose names begin so have remembered."""
        query = "SELECT consumer, position FROM hb_checkpoints WHERE consumer BETWEEN ? AND ?"
        return dict(self._connection.execute(query, (prefix, prefix + LAST)))

    async def extent(self) -> LogExtent:
        """How much there is. Reads the whole log."""
        kinds = self._connection.execute("SELECT type, count(*) FROM hb_events GROUP BY type")
        by_type = {str(kind): int(count) for kind, count in kinds}
        row: Any = self._connection.execute(
            "SELECT min(at), max(at), total(length(data) + ifnull(length(sealed), 0)),"
            " (SELECT count(*) FROM hb_streams) FROM hb_events"
        ).fetchone()
        return LogExtent(sum(by_type.values()), row[3], by_type, row[0], row[1], int(row[2]))

    async def heads(self) -> dict[str, tuple[int, bytes]]:
        """Version and hash of the newest event of every stream."""
        rows = self._connection.execute("SELECT stream, version, hash FROM hb_streams")
        return {stream: (version, digest) for stream, version, digest in rows}


def newest(connection: apsw.Connection) -> int:
    """Position of the newest event; 0 for an empty log."""
    return int(connection.execute("SELECT max(position) FROM hb_events").get or 0)


def checkpoint(connection: apsw.Connection, consumer: str) -> int:
    """The last position a consumer has remembered; 0 at first."""
    query = "SELECT position FROM hb_checkpoints WHERE consumer = ?"
    return int(connection.execute(query, (consumer,)).get or 0)
