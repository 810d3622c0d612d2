"""Ways by which something that is not shown could be told, each closed."""

import pytest

from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.test_plain_collections import OPEN, opened, related
from tests.wire.world import RECORDS, World

SHOWN = "word != 'dark'"


def ids(world: World, collection: str, **query: str) -> list[str]:
    """What a guest gets, in order."""
    answer = world.ask("guest", "GET", RECORDS.format(collection), query=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def pair(world: World, *, unique: bool = False) -> tuple[str, str]:
    """Two collections: records of the second refer to the first, and are shown where their word is
    not `dark`."""
    parent = make(world, fields=[{"name": "word", "type": "text"}], **OPEN)
    name = world.fresh("child")
    fields = [{"name": "word", "type": "text"}, {"name": "n", "type": "number"}]
    body = {
        "name": name,
        "fields": [*fields, related(parent["id"])],
        "indexes": [f"CREATE UNIQUE INDEX `one_{name}` ON `{name}` (`to`)"] if unique else [],
        **OPEN,
        "listRule": SHOWN,
    }
    assert world.ask("root", "POST", COLLECTIONS, body=body).status_code == 200
    return parent["name"], name


@pytest.mark.parametrize("unique", [False, True])
def test_whether_anything_that_is_not_shown_points_here(world: World, unique: bool) -> None:
    parent, child = pair(world, unique=unique)
    alone, dark = (world.make(parent, {}) for _ in range(2))
    world.make(child, {"to": dark, "word": "dark", "n": 5})
    for text in ("n != 1", "n = null", "word != 'x'"):
        assert ids(world, parent, filter=f"{child}_via_to.{text}") == [alone, dark], text


def test_what_breaks_a_comparison_of_all_without_being_shown(world: World) -> None:
    parent, child = pair(world)
    first, second = (world.make(parent, {}) for _ in range(2))
    for record in (first, second):
        world.make(child, {"to": record, "n": 5})
    world.make(child, {"to": second, "word": "dark", "n": 7})
    assert ids(world, parent, filter=f"{child}_via_to.n = 5") == [first, second]


def test_what_breaks_it_among_chosen_ones(world: World) -> None:
    target = make(world, fields=[{"name": "word", "type": "text"}], **OPEN | {"listRule": SHOWN})
    name = opened(world, related(target["id"], maxSelect=5))
    light, dark = (world.make(target["name"], {"word": word}) for word in ("light", "dark"))
    both = world.make(name, {"to": [light, dark]})
    assert ids(world, name, filter="to.word = 'light'") == [both]


def test_the_order_of_what_is_sorted_by_records_that_are_not_shown(world: World) -> None:
    parent, child = pair(world)
    first, second = (world.make(parent, {}) for _ in range(2))
    world.make(child, {"to": first, "word": "dark", "n": 9})
    world.make(child, {"to": second, "word": "dark", "n": 1})
    for sort in (f"{child}_via_to.n", f"{child}_via_to.word"):
        assert ids(world, parent, sort=sort) == [first, second]


@pytest.mark.parametrize(("who", "is_expanded"), [("guest", False), ("root", True)])
def test_what_a_hidden_relation_leads_to(world: World, who: str, is_expanded: bool) -> None:
    target = make(world, fields=[{"name": "word", "type": "text"}], **OPEN)
    name = opened(world, related(target["id"], hidden=True))
    world.make(name, {"to": world.make(target["name"], {"word": "hidden"})})
    for collection, expand in ((name, "to"), (target["name"], f"{name}_via_to")):
        shown = world.ask(who, "GET", RECORDS.format(collection), query={"expand": expand}).json()
        assert ("expand" in shown["items"][0]) is is_expanded


def test_a_long_text_as_a_pattern_fits_nothing_and_fails_nowhere(world: World) -> None:
    """SQLite refuses patterns of more than 50,000 bytes."""
    name = opened(world, {"name": "long", "type": "editor"}, {"name": "word"})
    whole = world.make(name, {"long": "a" * 49_998, "word": "a"})
    world.make(name, {"long": "a" * 49_999, "word": "a"})
    assert ids(world, name, filter="word !~ long") == [whole]
    assert ids(world, name, filter="long ~ long") == [whole]
    rules = {"listRule": "", "createRule": "word ~ @request.body.long"}
    world.ask("root", "PATCH", f"{COLLECTIONS}/{name}", body=rules)
    body = {"long": "a" * 60_000, "word": "a" * 100}
    refused = world.ask("guest", "POST", RECORDS.format(name), body=body)
    assert (refused.status_code, refused.json()["data"]) == (400, {})
