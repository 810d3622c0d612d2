"""What a store keeps beside the log: checkpoints, personal keys, and a dump of it all."""

import asyncio

import pytest

from holobase.domain.errors import VersionConflict
from holobase.ports.command import Command, FindKey, KeepKey, Remember
from holobase.ports.store import Store
from tests.stores.conftest import OpenStore
from tests.stores.notes import create, remove, retitle, titles, with_notes


async def test_a_checkpoint_is_stored_with_its_effects_or_not_at_all(
    open_store: OpenStore,
) -> None:
    def advance(position: int, *, fails: bool = False) -> Command[None]:
        yield from create(f"effect{position}")
        yield Remember("reader", position)
        if fails:
            raise LookupError

    async with open_store() as store:
        await with_notes(store)
        assert await store.log.checkpoint("reader") == 0
        await store.submit(lambda: advance(3))
        assert await store.log.checkpoint("reader") == 3
        with pytest.raises(LookupError):
            await store.submit(lambda: advance(4, fails=True))
        assert await store.log.checkpoint("reader") == 3
        assert await store.log.checkpoint("somebody else") == 0
        assert await titles(store) == ["effect3"]
    async with open_store() as again:
        assert await again.log.checkpoint("reader") == 3


async def test_a_checkpoint_that_somebody_moved_refuses_with_its_effects(
    open_store: OpenStore,
) -> None:
    def advance(position: int, expected: int) -> Command[None]:
        yield from create(f"effect{position}")
        yield Remember("reader", position, expected)

    async with open_store() as one, open_store() as other:
        await with_notes(one)
        await one.submit(lambda: advance(2, 0))
        with pytest.raises(VersionConflict):
            await other.submit(lambda: advance(3, 0))
        await other.submit(lambda: advance(4, 2))
        assert await titles(one) == ["effect2", "effect4"]


async def test_a_personal_key_is_found_once_it_is_kept(open_store: OpenStore) -> None:
    def keep() -> Command[tuple[bytes | None, bytes | None]]:
        before = yield FindKey("anna")
        yield KeepKey("anna", b"\0wrapped")
        after = yield FindKey("anna")
        return before, after

    async with open_store() as store:
        assert await store.submit(keep) == (None, b"\0wrapped")
        async with store.snapshot() as snapshot:
            assert await snapshot.person_key("anna") == b"\0wrapped"
            assert await snapshot.person_key("bora") is None


async def write_a_little(store: Store, *, at_once: bool) -> None:
    await with_notes(store)
    commands = [lambda n=n: create(f"n{n}", size=n / 4, words=f'["é{n}"]') for n in range(20)]
    if at_once:
        await asyncio.gather(*(store.submit(command) for command in commands))
    else:
        for command in reversed(commands):
            await store.submit(command)
    await store.submit(lambda: retitle("n3", "n3", "x", size=2.0, words='["é3"]'))
    await store.submit(lambda: create("gone"))
    await store.submit(lambda: remove("gone"))


async def test_dumps_are_equal_however_the_same_came_about(open_store: OpenStore) -> None:
    dumps = []
    for at_once in (True, False):
        async with open_store(name=f"data{at_once}") as store:
            await write_a_little(store, at_once=at_once)
            async with store.snapshot() as snapshot:
                dumps.append([line async for line in snapshot.dump() if line[0] == "notes"])
    assert len(dumps[0]) == 20
    assert dumps[0] == dumps[1]


async def test_a_dump_is_in_order_and_leaves_out_what_is_no_function_of_the_log(
    open_store: OpenStore,
) -> None:
    def keep() -> Command[None]:
        yield KeepKey("anna", b"k")
        yield Remember("reader", 3)

    async with open_store() as store:
        await write_a_little(store, at_once=True)
        async with store.snapshot() as snapshot:
            before = [line async for line in snapshot.dump()]
        await store.submit(keep)
        async with store.snapshot() as snapshot:
            assert [line async for line in snapshot.dump()] == before
        keys = [line[:2] for line in before]
        assert keys == sorted(set(keys))


async def test_a_snapshot_stays_at_its_position(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        async with store.snapshot() as snapshot:
            before = [line async for line in snapshot.dump()]
            await store.submit(lambda: create("a"))
            assert await snapshot.log.position() == 1
            assert [line async for line in snapshot.dump()] == before


async def test_what_was_answered_is_there_after_opening_again(open_store: OpenStore) -> None:
    async with open_store() as store:
        await write_a_little(store, at_once=True)
        async with store.snapshot() as snapshot:
            before = [line async for line in snapshot.dump()]
        definitions, events = store.definitions(), await store.log.events()
    async with open_store() as again:
        assert (again.definitions(), await again.log.events()) == (definitions, events)
        async with again.snapshot() as snapshot:
            assert [line async for line in snapshot.dump()] == before
