"""Derived fields: whatever happens in whatever order, a counter is what a recount gives."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from holobase.adapters.sqlite import SqliteStore
from holobase.domain.declaration import declare, integer, json, relation, text
from holobase.domain.derived import Computed, Count, Sum
from holobase.domain.errors import BadRequest, Invalid
from holobase.domain.event import DERIVED, Event
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.replay import ReplayReport
from holobase.engine.sealing import KEY_BYTES, Sealer
from holobase.engine.unit import Unit
from holobase.ports.command import Command, missing
from tests.replay import verified

NOW = 1_790_000_000_000


def listed(values: Any) -> list[str]:
    found = msgspec.json.decode(values["tags"])
    return found if isinstance(found, list) else []


def shown(values: Any) -> bool:
    return bool(values["stars"] < 5)


PEOPLE = declare(
    "people",
    text("nick"),
    integer("cards", derived=Count(of="cards", by="owner")),
    integer("likes", derived=Sum(of="cards", by="owner", value="likes", where=shown)),
    integer("mentions", derived=Count(of="cards", by="title", key="nick")),
    owner="t",
    rules={},
    indexes=("UNIQUE nick",),
)
CARDS = declare(
    "cards",
    text("title"),
    relation("owner", "people", cascade_delete=True),
    relation("copied_from", "cards"),
    json("tags"),
    integer("stars"),
    integer("likes", derived=Count(of="likes", by="card")),
    integer("copies", derived=Count(of="cards", by="copied_from", where=shown)),
    integer("held", derived=Count(of="albums", by="cards")),
    integer("score", derived=Computed(lambda card: card["likes"] * 10 + card["held"])),
    owner="t",
    rules={},
)
LIKES = declare("likes", relation("card", "cards", cascade_delete=True), owner="t", rules={})
ALBUMS = declare("albums", relation("cards", "cards", max_select=9), owner="t", rules={})
TAGS = declare(
    "tags",
    text("name"),
    integer("used", derived=Count(of="cards", by="tags", items=listed, key="name", where=shown)),
    owner="t",
    rules={},
    indexes=("UNIQUE name",),
)
DECLARATIONS = [PEOPLE, CARDS, LIKES, ALBUMS, TAGS]
SEALER = Sealer(b"k" * KEY_BYTES)


class World:
    """A store of its own, and what its listeners heard of each commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.kernel = Kernel(DECLARATIONS, Reactions(), SEALER, lambda: NOW)
        self.commits: list[list[Event]] = []
        self.wait(self.kernel.open(lambda settle: SqliteStore.open(folder, settle), ()))
        self.kernel.store.subscribe(self.commits.append)

    def wait(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def do(self, *commands: Callable[[Unit], Command[Any]]) -> None:
        """Runs commands side by side, so that they share commits as it happens."""

        async def all_() -> list[Any]:
            runs = [self.kernel.run(Request(now=NOW, service="t"), each) for each in commands]
            return await asyncio.gather(*runs, return_exceptions=True)

        for outcome in self.wait(all_()):
            if isinstance(outcome, BaseException) and not isinstance(outcome, Invalid | BadRequest):
                raise outcome

    def value(self, collection: str, record_id: str, field: str) -> Any:
        run = self.kernel.run(
            Request(now=NOW, service="t"), lambda unit: unit.find(collection, record_id)
        )
        return self.wait(run).values[field]

    def assert_right(self) -> None:
        """Every counter equals a recount, and no commit told of a record's counters twice."""

        async def verify() -> ReplayReport:
            async with self.kernel.store.snapshot() as snapshot:
                return await verified(snapshot, SEALER, DECLARATIONS)

        assert self.wait(verify()).differences == []
        for events in self.commits:
            derived = Counter(event.stream for event in events if event.kind == DERIVED)
            assert not derived or max(derived.values()) == 1

    def close(self) -> None:
        self.wait(self.kernel.store.close())
        self.loop.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    yield made
    made.close()


def make(collection: str, record_id: str, **values: Any) -> Callable[[Unit], Command[Any]]:
    return lambda unit: unit.create(collection, {"id": record_id, **values})


def alter(collection: str, record_id: str, **values: Any) -> Callable[[Unit], Command[Any]]:
    return lambda unit: unit.update(collection, record_id, values)


def drop(collection: str, record_id: str) -> Callable[[Unit], Command[Any]]:
    return lambda unit: unit.delete(collection, record_id)


def test_a_target_younger_than_its_sources_starts_right(world: World) -> None:
    world.do(make("cards", "a", tags='["x","y","x"]'), make("cards", "b", tags='["x"]', stars=5))
    world.do(make("tags", "t", name="x"))
    assert world.value("tags", "t", "used") == 1
    world.do(alter("cards", "b", stars=1))
    assert world.value("tags", "t", "used") == 2
    world.assert_right()


def test_a_target_with_a_new_key_counts_its_new_sources(world: World) -> None:
    world.do(make("cards", "a", tags='["x"]'), make("cards", "b", tags='["y"]'))
    world.do(make("cards", "c", tags='["y","q\\"é"]'), make("tags", "t", name="x"))
    world.do(alter("tags", "t", name="y"))
    assert world.value("tags", "t", "used") == 2
    world.do(alter("tags", "t", name='q"é'))
    assert world.value("tags", "t", "used") == 1
    world.do(alter("tags", "t", name=""))
    assert world.value("tags", "t", "used") == 0
    world.assert_right()


def test_target_and_sources_of_one_command_are_counted_once(world: World) -> None:
    def all_at_once(unit: Unit) -> Command[None]:
        yield from unit.create("cards", {"id": "a", "title": "n", "tags": '["x"]'})
        yield from unit.create("tags", {"id": "t", "name": "x"})
        yield from unit.create("cards", {"id": "b", "title": "n", "tags": '["x"]'})
        yield from unit.create("people", {"id": "p", "nick": "n"})
        yield from unit.update("cards", "a", {"owner": "p", "tags": "[]"})

    world.do(all_at_once)
    assert world.value("tags", "t", "used") == 1
    assert world.value("people", "p", "mentions") == 2
    assert world.value("people", "p", "cards") == 1
    world.assert_right()


def test_a_chain_is_settled_in_one_commit_with_one_event_each(world: World) -> None:
    world.do(make("people", "p", nick="n"), make("cards", "a", owner="p"))
    del world.commits[:]
    world.do(*(make("likes", f"l{n}", card="a") for n in range(40)))
    assert world.value("people", "p", "likes") == 40
    assert world.value("cards", "a", "score") == 400
    by_commit = [Counter(e.type for e in events) for events in world.commits]
    for types in by_commit:
        assert (types["cards.derived"], types["people.derived"]) == (1, 1)
    world.assert_right()


def test_an_id_that_is_used_again_in_one_commit_counts_from_nothing(world: World) -> None:
    def made_again(unit: Unit) -> Command[None]:
        yield from unit.delete("people", "p")
        yield from unit.create("people", {"id": "p", "nick": "again"})

    world.do(make("people", "p", nick="n"), make("cards", "a", owner="p"))
    world.do(made_again)
    assert world.value("people", "p", "cards") == 0
    world.assert_right()


def test_a_derived_event_names_its_cause_and_leaves_updated_alone(world: World) -> None:
    world.do(make("cards", "a"))
    before = world.value("cards", "a", "updated")
    world.do(make("likes", "l", card="a"))
    created, derived = world.commits[-1]
    assert (created.type, derived.type) == ("likes.created", "cards.derived")
    assert derived.causation_id == created.id
    assert derived.data == b'{"likes":1,"score":10}'
    assert world.value("cards", "a", "updated") == before


NAMES = st.sampled_from(["x", "y", "é"])
IDS = st.sampled_from([f"id{n}" for n in range(4)])
TAG_LISTS = st.lists(NAMES, max_size=3).map(
    lambda names: "[" + ",".join(f'"{name}"' for name in names) + "]"
)
VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = defaultdict(
    dict,
    people={"nick": NAMES},
    cards={
        "title": NAMES,
        "owner": IDS,
        "copied_from": IDS,
        "tags": TAG_LISTS,
        "stars": st.integers(3, 6),
    },
    likes={"card": IDS},
    albums={"cards": st.lists(IDS, max_size=3, unique=True)},
    tags={"name": NAMES},
)
RELATIONS = {"owner": "people", "copied_from": "cards", "card": "cards", "cards": "cards"}


@st.composite
def commands(draw: st.DrawFn) -> Callable[[Unit], Command[Any]]:
    collection = draw(st.sampled_from(sorted(VALUES)))
    record_id = draw(IDS)
    verb = draw(st.sampled_from(["make", "make", "alter", "drop"]))
    if verb == "drop":
        return drop(collection, record_id)
    fields = VALUES[collection]
    values = draw(st.fixed_dictionaries({}, optional=fields))
    return lambda unit: with_what_exists(unit, verb, collection, record_id, values)


def with_what_exists(
    unit: Unit, verb: str, collection: str, record_id: str, values: dict[str, Any]
) -> Command[Any]:
    """Leaves out relations to what is not there, as validation of a request would."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        target = RELATIONS.get(name)
        ids = [value] if isinstance(value, str) else value
        if target is not None:
            gone = yield from missing(unit.catalogue.get(target).collection, tuple(ids))
            ids = [each for each in ids if each not in gone]
            kept[name] = ids if isinstance(value, list) else "".join(ids)
        else:
            kept[name] = value
    if verb == "make":
        return (yield from unit.create(collection, {"id": record_id, **kept}))
    return (yield from unit.update(collection, record_id, kept))


@pytest.fixture(scope="module")
def old_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("old") / "data")
    yield made
    made.close()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(commands(), min_size=1, max_size=12), max_size=5))
def test_counters_are_right_after_anything(
    old_world: World, groups: list[list[Callable[[Unit], Command[Any]]]]
) -> None:
    old_world.do(*(drop(c, f"id{n}") for c in sorted(VALUES) for n in range(4)))
    for group in groups:
        old_world.do(*group)
    old_world.assert_right()
