"""Starting: the declared collections are there once, whoever else starts."""

import asyncio

import sqlalchemy as sa

from holobase.domain.declaration import declare, integer, text
from holobase.domain.derived import Count
from holobase.domain.event import DEFINITIONS
from holobase.domain.principal import Request
from holobase.engine.collections.changes import Collections
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.rules.tables import record_table
from tests.stores.conftest import OpenStore
from tests.stores.kernels import (
    DECLARATIONS,
    MARKS,
    SEALER,
    TALLIES,
    giving,
    new_kernel,
    opened,
    write_pages,
)
from tests.stores.notes import NOW


async def test_several_that_start_at_once_define_everything_once(open_store: OpenStore) -> None:
    kernels = [new_kernel() for _ in range(3)]

    async with (
        open_store(kernels[0].settle) as one,
        open_store(kernels[1].settle) as two,
        open_store(kernels[2].settle) as three,
    ):
        stores = [one, two, three]
        await asyncio.gather(
            *(kernel.open(giving(store), ()) for kernel, store in zip(kernels, stores, strict=True))
        )
        events = await one.log.events()
        assert [e.type for e in events] == [f"{DEFINITIONS}.created"] * len(DECLARATIONS)
        for kernel in kernels:
            await write_pages(kernel, "a")


async def test_starting_again_changes_nothing(open_store: OpenStore) -> None:
    async with opened(open_store) as kernel:
        await write_pages(kernel, "a")
        position = await kernel.store.log.position()
    async with opened(open_store) as again:
        assert await again.store.log.position() == position


async def test_views_follow_what_a_newer_version_declares(open_store: OpenStore) -> None:
    asking = Request(now=NOW, service="t")
    async with opened(open_store) as kernel:
        collections = Collections(kernel, KeptSettings(kernel), 200)
        for name, source in (("titles", "pages"), ("others", "titles")):
            query = f"SELECT id, title FROM {source}"
            await collections.create({"name": name, "type": "view", "viewQuery": query}, asking)
        await write_pages(kernel, "a")

    for is_first in (True, False):
        newer = Kernel((NEW_PAGES, MARKS, TALLIES), Reactions(), SEALER, lambda: NOW)
        async with open_store(newer.settle) as store:
            before = await store.log.position()
            await newer.open(giving(store), ())
            view = newer.catalogue.get("others").collection
            title = view.field_by_name["title"]
            assert (title.max, title.hidden) == (9, True)  # type: ignore[attr-defined]
            statement = store.statement(sa.select(record_table(view).c.title))
            assert await store.fetch(statement, statement.bind()) == [("a",)]
            assert (await store.log.position() > before) == is_first


NEW_PAGES = declare(
    "pages",
    text("title", max=9, hidden=True),
    integer("marks", derived=Count(of="marks", by="page")),
    owner="tests",
    rules={},
)
