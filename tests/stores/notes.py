"""A collection to keep promises about, and short ways to change it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.declaration import declare, json, number, text
from holobase.domain.event import CREATED, DEFINITIONS, DELETED, UPDATED, NewEvent, stream_of
from holobase.domain.fields import Value
from holobase.kit import ids
from holobase.ports.command import Append, Applied, Command, DefinitionChange, RowChange
from holobase.ports.store import Store

T = TypeVar("T")

NOW = 1_790_000_000_000

NOTES = declare(
    "notes",
    text("title"),
    json("words"),
    number("size"),
    owner="tests",
    rules={},
    indexes=("UNIQUE title", "size"),
).collection


def settle_nothing(_: list[Applied]) -> Command[None]:
    """Leaves the group as it is."""
    yield from ()


def event(stream: str, kind: str, data: bytes = b"{}", **columns: Any) -> NewEvent:
    """An event with dull values for whatever is not given."""
    dull = {"actor": "guest", "request_id": "r", "at": NOW, "schema": 1}
    rest = {"sealed": None, "causation_id": None, **dull, **columns}
    return NewEvent(id=ids.event_id(NOW), stream=stream, type=kind, data=data, **rest)


def values(record_id: str, **given: Value) -> dict[str, Value]:
    """A note."""
    return {
        **{field.name: field.zero for field in NOTES.fields},
        "id": record_id,
        "title": record_id,
        **given,
    }


def write(
    kind: str,
    record_id: str,
    before: Mapping[str, Value] | None,
    after: Mapping[str, Value] | None,
    expected: int | None = None,
    collection: Collection = NOTES,
) -> Command[int]:
    """Appends one event about a note with its change; gives the version."""
    body = msgspec.json.encode(after) if after else None
    change = RowChange(collection, 1, record_id, before, after, body)
    stream = stream_of(collection.id, record_id)
    told = event(stream, f"{collection.name}.{kind}", msgspec.json.encode(after or before))
    version: int = yield Append(told, change, expected)
    return version


def create(record_id: str, **given: Value) -> Command[int]:
    """Makes a note, whose title is its id unless given."""
    return (yield from write(CREATED, record_id, None, values(record_id, **given)))


def retitle(
    record_id: str, old: str, new: str, expected: int | None = None, **given: Value
) -> Command[int]:
    """Changes a note."""
    before, after = values(record_id, title=old), values(record_id, title=new, **given)
    return (yield from write(UPDATED, record_id, before, after, expected))


def remove(record_id: str) -> Command[int]:
    """Deletes a note that was never changed."""
    return (yield from write(DELETED, record_id, values(record_id), None))


def define(before: Collection | None, after: Collection | None) -> Command[int]:
    """Makes, changes or drops a collection."""
    told = after or before
    assert told is not None
    kind = DELETED if after is None else UPDATED if before else CREATED
    stream = stream_of(DEFINITIONS, told.id)
    new = event(stream, f"{DEFINITIONS}.{kind}", msgspec.json.encode(told))
    version: int = yield Append(new, DefinitionChange(before, after))
    return version


async def with_notes(store: Store) -> Store:
    """The store, with the collection in it."""
    await store.submit(lambda: define(None, NOTES))
    return store


async def as_one_group(
    store: Store, commands: Sequence[Callable[[], Command[Any]]]
) -> list[Any | BaseException]:
    """Has all commands run in one commit."""
    return await at_once(store, [partial(store.submit, command) for command in commands])


async def at_once(
    store: Store, submissions: Sequence[Callable[[], Coroutine[Any, Any, T]]]
) -> list[T | BaseException]:
    """Makes all submissions, in order, while another commit is held open: they share the next."""
    entered, released = threading.Event(), threading.Event()
    here = threading.current_thread()

    def hold() -> Command[None]:
        entered.set()
        if threading.current_thread() is not here:  # else the queue fills before its turn comes
            released.wait(10)
        yield from ()

    holding = asyncio.create_task(store.submit(hold))
    await asyncio.to_thread(entered.wait, 10)
    waiting = [asyncio.create_task(submit()) for submit in submissions]
    await asyncio.sleep(0)
    released.set()
    await holding
    return await asyncio.gather(*waiting, return_exceptions=True)


async def titles(store: Store) -> list[str]:
    """The titles of all notes, in order, as a fresh snapshot shows them."""
    async with store.snapshot() as snapshot:
        cells = [row async for table, _, row in snapshot.dump() if table == "notes"]
    return sorted(row.partition("title=")[2].partition(",")[0].strip("'") for row in cells)
