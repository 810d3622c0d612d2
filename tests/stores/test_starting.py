"""Starting: the declared collections are there once, whoever else starts."""

import asyncio

from holobase.domain.event import DEFINITIONS
from tests.stores.conftest import OpenStore
from tests.stores.kernels import DECLARATIONS, giving, new_kernel, opened, write_pages


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
