"""Writing an overlay into the tables: one statement for each kind of change to each table."""

from itertools import count
from typing import Any

import asyncpg
import msgspec

from holobase.adapters.postgres import log, sessions
from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.definitions import primary_key
from holobase.adapters.postgres.facts import Facts, head_key
from holobase.adapters.postgres.indexes import indexes
from holobase.adapters.postgres.names import identifier
from holobase.adapters.postgres.overlay import Overlay, Row
from holobase.adapters.postgres.tables import row_statements
from holobase.domain.collection import Collection
from holobase.domain.errors import UniqueViolation
from holobase.domain.event import Event, chain_hash, numbered

_KEEP_KEYS = "INSERT INTO hb_person_keys SELECT * FROM unnest($1::text[], $2::bytea[])"
_REMEMBER = (
    "INSERT INTO hb_checkpoints SELECT * FROM unnest($1::text[], $2::bigint[])"
    " ON CONFLICT (consumer) DO UPDATE SET position = excluded.position"
)
_FORGET = "DELETE FROM hb_checkpoints WHERE consumer = ANY($1::text[])"


class Conflicted(Exception):
    """These cannot run beside others: unique indexes refused their rows, or a statement of theirs
    took too long. The transaction must be given up."""

    def __init__(self, owners: set[Any]) -> None:
        super().__init__("some commands must run by themselves")
        self.owners = owners


async def flush(
    connection: Connection, overlay: Overlay, facts: Facts, channel: str, *, is_alone: bool = False
) -> list[Event]:
    """Writes everything; gives the events with their positions.

    `facts` must know the stored heads of all streams. Raises Conflicted where other rows have the
    same unique values, or, where the overlay holds the write of one command alone, the driver's
    UniqueViolationError, which says in which index.
    """
    totals: dict[str, int] = {}
    for rows in overlay.rows.values():
        if rows:
            collection = next(iter(rows.values())).collection
            totals[collection.id] = await _flush_rows(
                connection, collection, list(rows.values()), is_alone=is_alone
            )
    if overlay.keys:
        await connection.execute(_KEEP_KEYS, list(overlay.keys), list(overlay.keys.values()))
    if overlay.checkpoints:
        await _flush_checkpoints(connection, overlay.checkpoints)
    if overlay.tokens:
        links = [(token, *link) for token, link in overlay.tokens.items()]
        columns = [list(column) for column in zip(*links, strict=True)]
        await connection.execute(sessions.LINK, *columns)
    return await _flush_events(connection, overlay, facts, channel, totals)


async def _flush_checkpoints(connection: Connection, positions: dict[str, int]) -> None:
    kept = {consumer: position for consumer, position in positions.items() if position}
    gone = positions.keys() - kept.keys()
    if kept:
        await connection.execute(_REMEMBER, list(kept), list(kept.values()))
    if gone:
        await connection.execute(_FORGET, list(gone))


async def _flush_rows(
    connection: Connection, collection: Collection, rows: list[Row], *, is_alone: bool
) -> int:
    """Deletes, changes and inserts, in this order; by how many rows the table has grown."""
    statements = row_statements(collection)
    removed = [row.id for row in rows if row.is_removed]
    kept = [row for row in rows if row.cells is not None]
    updated = [row for row in kept if row.is_stored and not row.is_removed]
    inserted = sorted((row for row in kept if not row.is_stored or row.is_removed), key=_place)
    if removed:
        await connection.execute(statements.delete, removed)
    if updated:
        await connection.execute(statements.update, *_columns(updated))
    if inserted and is_alone:
        await connection.execute(statements.insert, *_columns(inserted))
    elif inserted:
        query = f"{statements.insert} ON CONFLICT DO NOTHING RETURNING id"
        done = {row[0] for row in await connection.fetch(query, *_columns(inserted))}
        if len(done) < len(inserted):
            raise Conflicted({row.owner for row in inserted if row.id not in done})
    return len(inserted) - len(removed)


def _place(row: Row) -> int:
    return row.place


def _columns(rows: list[Row]) -> list[list[Any]]:
    whole = [[*(row.cells or ()), row.version, row.edited, row.revision, row.body] for row in rows]
    return [list(column) for column in zip(*whole, strict=True)]


async def _flush_events(
    connection: Connection, overlay: Overlay, facts: Facts, channel: str, totals: dict[str, int]
) -> list[Event]:
    if not overlay.appended:
        return []
    hashes: dict[str, bytes] = {}
    events: list[Event] = []
    for appended in overlay.appended:
        new, version = appended.event, appended.version
        previous = hashes.get(new.stream) or facts.known[head_key(new.stream)][1]
        hashes[new.stream] = chain_hash(previous, version, new)
        events.append(numbered(new, version, hashes[new.stream], 0))
    streams = list(overlay.heads)
    grown = {collection_id: more for collection_id, more in totals.items() if more}
    [(base, _)] = await connection.fetch(
        log.APPEND,
        *log.columns_of(events),
        streams,
        [overlay.heads[stream] for stream in streams],
        [hashes[stream] for stream in streams],
        list(grown),
        list(grown.values()),
        channel,
    )
    positions = count(base + 1)
    return [msgspec.structs.replace(event, position=next(positions)) for event in events]


def violation(error: asyncpg.UniqueViolationError, collection: Collection) -> UniqueViolation:
    """The refusal of an index in the words of the port."""
    name = error.constraint_name
    if name == identifier(primary_key(collection)):
        return UniqueViolation(collection.name, ("id",))
    for index in indexes(collection):
        if name == identifier(index.name) and index.columns:
            return UniqueViolation(collection.name, index.columns)
    return UniqueViolation("", ())
