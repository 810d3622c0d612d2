"""Definitions: the tables follow them, and what a renamed field holds stays."""

from functools import partial
from typing import Any

import msgspec
import pytest

from holobase.domain.collection import Collection
from holobase.domain.errors import IndexRefused, UniqueViolation
from holobase.domain.fields import NumberField, SelectField, TextField
from holobase.ports.command import Command, Load, revisions
from tests.stores.conftest import OpenStore
from tests.stores.notes import NOTES, as_one_group, create, define, values, with_notes, write


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
        with pytest.raises(IndexRefused) as refused:
            await store.submit(lambda: define(WITHOUT_INDEXES, same_titles))
        assert refused.value.position == 0
        async with store.snapshot() as snapshot:
            assert [line async for line in snapshot.dump()] == before


INDEXES = [
    *("title", "title, size", "title COLLATE NOCASE", "size DESC", "lower(title)", "words"),
    *("length(title)", "coalesce(title, '')", "title || 'x'", "size + 1", "size / size"),
    *("CAST(title AS REAL)", "CAST(size AS TEXT)", "abs(size)", "-size", "size * size"),
    *("substr(title, size, size)", "json_extract(words, '$.a')", "title COLLATE RTRIM"),
    *("title > size", "hex(title)", "date(title)", "title LIKE 'a%'", "size % 2", "typeof(size)"),
    *("round(size)", "(SELECT 1)", "CASE WHEN size THEN 1 ELSE title END"),
]
CONDITIONS = [
    *("size != ''", "size > 'a'", "size = '5'", "title != ''", "title > 5", "size", "title"),
    *("size IS NOT NULL", "title IN ('a', 5)", "size BETWEEN 1 AND 'b'", "1 / size > 0"),
    *("CAST(title AS INTEGER) > 1", "title LIKE '%a'", "size = TRUE", "lower(title) = 'a'"),
    *("title GLOB 'a*'", "NOT size", "title = size", "size + 1e308 > 0", "size * 1e308 > 1"),
]
STATEMENTS = [
    *(f"CREATE INDEX `i` ON `notes` ({index})" for index in INDEXES),
    *(f"CREATE INDEX `i` ON `notes` (`title`) WHERE {condition}" for condition in CONDITIONS),
]
NOTED: list[dict[str, Any]] = [
    {"title": "", "size": 0},
    {"title": "not a number", "size": -1e308, "words": '{"a":[1]}'},
    {"title": "1e400", "size": 1e308, "words": '"text"'},
]


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_an_index_is_refused_when_it_is_made_or_takes_every_record(
    open_store: OpenStore, statement: str
) -> None:
    indexed = changed(indexes=(statement,))
    async with open_store() as store:
        await store.submit(lambda: define(None, WITHOUT_INDEXES))
        try:
            await store.submit(lambda: define(WITHOUT_INDEXES, indexed))
        except IndexRefused as refused:
            assert refused.position == 0
            indexed = WITHOUT_INDEXES
        assert store.definitions()[-1][1] == indexed
        for number, note in enumerate(NOTED):
            after = values(f"note{number}", **note)
            await store.submit(
                partial(write, "created", after["id"], None, after, collection=indexed)
            )


def with_tags(many: int, **renamed: str) -> Collection:
    tags = SelectField(id="tags", name="tags", values=("a", "b"), max_select=many)
    fields = (*NOTES.fields, tags)
    swapped = tuple(msgspec.structs.replace(f, name=renamed.get(f.name, f.name)) for f in fields)
    return changed(fields=swapped, indexes=())


async def test_a_choice_becomes_a_list_and_the_last_of_a_list_a_choice(
    open_store: OpenStore,
) -> None:
    one, many = with_tags(1), with_tags(2)

    def make(record_id: str, collection: Collection, tags: object) -> Command[int]:
        after = {**values(record_id), "tags": tags}
        return (yield from write("created", record_id, None, after, collection=collection))

    async with open_store() as store:
        await store.submit(lambda: define(None, one))
        await store.submit(lambda: make("a", one, "b"))
        await store.submit(lambda: define(one, many))
        assert (await store.submit(lambda: look(many)))["tags"] == ["b"]
        await store.submit(lambda: define(many, one))
        assert (await store.submit(lambda: look(one)))["tags"] == "b"


async def test_two_fields_may_swap_their_names(open_store: OpenStore) -> None:
    before, after = with_tags(1), with_tags(1, title="tags", tags="title")

    def make() -> Command[int]:
        told = {**values("a", title="t"), "tags": "b"}
        return (yield from write("created", "a", None, told, collection=before))

    async with open_store() as store:
        await store.submit(lambda: define(None, before))
        await store.submit(make)
        await store.submit(lambda: define(before, after))
        found = await store.submit(lambda: look(after))
        assert (found["tags"], found["title"]) == ("t", "b")


async def test_a_field_may_take_the_name_of_a_dropped_one(open_store: OpenStore) -> None:
    other = changed(
        fields=(
            *(f for f in NOTES.fields if f.name != "title"),
            NumberField(id="another", name="TITLE"),
        ),
        indexes=(),
    )
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a", title="gone"))
        await store.submit(lambda: define(NOTES, other))
        assert (await store.submit(lambda: look(other)))["TITLE"] == 0


async def test_a_command_sees_which_definitions_are_in_force(open_store: OpenStore) -> None:
    async with open_store() as store:
        assert await store.submit(revisions) == frozenset()
        await with_notes(store)
        assert await store.submit(revisions) == {(NOTES.id, 1)}
        seen: list[Any] = await as_one_group(
            store, [revisions, lambda: define(NOTES, LONGER), revisions]
        )
        assert [{revision for _, revision in seen[0]}, {r for _, r in seen[2]}] == [{1}, {2}]
