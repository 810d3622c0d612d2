"""A small product on any store: notes, and a tally that consumers keep of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from holobase.domain.declaration import Declaration, declare, integer, relation, text
from holobase.domain.derived import Count
from holobase.domain.event import Event
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.sealing import KEY_BYTES, Sealer
from holobase.engine.unit import Unit
from holobase.ports.command import Command
from holobase.ports.store import Settle, Store
from tests.stores.notes import NOW

PAGES = declare(
    "pages",
    text("title"),
    integer("marks", derived=Count(of="marks", by="page")),
    owner="tests",
    rules={},
)
MARKS = declare("marks", relation("page", "pages", cascade_delete=True), owner="tests", rules={})
TALLIES = declare("tallies", text("name"), integer("seen"), owner="tests", rules={})
DECLARATIONS: tuple[Declaration, ...] = (PAGES, MARKS, TALLIES)
SEALER = Sealer(b"k" * KEY_BYTES)
TALLY = "tally0000000000"


def new_kernel() -> Kernel:
    """An engine that has not been opened."""
    return Kernel(DECLARATIONS, Reactions(), SEALER, lambda: NOW)


def giving(store: Store) -> Callable[[Settle], Awaitable[Store]]:
    """Opens what is open already."""

    async def give(_: Settle) -> Store:
        return store

    return give


@asynccontextmanager
async def opened(
    open_store: Callable[[Settle], AbstractAsyncContextManager[Store]],
) -> AsyncIterator[Kernel]:
    """An engine on a store of its own."""
    kernel = new_kernel()
    async with open_store(kernel.settle) as store:
        await kernel.open(giving(store), ())
        yield kernel


async def write_pages(kernel: Kernel, *names: str) -> None:
    """Makes pages, each in a command of its own."""
    for name in names:
        await kernel.run(Request(now=NOW, service="t"), partial(_write_page, name))


def _write_page(name: str, unit: Unit) -> Command[None]:
    yield from unit.create("pages", {"title": name})


def tally(unit: Unit, event: Event) -> Command[None]:
    """Counts the pages made: a consumer's handler whose effect would show any repetition."""
    if event.type != "pages.created":
        return
    record = yield from unit.find("tallies", TALLY)
    if record is None:
        yield from unit.create("tallies", {"id": TALLY, "seen": 1})
    else:
        yield from unit.update("tallies", TALLY, {"seen": record.values["seen"] + 1})


async def seen(kernel: Kernel) -> int:
    """What the tally says."""
    request = Request(now=NOW, service="t")
    record = await kernel.run(request, lambda unit: unit.find("tallies", TALLY))
    return int(record.values["seen"]) if record else 0
