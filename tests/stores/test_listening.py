"""Listening: each commit is heard once, in order, before whoever wrote it is answered."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

import pytest

from holobase.domain.event import Event
from holobase.ports.store import Store
from tests.stores.conftest import OpenStore
from tests.stores.notes import as_one_group, create, with_notes

SOON_SECONDS = 20.0


class Ear:
    """Remembers the positions it was told of."""

    def __init__(self, store: Store) -> None:
        self.positions: list[int] = []
        self.end = store.subscribe(self._hear)

    def has(self, count: int) -> bool:
        """Whether it was told of so many."""
        return len(self.positions) >= count

    def _hear(self, events: list[Event]) -> None:
        self.positions += [event.position for event in events]


async def soon(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_commit_is_heard_before_its_command_is_answered(open_store: OpenStore) -> None:
    async with open_store() as store:
        ear = Ear(store)
        await with_notes(store)
        assert ear.positions == [1]
        for number in range(2, 30):
            await store.submit(partial(create, f"n{number}"))
            assert ear.positions[-1] == number
        await as_one_group(store, [partial(create, f"m{n}") for n in range(50)])
        assert ear.positions == list(range(1, 80))


async def test_what_was_refused_is_not_heard(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        ear = Ear(store)
        await as_one_group(store, [lambda: create("a"), lambda: create("b", title="a")])
        assert ear.positions == [2]


async def test_who_has_stopped_listening_hears_nothing_more(open_store: OpenStore) -> None:
    async with open_store() as store:
        first, second = Ear(store), Ear(store)
        await with_notes(store)
        first.end()
        await store.submit(lambda: create("a"))
        assert (first.positions, second.positions) == ([1], [1, 2])


async def test_a_listener_that_fails_takes_nobody_with_it(open_store: OpenStore) -> None:
    def fail(_: list[Event]) -> None:
        raise LookupError("listener")

    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with open_store() as store:
        store.subscribe(fail)
        ear = Ear(store)
        await with_notes(store)
        await store.submit(lambda: create("a"))
        assert ear.positions == [1, 2]
    assert [type(each["exception"]) for each in told] == [LookupError, LookupError]


async def test_the_commits_of_others_are_heard_soon(open_store: OpenStore) -> None:
    async with open_store() as one, open_store() as other:
        ear = Ear(other)
        await with_notes(one)
        await one.submit(lambda: create("a"))
        await soon(lambda: ear.positions == [1, 2])


async def test_commits_of_several_are_heard_once_and_in_order(open_store: OpenStore) -> None:
    async with open_store() as one, open_store() as other:
        ears = [Ear(one), Ear(other)]
        await with_notes(one)
        await asyncio.gather(
            *(
                store.submit(partial(create, f"{which}{number}"))
                for number in range(300)
                for which, store in (("one", one), ("other", other))
            )
        )
        for ear in ears:
            await soon(partial(ear.has, 601))
            assert ear.positions == list(range(1, 602))


async def test_many_events_of_others_come_in_pieces(
    kind: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"holobase.adapters.{kind}.news.EVENTS_PER_READ", 7)
    async with open_store() as one:
        async with open_store() as other:
            await with_notes(other)
            ear = Ear(one)
            start = await one.log.position()
            await asyncio.gather(*(other.submit(partial(create, f"n{n}")) for n in range(50)))
            await one.submit(lambda: create("mine"))
        assert ear.positions[-1] == 52
        assert ear.positions == sorted(set(ear.positions))
        assert len(ear.positions) >= 52 - start
