"""Groups: many commands in one commit, each alone in its failure."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from holobase.adapters.sqlite import SqliteStore
from holobase.domain.errors import Unavailable, UniqueViolation
from holobase.ports.command import (
    Applied,
    Command,
    Find,
    KeepKey,
    Load,
    Missing,
    RowChange,
    find_key,
)
from holobase.ports.store import Store
from tests.stores.conftest import OpenStore
from tests.stores.notes import NOTES, as_one_group, create, retitle, titles, with_notes


def break_off(record_id: str) -> Command[None]:
    """Writes, and then fails."""
    yield from create(record_id)
    yield KeepKey(record_id, b"k")
    raise LookupError(record_id)


def titled(applied: Applied) -> str:
    assert isinstance(applied.change, RowChange)
    assert applied.change.after is not None
    return str(applied.change.after["title"])


def settle_with_care(applied: list[Applied]) -> Command[None]:
    """Keeps a note of every group; cannot settle one that is titled `poison`."""
    written = [a for a in applied if isinstance(a.change, RowChange)]
    if written:
        yield from create("+".join(titled(a) for a in written) + "!")
    if any(titled(a) == "poison" for a in written):
        raise ValueError("poison")


async def test_a_command_that_fails_leaves_nothing_and_takes_nobody_with_it(
    open_store: OpenStore,
) -> None:
    async with open_store() as store:
        await with_notes(store)
        results = await as_one_group(
            store,
            [
                lambda: create("a"),
                lambda: break_off("b"),
                lambda: create("c", title="a"),
                lambda: create("b"),
            ],
        )
        assert [type(each) for each in results] == [int, LookupError, UniqueViolation, int]
        assert await titles(store) == ["a", "b"]
        assert await store.log.position() == 3
        assert await store.submit(lambda: find_key("b")) is None


async def test_a_command_may_go_on_after_a_refusal(open_store: OpenStore) -> None:
    def insist() -> Command[str]:
        try:
            yield from create("b", title="a")
        except UniqueViolation:
            yield from create("b", title="b")
        return "done"

    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        assert await store.submit(insist) == "done"
        assert await titles(store) == ["a", "b"]
        assert [(e.record_id, e.version) for e in await store.log.events(1)] == [("a", 1), ("b", 1)]


async def test_commands_see_what_earlier_ones_of_their_group_did(open_store: OpenStore) -> None:
    def look() -> Command[tuple[object, ...]]:
        record = yield Load(NOTES, "a")
        found = yield Find(NOTES, NOTES.field_by_name["title"], "b")
        listed = yield Find(NOTES, NOTES.field_by_name["words"], 'q"é\\')
        missing = yield Missing(NOTES, ("x", "a", "y"))
        return record.version, [r.id for r in found], [r.id for r in listed], missing

    async with open_store() as store:
        await with_notes(store)
        results = await as_one_group(
            store,
            [
                lambda: create("a"),
                lambda: retitle("a", "a", "b", words='["q\\"é\\\\"]'),
                look,
            ],
        )
        assert results[-1] == (2, ["a"], ["a"], ["x", "y"])


async def test_settling_joins_the_commit_of_its_group(open_store: OpenStore) -> None:
    async with open_store(settle_with_care) as store:
        await with_notes(store)
        await as_one_group(store, [lambda: create("a"), lambda: create("b")])
        assert await titles(store) == ["a", "a+b!", "b"]


async def test_a_group_that_cannot_be_settled_is_pinned_on_one_command(
    open_store: OpenStore,
) -> None:
    async with open_store(settle_with_care) as store:
        await with_notes(store)
        results = await as_one_group(
            store,
            [
                lambda: create("a"),
                lambda: create("p", title="poison"),
                lambda: create("q", title="poison"),
                lambda: break_off("c"),
                lambda: create("b"),
            ],
        )
        assert [type(r) for r in results] == [int, ValueError, ValueError, LookupError, int]
        assert await titles(store) == ["a", "a!", "b", "b!"]


async def test_whoever_waits_when_a_store_is_closed_is_answered(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        waiting = [
            asyncio.create_task(store.submit(partial(create, f"n{n}"))) for n in range(1_200)
        ]
        await asyncio.sleep(0)
        await store.close()
        assert await asyncio.gather(*waiting) == [1] * 1_200
        with pytest.raises(Unavailable):
            await store.submit(lambda: create("late"))


async def keep_writing(store: Store, outcomes: dict[str, int | None]) -> None:
    for number in range(50):
        name = f"n{number}"
        try:
            outcomes[name] = await store.submit(partial(create, name))
        except Unavailable:
            outcomes[name] = None


async def test_writes_that_race_the_end_are_kept_or_refused(open_store: OpenStore) -> None:
    for turn in range(20):
        async with open_store(name=f"race{turn}") as store:
            await with_notes(store)
            outcomes: dict[str, int | None] = {}
            writing = asyncio.create_task(keep_writing(store, outcomes))
            await asyncio.sleep(0.0005 * turn)
            await asyncio.wait_for(asyncio.gather(store.close(), writing), 30)
            answered = sorted(name for name, version in outcomes.items() if version)
            assert len(outcomes) == 50
        async with open_store(name=f"race{turn}") as again:
            assert await titles(again) == answered


async def test_who_stopped_waiting_disturbs_nobody(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        given_up = asyncio.create_task(store.submit(lambda: create("a")))
        await asyncio.sleep(0)
        given_up.cancel()
        assert await store.submit(lambda: create("b")) == 1


async def test_past_its_bound_the_queue_refuses_at_once(
    kind: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"holobase.adapters.{kind}.writer.QUEUE_COMMANDS_MAX", 3)
    async with open_store() as store:
        await with_notes(store)
        results = await as_one_group(store, [partial(create, f"n{n}") for n in range(5)])
        assert [type(each) for each in results] == [int, int, int, Unavailable, Unavailable]
        assert await store.submit(lambda: create("later")) == 1


async def test_commands_behind_many_events_go_into_a_commit_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.writer.GROUP_EVENTS_MAX", 2)
    groups: list[list[str]] = []

    def settle(applied: list[Applied]) -> Command[None]:
        if group := [titled(a) for a in applied if isinstance(a.change, RowChange)]:
            groups.append(group)
        yield from ()

    store = await SqliteStore.open(tmp_path, settle)
    await with_notes(store)
    results = await as_one_group(store, [partial(create, name) for name in "abcde"])
    assert results == [1] * 5
    assert groups == [["a", "b"], ["c", "d"], ["e"]]
    assert await titles(store) == list("abcde")
    await store.close()
