"""Work in the background: woken, tried again, and gone at once when the process stops."""

import asyncio
import time
from collections.abc import Callable

from holobase.engine.background import Background

LONG = 60.0
"""Longer than any test waits."""


class Work(Background):
    """Takes the steps that a test tells, one after the other; none is left to do after them."""

    def __init__(
        self,
        *steps: Callable[[], object],
        finishes: bool = False,
        retry_seconds: float = LONG,
        poll_seconds: float = LONG,
    ) -> None:
        self.told: list[Exception] = []
        self.taken = 0
        self._steps = [*steps]
        super().__init__(
            self.told.append,
            finishes=finishes,
            retry_seconds=retry_seconds,
            poll_seconds=poll_seconds,
        )

    async def step(self) -> bool:
        await asyncio.sleep(0)
        self.taken += 1
        outcome = self._steps.pop(0)() if self._steps else False
        return bool(await outcome if asyncio.iscoroutine(outcome) else outcome)


def fail() -> object:
    raise LookupError("it does not work")


async def taken(work: Work, count: int) -> None:
    async with asyncio.timeout(30):
        while work.taken < count:  # noqa: ASYNC110 - what is counted knows nothing of who waits
            await asyncio.sleep(0.001)


async def test_a_step_that_leaves_something_to_do_is_followed_by_another_at_once() -> None:
    async with Work(lambda: True, lambda: True, lambda: False) as work:
        await taken(work, 3)
        await asyncio.sleep(0.01)
        assert work.taken == 3


async def test_what_has_nothing_to_do_waits_until_it_is_woken_or_for_so_long() -> None:
    async with Work() as work:
        await taken(work, 1)
        work.wake.set()
        await taken(work, 2)
        await asyncio.sleep(0.01)
        assert work.taken == 2
    async with Work(poll_seconds=0.001) as work:
        await taken(work, 3)


async def test_being_woken_in_a_step_leads_to_another() -> None:
    async with Work(lambda: work.wake.set()) as work:  # noqa: PLW0108 - there is none yet
        await taken(work, 2)


async def test_what_fails_is_told_and_tried_again_after_a_pause_that_nothing_shortens() -> None:
    async with Work(fail, fail, retry_seconds=0.001) as work:
        await taken(work, 3)
    assert [type(each) for each in work.told] == [LookupError, LookupError]
    async with Work(fail) as work:
        await taken(work, 1)
        work.wake.set()
        await asyncio.sleep(0.01)
        assert work.taken == 1


async def test_leaving_waits_for_no_pause_and_breaks_off_what_may_be() -> None:
    began = time.monotonic()
    async with Work(fail) as work:
        await taken(work, 1)
    async with Work() as work:
        await taken(work, 1)
    async with Work(lambda: asyncio.sleep(LONG)) as work:
        await taken(work, 1)
    async with Work(fail, finishes=True) as work:
        await taken(work, 1)
    async with Work(finishes=True) as work:
        await taken(work, 1)
    assert time.monotonic() - began < LONG / 2


async def test_what_finishes_is_waited_for_and_takes_no_further_step() -> None:
    async with Work(lambda: asyncio.sleep(0.05, True), finishes=True) as work:
        await taken(work, 1)
        began = time.monotonic()
    assert time.monotonic() - began > 0.02
    assert work.taken == 1
