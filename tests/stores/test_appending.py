"""Appending: versions, positions, the chain, and what a refused append leaves behind."""

import asyncio
from functools import partial

import pytest

from holobase.domain.errors import UniqueViolation, VersionConflict
from holobase.domain.event import GENESIS, chain_hash
from holobase.ports.command import Command
from tests.stores.conftest import OpenStore
from tests.stores.notes import (
    NOTES,
    as_one_group,
    create,
    event,
    remove,
    retitle,
    titles,
    with_notes,
)


async def test_versions_count_in_the_stream_and_positions_in_the_log(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        assert await store.submit(lambda: create("a")) == 1
        assert await store.submit(lambda: create("b")) == 1
        assert await store.submit(lambda: retitle("a", "a", "c")) == 2
        events = await store.log.events()
        assert [e.position for e in events] == [1, 2, 3, 4]
        assert await store.log.position() == 4
        assert [e.version for e in await store.log.stream(f"{NOTES.id}/a")] == [1, 2]
        assert [e.position for e in await store.log.events(after=2, limit=1)] == [3]


async def test_an_event_is_read_back_as_it_was_appended(open_store: OpenStore) -> None:
    told = event(
        "x/y", "x.happened", b'{"\xc3\xa9":1.0}', sealed=b"\0s", causation_id=b"c" * 16, schema=7
    )

    def append() -> Command[int]:
        from holobase.ports.command import append

        return (yield from append(told))

    async with open_store() as store:
        await store.submit(append)
        [read] = await store.log.stream("x/y")
        for column in told.__struct_fields__:
            assert getattr(read, column) == getattr(told, column), column


async def test_the_chain_can_be_computed_again_from_what_is_read(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        await store.submit(lambda: retitle("a", "a", "b"))
        await store.submit(lambda: create("c"))
        heads: dict[str, bytes] = {}
        for each in await store.log.events():
            before = heads.get(each.stream, GENESIS)
            assert each.hash == chain_hash(before, each.version, each)
            heads[each.stream] = each.hash
        assert len(heads) == 3


@pytest.mark.parametrize("expected", [0, 2])
async def test_a_stream_at_another_version_refuses_and_nothing_is_written(
    open_store: OpenStore, expected: int
) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        with pytest.raises(VersionConflict):
            await store.submit(lambda: retitle("a", "a", "b", expected))
        assert await store.log.position() == 2
        assert await titles(store) == ["a"]
        assert await store.submit(lambda: retitle("a", "a", "b", 1)) == 2


async def test_of_two_who_expect_the_same_version_one_wins(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        first, second = await as_one_group(
            store, [lambda: retitle("a", "a", "b", 1), lambda: retitle("a", "a", "c", 1)]
        )
        assert first == 2
        assert isinstance(second, VersionConflict)
        assert await titles(store) == ["b"]


async def test_a_unique_index_refuses_with_the_names_of_its_fields(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        with pytest.raises(UniqueViolation) as refused:
            await store.submit(lambda: create("b", title="a"))
        assert (refused.value.collection, refused.value.fields) == ("notes", ("title",))
        with pytest.raises(UniqueViolation) as refused:
            await store.submit(lambda: create("a", title="b"))
        assert refused.value.fields == ("id",)
        assert await store.log.position() == 2


async def test_a_stream_goes_on_where_its_record_was_deleted(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        await store.submit(lambda: remove("a"))
        assert await titles(store) == []
        assert await store.submit(lambda: create("a")) == 3


async def test_no_position_ever_appears_behind_a_reader(open_store: OpenStore) -> None:
    async with open_store() as one, open_store() as other:
        await with_notes(one)
        is_done = asyncio.Event()

        async def watch() -> int:
            seen, looks = 0, 0
            while not is_done.is_set():
                events = await other.log.events(seen, limit=10)
                assert [e.position for e in events] == list(range(seen + 1, seen + 1 + len(events)))
                seen += len(events)
                looks += 1
                await asyncio.sleep(0)
            return looks

        watching = asyncio.create_task(watch())
        writes = [
            store.submit(partial(create, f"{which}{number}"))
            for number in range(150)
            for which, store in (("one", one), ("other", other))
        ]
        await asyncio.gather(*writes)
        is_done.set()
        assert await watching > 10
        assert await one.log.position() == 301
