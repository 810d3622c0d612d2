"""The event log on PostgreSQL: reading it in order, and adding to it in sets."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from holobase.domain.event import COLUMNS, Event
from holobase.ports.store import LAST, LogExtent

Fetch: TypeAlias = Callable[..., Awaitable[list[Any]]]
"""Runs SQL with its parameters and gives all rows."""

_READ: Final = f"SELECT {COLUMNS} FROM hb_events"
_APPENDED: Final = COLUMNS.removesuffix(", position")
_ARRAYS: Final = (
    "$1::bytea[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[], $7::text[],"
    " $8::text[], $9::bytea[], $10::bigint[], $11::bigint[], $12::bytea[]"
)

HEADS: Final = "SELECT stream, version, hash FROM hb_streams WHERE stream = ANY($1::text[])"
CHECKPOINTS: Final = (
    "SELECT consumer, position FROM hb_checkpoints WHERE consumer = ANY($1::text[])"
)
KEYS: Final = "SELECT subject, wrapped FROM hb_person_keys WHERE subject = ANY($1::text[])"
POSITION: Final = "SELECT coalesce(max(position), 0) FROM hb_events"
HAS: Final = (
    "SELECT EXISTS (SELECT 1 FROM hb_events WHERE stream = $1 AND version = $2 AND id = $3)"
)

APPEND: Final = f"""
WITH base AS ({POSITION.replace("0)", "0) AS position")}),
events AS (
    INSERT INTO hb_events ({COLUMNS})
    SELECT {_APPENDED}, base.position + n
    FROM base, unnest({_ARRAYS}) WITH ORDINALITY AS new ({_APPENDED}, n)
),
heads AS (
    INSERT INTO hb_streams SELECT * FROM unnest($13::text[], $14::bigint[], $15::bytea[])
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version, hash = excluded.hash
),
totals AS (
    UPDATE hb_totals SET rows = rows + more
    FROM unnest($16::text[], $17::bigint[]) AS changed (id, more) WHERE collection = id
)
SELECT position, pg_notify($18::text, (position + cardinality($1))::text) FROM base
"""
"""Adds events behind the newest, moves the heads of their streams and the totals of collections,
and wakes whoever listens. Gives the position before. Positions are numbered here, under the lock of
the log, and not by a sequence: so they have no gaps and are in the order of commits."""


def columns_of(events: list[Event]) -> list[list[Any]]:
    """The events column by column, as `APPEND` takes them."""
    return [[getattr(event, name) for event in events] for name in _APPENDED.split(", ")]


class PostgresLog:
    """Reads the log through what its owner runs statements with."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def events(self, after: int = 0, limit: int = 500) -> list[Event]:
        """Up to `limit` events past position `after`, in order."""
        query = f"{_READ} WHERE position > $1 ORDER BY position LIMIT $2"
        return [Event(*row) for row in await self._fetch(query, after, limit)]

    async def stream(self, stream: str) -> list[Event]:
        """All events of one stream, in order."""
        query = f"{_READ} WHERE stream = $1 ORDER BY version"
        return [Event(*row) for row in await self._fetch(query, stream)]

    async def newest(self, stream: str, limit: int) -> list[Event]:
        """Up to `limit` events of one stream, the newest first."""
        query = f"{_READ} WHERE stream = $1 ORDER BY version DESC LIMIT $2"
        return [Event(*row) for row in await self._fetch(query, stream, limit)]

    async def position(self) -> int:
        """Position of the newest event; 0 for an empty log."""
        [(position,)] = await self._fetch(POSITION)
        return int(position)

    async def checkpoint(self, consumer: str) -> int:
        """The last position a consumer has remembered; 0 at first."""
        rows = await self._fetch(CHECKPOINTS, [consumer])
        return int(rows[0][1]) if rows else 0

    async def checkpoints(self, prefix: str) -> dict[str, int]:
        """What all consumers whose names begin so have remembered."""
        query = "SELECT consumer, position FROM hb_checkpoints WHERE consumer BETWEEN $1 AND $2"
        return {name: int(at) for name, at in await self._fetch(query, prefix, prefix + LAST)}

    async def extent(self) -> LogExtent:
        """How much there is. Reads the whole log."""
        kinds = await self._fetch("SELECT type, count(*) FROM hb_events GROUP BY type")
        by_type = {str(kind): int(count) for kind, count in kinds}
        [(first, last, size, streams)] = await self._fetch(
            "SELECT min(at), max(at),"
            " coalesce(sum(length(data) + coalesce(length(sealed), 0)), 0)::bigint,"
            " (SELECT count(*) FROM hb_streams) FROM hb_events"
        )
        return LogExtent(sum(by_type.values()), streams, by_type, first, last, size)

    async def heads(self) -> dict[str, tuple[int, bytes]]:
        """Version and hash of the newest event of every stream."""
        rows = await self._fetch("SELECT stream, version, hash FROM hb_streams")
        return {stream: (version, digest) for stream, version, digest in rows}
