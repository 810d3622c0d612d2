"""Records that the program holds follow it, unless somebody else has had a hand in them."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from holobase.domain.declaration import Fixture
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports.command import Command
from holobase.ports.store import Store
from tests.stores.conftest import OpenStore
from tests.stores.kernels import giving, new_kernel
from tests.stores.notes import NOW

ONE, OTHER = "page00000000001", "page00000000002"


def page(title: str, record_id: str = ONE, *, follows: bool = True) -> Fixture:
    return Fixture("pages", record_id, {"title": title}, follows)


async def start(open_store: OpenStore, *held: Fixture, change: Any = None) -> tuple[Any, int]:
    """The titles of both pages after a start of a program that holds these, and how many events
    that wrote; then somebody changes something."""
    kernel: Kernel = new_kernel()
    opening: AbstractAsyncContextManager[Store] = open_store(kernel.settle)
    async with opening as store:
        before = await store.log.position()
        await kernel.open(giving(store), held)
        written = await store.log.position() - before
        titles = [await _title(kernel, each) for each in (ONE, OTHER)]
        if change:
            await kernel.run(Request(now=NOW, service="somebody"), change)
    return tuple(titles), written


async def _title(kernel: Kernel, record_id: str) -> str | None:
    def look(unit: Unit) -> Command[str | None]:
        found = yield from unit.find("pages", record_id)
        return str(found.values["title"]) if found else None

    return await kernel.run(Request(now=NOW, service="t"), look)


def _change(unit: Unit, title: str) -> Command[None]:
    yield from unit.update("pages", ONE, {"title": title})


def _delete(unit: Unit) -> Command[None]:
    yield from unit.delete("pages", ONE)


async def test_a_newer_program_reaches_what_nobody_has_changed(open_store: OpenStore) -> None:
    await start(open_store, page("old"))
    assert await start(open_store, page("new")) == (("new", None), 1)
    assert await start(open_store, page("new")) == (("new", None), 0)
    assert await start(open_store, page("newer"), page("more", OTHER)) == (("newer", "more"), 2)


async def test_what_does_not_follow_stays(open_store: OpenStore) -> None:
    await start(open_store, page("old", follows=False))
    assert await start(open_store, page("new", follows=False)) == (("old", None), 0)


async def test_what_somebody_has_changed_is_theirs(open_store: OpenStore) -> None:
    await start(open_store, page("old"), change=partial(_change, title="theirs"))
    assert await start(open_store, page("new")) == (("theirs", None), 0)


async def test_what_somebody_has_changed_back_is_theirs_too(open_store: OpenStore) -> None:
    await start(open_store, page("old"), change=partial(_change, title="theirs"))
    await start(open_store, page("old"), change=partial(_change, title="old"))
    assert await start(open_store, page("new")) == (("old", None), 0)


async def test_what_somebody_has_deleted_stays_away(open_store: OpenStore) -> None:
    await start(open_store, page("old"), change=_delete)
    assert await start(open_store, page("new")) == ((None, None), 0)
