"""A PostgreSQL that is killed under load: what was answered is there, and there once."""

import asyncio
from collections import Counter
from functools import partial

from holobase.adapters.postgres import PostgresStore
from holobase.domain.errors import Unavailable
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports.command import Command
from tests.postgres import PostgresServer, with_schema
from tests.replay import verified
from tests.stores.kernels import DECLARATIONS, SEALER, new_kernel
from tests.stores.notes import NOW

KILLS = 2
WRITERS = 8
LOAD_SECONDS = 0.5
PAGE = "page00000000000"


def mark(title: str, unit: Unit) -> Command[str]:
    """Makes a page with this title, and a mark that the first page counts."""
    record = yield from unit.create("pages", {"title": title})
    yield from unit.create("marks", {"page": PAGE})
    return record.id


async def keep_writing(
    kernel: Kernel, name: str, answered: set[str], ending: asyncio.Event
) -> None:
    number = 0
    while not ending.is_set():
        title, number = f"{name}{number}", number + 1
        try:
            await kernel.run(Request(now=NOW, service="t"), partial(mark, title))
        except Unavailable:
            continue
        answered.add(title)


async def load(server: PostgresServer, url: str) -> tuple[set[str], list[str]]:
    """Writes while the server is killed and started again; what was answered, what was heard."""
    kernel = new_kernel()
    await kernel.open(lambda settle: PostgresStore.open(url, settle), ())
    first = {"id": PAGE, "title": "first"}
    await kernel.run(Request(now=NOW, service="t"), lambda unit: unit.create("pages", first))
    heard: list[str] = []
    kernel.store.subscribe(lambda events: heard.extend(event.stream for event in events))
    answered: set[str] = set()
    ending = asyncio.Event()
    writing = [
        asyncio.create_task(keep_writing(kernel, f"w{number}-", answered, ending))
        for number in range(WRITERS)
    ]
    for _ in range(KILLS):
        await asyncio.sleep(LOAD_SECONDS)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    await asyncio.sleep(LOAD_SECONDS)
    ending.set()
    await asyncio.gather(*writing)
    await kernel.store.catch_up()
    await kernel.store.close()
    return answered, heard


async def look(url: str) -> tuple[Counter[str], list[str], list[str]]:
    """The titles of all pages, what the log tells, and what replaying it finds wrong."""
    kernel = new_kernel()
    await kernel.open(lambda settle: PostgresStore.open(url, settle), ())
    async with kernel.store.snapshot() as snapshot:
        rows = [row[2] async for row in snapshot.dump() if row[0] == "pages"]
        report = await verified(snapshot, SEALER, list(DECLARATIONS))
        events = await snapshot.log.events(0, 1_000_000)
    await kernel.store.close()
    titles = Counter(row.partition("title='")[2].partition("'")[0] for row in rows)
    return titles, [event.stream for event in events], report.differences


def test_what_was_answered_is_there_once_however_often_the_server_is_killed(
    private_postgres: PostgresServer,
) -> None:
    url = with_schema(private_postgres.url, "kept")
    answered, heard = asyncio.run(load(private_postgres, url))
    titles, streams, differences = asyncio.run(look(url))
    assert differences == []
    assert len(answered) > WRITERS
    assert answered <= set(titles)
    assert set(titles.values()) == {1}
    assert heard == streams[len(streams) - len(heard) :]
