"""Groups on PostgreSQL: what runs side by side ends as if one had come after the other."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from holobase.engine.kernel import Kernel
from tests import postgres
from tests.examples import tries
from tests.replay import verified
from tests.stores import notes
from tests.stores.conftest import KINDS
from tests.stores.kernels import SEALER
from tests.stores.shelves import DECLARATIONS, DEEDS, Deed, do, new_kernel

BATCHES = tries(
    20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[Kernel]:
    """An engine on a new store of its own."""
    kernel = new_kernel()
    with postgres.fresh_url() as url, TemporaryDirectory() as folder:
        place = url if kind == "postgres" else folder
        await kernel.open(lambda settle: KINDS[kind](place, settle), ())
        try:
            yield kernel
        finally:
            await kernel.store.close()


async def told(kernel: Kernel) -> list[tuple[object, ...]]:
    events = await kernel.store.log.events(0, 100_000)
    return [(e.position, e.stream, e.version, e.type, e.data, e.actor) for e in events]


async def dumped(kernel: Kernel) -> list[tuple[str, ...]]:
    """Everything but the hashes, which tell the random ids of events too."""
    async with kernel.store.snapshot() as snapshot:
        return [(*row[:2], re.sub("hash=[^,]*", "", row[2])) async for row in snapshot.dump()]


async def replays(kernel: Kernel) -> list[str]:
    async with kernel.store.snapshot() as snapshot:
        report = await verified(snapshot, SEALER, list(DECLARATIONS))
    return report.differences


@given(st.lists(DEEDS, max_size=25))
@BATCHES
def test_one_at_a_time_both_stores_give_the_same(postgres_url: str, deeds: list[Deed]) -> None:
    async def compare() -> None:
        async with opened("postgres") as one, opened("sqlite") as other:
            for deed in deeds:
                assert await do(one, deed) == await do(other, deed), deed
            assert await told(one) == await told(other)
            assert await dumped(one) == await dumped(other)

    asyncio.run(compare())


@given(st.lists(DEEDS, min_size=2, max_size=40))
@BATCHES
def test_at_once_both_stores_give_what_comes_of_one_after_the_other(
    postgres_url: str, deeds: list[Deed]
) -> None:
    async def compare() -> None:
        async with opened("postgres") as one, opened("sqlite") as other:
            assert await at_once(one, *deeds) == await at_once(other, *deeds)
            assert await told(one) == await told(other)
            assert await dumped(one) == await dumped(other)
            assert await replays(one) == []

    asyncio.run(compare())


async def at_once(kernel: Kernel, *deeds: Deed) -> list[object]:
    return await notes.at_once(kernel.store, [partial(do, kernel, deed) for deed in deeds])


@pytest.mark.parametrize("is_first", [True, False])
async def test_nothing_is_put_on_a_shelf_that_goes(postgres_url: str, is_first: bool) -> None:
    put, clear = ("put", "b1", "s1", "t", "[]", 1), ("clear", "s1")
    async with opened("postgres") as kernel:
        await do(kernel, ("shelve", "s1", "a"))
        answers = await at_once(kernel, *((put, clear) if is_first else (clear, put)))
        assert (("LookupError", "no such shelf") in answers) is not is_first
        assert await do(kernel, ("lose", "b1")) is None
        assert await replays(kernel) == []


async def test_every_one_of_a_crowd_is_counted(postgres_url: str) -> None:
    async with opened("postgres") as kernel:
        await do(kernel, ("shelve", "s1", "a"))
        seen = await at_once(kernel, *[("see", "s1")] * 60)
        assert seen == list(range(1, 61))
        assert await replays(kernel) == []


async def test_of_a_crowd_that_makes_the_same_one_does(postgres_url: str) -> None:
    async with opened("postgres") as kernel:
        same_id = await at_once(kernel, *(("shelve", "s1", f"n{n}") for n in range(20)))
        same_name = await at_once(kernel, *(("shelve", f"x{n}", "n") for n in range(20)))
        for answers in (same_id, same_name):
            assert [answer == ("Invalid", "write_failed") for answer in answers].count(False) == 1
        assert await replays(kernel) == []


async def test_a_tag_is_looked_for_among_what_the_same_group_writes(postgres_url: str) -> None:
    async with opened("postgres") as kernel:
        await do(kernel, ("shelve", "s1", "a"))
        puts = [("put", f"b{n}", "s1", f"t{n}", '["x"]', 1) for n in range(3)]
        *_, marked = await at_once(kernel, *puts, ("mark", "x"))
        assert marked == ["b0", "b1", "b2"]
        assert await replays(kernel) == []
