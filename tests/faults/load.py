"""Several writers on one engine, and what must be true of what they leave behind."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from holobase.adapters.sqlite import SqliteStore
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.store import open_snapshot
from holobase.domain.errors import Unavailable
from holobase.domain.event import Event
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.ports.command import Command
from holobase.ports.store import Settle
from tests.replay import verified
from tests.stores.kernels import DECLARATIONS, SEALER, new_kernel
from tests.stores.notes import NOW

WRITERS = 4
SERVER = Request(now=NOW, service="load")
Answered = Callable[[str], None]


async def write_until(
    folder: Path, answered: Answered, rounds: int = 1 << 60, vfs: str | None = None
) -> Kernel:
    """Writes until it fails or the rounds are over; `answered` is told of every promise kept.

    Raises Unavailable where the store gave up, and whatever opening raises.
    """
    kernel = new_kernel()
    stores: list[SqliteStore] = []

    async def make(settle: Settle) -> SqliteStore:
        stores.append(await SqliteStore.open(folder, settle, vfs))
        return stores[0]

    try:
        await kernel.open(make, ())
        writers = [asyncio.create_task(_write(kernel, answered, rounds)) for _ in range(WRITERS)]
        failed = [r for r in await asyncio.gather(*writers, return_exceptions=True) if r]
        if failed:
            raise failed[0]
    finally:
        for store in stores:
            await store.close()
    return kernel


async def _write(kernel: Kernel, answered: Answered, rounds: int) -> None:
    for _ in range(rounds):
        page, mark = ids.record_id(), ids.record_id()
        await kernel.run(SERVER, partial(_page, page))
        answered(page)
        await kernel.run(SERVER, partial(_mark, mark, page))
        answered(mark)


def _page(page: str, unit: Unit) -> Command[None]:
    yield from unit.create("pages", {"id": page})


def _mark(mark: str, page: str, unit: Unit) -> Command[None]:
    """Two records and a counter in one command: half of it would be seen."""
    yield from unit.create("marks", {"id": mark, "page": page})
    yield from unit.update("pages", page, {"title": mark})


def assert_whole(folder: Path, answered: set[str]) -> None:
    """Every answered write is there, no half of one, and every table follows from the log."""
    events = asyncio.run(_events_of_sound(folder))
    created = {event.record_id: event for event in events}
    titles = {event.record_id for event in events if event.type == "pages.updated"}
    lost = answered - created.keys()
    assert not lost, f"{len(lost)} answered writes of {len(answered)} are lost"
    marks = [event for event in created.values() if event.type == "marks.created"]
    assert len(marks) == len(titles), "half a command is in the log"


async def _events_of_sound(folder: Path) -> list[Event]:
    async with open_snapshot(folder / FILE_NAME) as snapshot:
        report = await verified(snapshot, SEALER, list(DECLARATIONS))
        assert report.differences == []
        return await snapshot.log.events(limit=-1)


def is_answer_to_a_fault(error: BaseException) -> bool:
    """Whether a failure is told in a way that whoever waits can act on."""
    return isinstance(error, Unavailable | OSError)
