"""Consumers: every event handled exactly once, whatever happens in between."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from holobase.domain.event import Event
from holobase.engine import consumer
from holobase.engine.consumer import Consumer
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports.command import Command, Remember
from tests.stores.conftest import KINDS, OpenStore, Places
from tests.stores.kernels import new_kernel, opened, seen, tally, write_pages

ROOT = Path(__file__).parent.parent.parent


def fail(error: Exception) -> None:
    raise AssertionError("a batch failed") from error


async def soon(holds: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 30
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_what_is_in_the_log_already_is_handled_in_order(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "BATCH_EVENTS_MAX", 3)
    handled: list[int] = []

    def note(unit: Unit, event: Event) -> Command[None]:
        handled.append(event.position)
        yield from ()

    async with opened(open_store) as kernel:
        await write_pages(kernel, *"abcdefgh")
        reader = Consumer(kernel, "reader", note, fail)
        while await reader.step():
            pass
        assert handled == list(range(1, await kernel.store.log.position() + 1))
        assert await reader.lag() == 0


async def test_commits_wake_a_consumer_at_once(open_store: OpenStore) -> None:
    async with opened(open_store) as kernel, Consumer(kernel, "reader", tally, fail) as reader:
        for number in range(1, 4):
            await write_pages(kernel, "page")
            began = time.monotonic()
            await soon(partial(has_seen, kernel, number))
            assert time.monotonic() - began < consumer.POLL_SECONDS / 2
        await soon(lambda: idle(reader))


async def has_seen(kernel: Kernel, wanted: int) -> bool:
    return await seen(kernel) == wanted


async def idle(reader: Consumer) -> bool:
    return await reader.lag() == 0


async def test_effects_and_checkpoint_fail_together_and_are_tried_again(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RETRY_SECONDS", 0.02)
    failures: list[Exception] = []

    def stumble(unit: Unit, event: Event) -> Command[None]:
        yield from tally(unit, event)
        if event.type == "pages.created" and event.data.count(b'"b"') and len(failures) < 2:
            raise LookupError("b")

    async with opened(open_store) as kernel:
        await write_pages(kernel, "a", "b", "c")
        async with Consumer(kernel, "reader", stumble, failures.append):
            await soon(partial(has_seen, kernel, 3))
        assert [type(each) for each in failures] == [LookupError, LookupError]


async def test_twins_do_everything_once(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "BATCH_EVENTS_MAX", 5)
    async with opened(open_store) as one, opened(open_store) as other:
        async with Consumer(one, "twin", tally, fail), Consumer(other, "twin", tally, fail):
            names = [f"p{n}" for n in range(60)]
            await asyncio.gather(write_pages(one, *names), write_pages(other, *names))
            await soon(partial(has_seen, one, 120))
        assert await seen(other) == 120


async def test_leaving_finishes_the_batch_and_later_goes_on_behind_it(
    open_store: OpenStore,
) -> None:
    async with opened(open_store) as kernel:
        await write_pages(kernel, "a")
        async with Consumer(kernel, "reader", tally, fail):
            await write_pages(kernel, "b")
        checkpoint = await kernel.store.log.checkpoint("reader")
        done = await seen(kernel)
        await write_pages(kernel, "c")
        await asyncio.sleep(0.05)
        assert await kernel.store.log.checkpoint("reader") == checkpoint
        assert await seen(kernel) == done
    async with opened(open_store) as again, Consumer(again, "reader", tally, fail):
        await soon(partial(has_seen, again, 3))


def handle_and_die(unit: Unit, event: Event) -> Command[None]:
    """Handles the event, and is killed before its commit when it is the one of `b`."""
    yield from tally(unit, event)
    if event.type == "pages.created" and b'"b"' in event.data:
        yield Remember("reader", event.position)
        os.kill(os.getpid(), signal.SIGKILL)


async def run_and_die(kind: str, place: str) -> None:
    kernel = new_kernel()
    await kernel.open(lambda settle: KINDS[kind](place, settle), ())
    async with Consumer(kernel, "reader", handle_and_die, fail):
        await asyncio.sleep(30)


async def test_killed_between_effect_and_checkpoint_nothing_is_doubled_or_lost(
    kind: str, places: Places, open_store: OpenStore
) -> None:
    async with opened(open_store) as kernel:
        await write_pages(kernel, "a", "b", "c")
    program = (
        "import asyncio, sys; from tests.stores import test_consumers as t;"
        " from holobase.engine import consumer; consumer.BATCH_EVENTS_MAX = 1;"
        " asyncio.run(t.run_and_die(*sys.argv[1:]))"
    )
    died = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, kind, str(places("data")), cwd=ROOT
    )
    assert await asyncio.wait_for(died.wait(), 30) == -signal.SIGKILL
    async with opened(open_store) as kernel:
        assert await seen(kernel) == 1
        async with Consumer(kernel, "reader", tally, fail):
            await soon(partial(has_seen, kernel, 3))
