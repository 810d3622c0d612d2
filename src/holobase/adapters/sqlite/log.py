"""The event log on SQLite: appending to the chain, and reading it in order."""

from typing import Any

import apsw

from holobase.domain.errors import VersionConflict
from holobase.domain.event import GENESIS, Event, NewEvent, chain_hash

_COLUMNS = (
    "id, stream, version, type, schema, data, sealed, actor, request_id, causation_id, at, hash"
)
_INSERT = f"INSERT INTO hb_events ({_COLUMNS}) VALUES ({', '.join('?' * 12)})"
_HEAD = "SELECT version, hash FROM hb_streams WHERE stream = ?"
_SET_HEAD = (
    "INSERT INTO hb_streams VALUES (?1, ?2, ?3)"
    " ON CONFLICT (stream) DO UPDATE SET version = ?2, hash = ?3"
)
_READ = f"SELECT position, {_COLUMNS} FROM hb_events"


def append(connection: apsw.Connection, event: NewEvent, expected: int | None) -> Event:
    """Adds the event behind the head of its stream. Runs inside the writer's transaction.

    Raises VersionConflict where the head is not at `expected`.
    """
    version, previous = connection.execute(_HEAD, (event.stream,)).fetchone() or (0, GENESIS)
    if expected is not None and expected != version:
        raise VersionConflict(f"{event.stream} is at {version}, not {expected}")
    version += 1
    digest = chain_hash(previous, version, event)
    connection.execute(
        _INSERT,
        (
            event.id,
            event.stream,
            version,
            event.type,
            event.schema,
            event.data,
            event.sealed,
            event.actor,
            event.request_id,
            event.causation_id,
            event.at,
            digest,
        ),
    )
    set_head(connection, event.stream, version, digest)
    return Event(
        id=event.id,
        stream=event.stream,
        type=event.type,
        schema=event.schema,
        data=event.data,
        sealed=event.sealed,
        actor=event.actor,
        request_id=event.request_id,
        causation_id=event.causation_id,
        at=event.at,
        position=connection.last_insert_rowid(),
        version=version,
        hash=digest,
    )


def set_head(connection: apsw.Connection, stream: str, version: int, digest: bytes) -> None:
    """Moves the head of a stream."""
    connection.execute(_SET_HEAD, (stream, version, digest))


class SqliteLog:
    """Reads the log through a connection of its owner."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def events(self, after: int = 0, limit: int = 500) -> list[Event]:
        """Up to `limit` events past position `after`, in order."""
        rows = self._connection.execute(
            f"{_READ} WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
        )
        return [_event(row) for row in rows]

    def stream(self, stream: str) -> list[Event]:
        """All events of one stream, in order."""
        rows = self._connection.execute(f"{_READ} WHERE stream = ? ORDER BY version", (stream,))
        return [_event(row) for row in rows]

    def position(self) -> int:
        """Position of the newest event; 0 for an empty log."""
        return int(self._connection.execute("SELECT max(position) FROM hb_events").get or 0)

    def checkpoint(self, consumer: str) -> int:
        """The last position a consumer has remembered; 0 at first."""
        query = "SELECT position FROM hb_checkpoints WHERE consumer = ?"
        return int(self._connection.execute(query, (consumer,)).get or 0)

    def types(self) -> dict[str, int]:
        """How many events of each type there are."""
        rows = self._connection.execute("SELECT type, count(*) FROM hb_events GROUP BY type")
        return {str(kind): int(count) for kind, count in rows}

    def extent(self) -> tuple[int | None, int | None, int]:
        """When the first and the last event happened (Unix milliseconds), and bytes of all data."""
        row: Any = self._connection.execute(
            "SELECT min(at), max(at), total(length(data) + ifnull(length(sealed), 0))"
            " FROM hb_events"
        ).fetchone()
        return row[0], row[1], int(row[2])

    def heads(self) -> dict[str, tuple[int, bytes]]:
        """Version and hash of the newest event of every stream."""
        rows = self._connection.execute("SELECT stream, version, hash FROM hb_streams")
        return {stream: (version, digest) for stream, version, digest in rows}


def _event(row: Any) -> Event:
    (position, identifier, stream, version, kind, schema, data, sealed, *rest) = row
    actor, request_id, causation_id, at, digest = rest
    return Event(
        position=position,
        id=identifier,
        stream=stream,
        version=version,
        type=kind,
        schema=schema,
        data=data,
        sealed=sealed,
        actor=actor,
        request_id=request_id,
        causation_id=causation_id,
        at=at,
        hash=digest,
    )
