"""From one kind of store to another: everything row by row, compared before it takes its place."""

from collections.abc import AsyncIterator, Iterator

from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.engine.moving.records import Progress
from holobase.ports.mirror import PARTS, Mirror, Part
from holobase.ports.store import DumpRow, Snapshot

ROWS_PER_STEP = 500
"""Rows held in memory at once, and committed together."""


async def move(source: Snapshot, target: Mirror, progress: Progress) -> int:
    """Fills the target with what the source holds, compares both, and puts it in its place; how
    many events there are.

    May be run again after it was interrupted, and goes on then. Raises DamagedData, and throws
    the target away, where the two are not equal.
    """
    position = await source.log.position()
    collections = sorted(
        await source.definitions(), key=lambda each: (each[1].type == "view", each[1].created)
    )
    await target.begin(position, collections)
    for part in _parts(collections):
        await _fill(source, target, part, progress, position)
    await target.finish(await source.checkpoints())
    async with target.snapshot() as copy:
        difference = await _difference(source, copy, progress)
    if difference:
        await target.discard()
        raise DamagedData(f"The copy is not equal: {difference}.")
    await target.put_in_place()
    return position


def _parts(collections: list[tuple[int, Collection]]) -> Iterator[Part]:
    yield from PARTS
    for _, collection in collections:
        if collection.type != "view":
            yield Part(collection.name, (), collection, first=-1)


async def _fill(
    source: Snapshot, target: Mirror, part: Part, progress: Progress, position: int
) -> None:
    after = await target.last(part)
    while rows := await source.page(part, after, ROWS_PER_STEP):
        await target.put(part, rows)
        after = rows[-1][0]
        if part.table == "hb_events":
            progress("events", int(after), position)


async def _difference(source: Snapshot, copy: Snapshot, progress: Progress) -> str:
    """Where the two are not equal; empty where they are."""
    here, there = _without_end(source.dump()), _without_end(copy.dump())
    compared = 0
    while (ours := await anext(here)) == (theirs := await anext(there)):
        if ours is None:
            return await _difference_of_logs(source, copy)
        compared += 1
        if compared % ROWS_PER_STEP == 0:
            progress("comparing", compared, compared)
    first = ours or theirs
    return f"{first[0]}/{first[1]} differs" if first else ""


async def _difference_of_logs(source: Snapshot, copy: Snapshot) -> str:
    """Likewise of every column of every event, positions and hashes too."""
    position = 0
    while ours := await source.log.events(position, ROWS_PER_STEP):
        if ours != await copy.log.events(position, ROWS_PER_STEP):
            return f"the log differs behind {position}"
        position = ours[-1].position
    return "the log is longer" if await copy.log.events(position, 1) else ""


async def _without_end(rows: AsyncIterator[DumpRow]) -> AsyncIterator[DumpRow | None]:
    async for row in rows:
        yield row
    while True:
        yield None
