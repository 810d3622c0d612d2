"""Definitions: the tables follow them, and what a renamed field holds stays."""

import msgspec
import pytest

from holobase.domain.collection import Collection
from holobase.domain.errors import UniqueViolation
from holobase.domain.fields import NumberField, TextField
from holobase.ports.command import Command, Load
from tests.stores.conftest import OpenStore
from tests.stores.notes import NOTES, create, define, values, with_notes, write


def changed(**changes: object) -> Collection:
    return msgspec.structs.replace(NOTES, **changes)


def look(collection: Collection) -> Command[dict[str, object]]:
    record = yield Load(collection, "a")
    return dict(record.values)


WITHOUT_INDEXES = changed(indexes=())
LONGER = changed(
    fields=(
        *NOTES.fields,
        NumberField(id="number_stars", name="stars"),
        TextField(id="t", name="t"),
    )
)
RENAMED = changed(
    name="pages",
    fields=tuple(
        msgspec.structs.replace(f, name="heading") if f.name == "title" else f for f in NOTES.fields
    ),
    indexes=("CREATE UNIQUE INDEX `i` ON `pages` (`heading`)",),
)
SHORTER = changed(fields=tuple(f for f in NOTES.fields if f.name != "size"), indexes=())


async def test_a_definition_is_kept_with_its_revision(open_store: OpenStore) -> None:
    async with open_store() as store:
        assert store.definitions() == []
        await with_notes(store)
        assert store.definitions() == [(1, NOTES)]
        await store.submit(lambda: define(NOTES, LONGER))
        assert store.definitions() == [(2, LONGER)]


async def test_an_added_field_is_zero_in_the_records_there_are(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        await store.submit(lambda: define(NOTES, LONGER))
        assert await store.submit(lambda: look(LONGER)) == {**values("a"), "stars": 0, "t": ""}


async def test_a_renamed_field_and_collection_keep_what_they_hold(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a", title="kept"))
        await store.submit(lambda: define(NOTES, RENAMED))
        found = await store.submit(lambda: look(RENAMED))
        assert (found["heading"], "title" in found) == ("kept", False)


async def test_an_index_follows_its_renamed_field(open_store: OpenStore) -> None:
    def another() -> Command[int]:
        after = {("heading" if k == "title" else k): v for k, v in values("b", title="a").items()}
        return (yield from write("created", "b", None, after, collection=RENAMED))

    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        await store.submit(lambda: define(NOTES, RENAMED))
        with pytest.raises(UniqueViolation) as refused:
            await store.submit(another)
        assert (refused.value.collection, refused.value.fields) == ("pages", ("heading",))


async def test_a_dropped_field_is_gone(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a", size=4))
        await store.submit(lambda: define(NOTES, SHORTER))
        assert "size" not in await store.submit(lambda: look(SHORTER))
        await store.submit(lambda: define(SHORTER, NOTES))
        assert (await store.submit(lambda: look(NOTES)))["size"] == 0


async def test_a_dropped_collection_is_gone_and_may_come_again(open_store: OpenStore) -> None:
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        await store.submit(lambda: define(NOTES, None))
        assert store.definitions() == []
        assert await store.submit(lambda: define(None, NOTES)) == 3
        assert store.definitions() == [(3, NOTES)]
        with pytest.raises(AttributeError):
            await store.submit(lambda: look(NOTES))


async def test_a_definition_that_cannot_be_kept_changes_nothing(open_store: OpenStore) -> None:
    same_titles = changed(indexes=("CREATE UNIQUE INDEX `i` ON `notes` (`size`)",))
    async with open_store() as store:
        await store.submit(lambda: define(None, WITHOUT_INDEXES))
        await store.submit(lambda: create("a"))
        await store.submit(lambda: create("b"))
        async with store.snapshot() as snapshot:
            before = [line async for line in snapshot.dump()]
        with pytest.raises(UniqueViolation):
            await store.submit(lambda: define(WITHOUT_INDEXES, same_titles))
        async with store.snapshot() as snapshot:
            assert [line async for line in snapshot.dump()] == before
