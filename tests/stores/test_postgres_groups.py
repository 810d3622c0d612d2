"""Groups on PostgreSQL: commands that run side by side end as if one had come after the other."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holobase.engine.kernel import Kernel
from tests import postgres
from tests.replay import verified
from tests.stores.conftest import KINDS
from tests.stores.kernels import SEALER
from tests.stores.shelves import DECLARATIONS, DEEDS, Deed, do, new_kernel

BATCHES = settings(
    max_examples=30,
    deadline=None,
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
def test_at_once_the_log_tells_what_became_of_the_tables(
    postgres_url: str, deeds: list[Deed]
) -> None:
    async def crowd() -> None:
        async with opened("postgres") as kernel:
            await asyncio.gather(*(do(kernel, deed) for deed in deeds))
            assert await replays(kernel) == []

    asyncio.run(crowd())
