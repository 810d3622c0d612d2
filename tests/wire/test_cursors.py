"""Reading a list by cursor: every record once, in the order of the whole list, whatever happens
between two pages."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.rows import Row, check, rows
from tests.wire.world import RECORDS, World

CARDS = RECORDS.format("unified_cards")
TAGS = RECORDS.format("tags")
SHELF = "cursor_shelf"
SHELVES = RECORDS.format(SHELF)
TEXTS = ("", "a", "A", "é", "😀", "10", "9", "b\\'\"%_", "a" * 300)
NUMBERS = (0, 1, -1, 0.1, 1e300, -1e-300, 2**53, 10)
JSONS: tuple[Any, ...] = (
    None,
    1,
    2.5,
    "1",
    "b",
    "",
    True,
    [],
    [3, "x"],
    {"a": 1},
    {"a": "z"},
    {"a": None},
    2**70,
)
TERMS = (
    *("n", "t", "b", "j", "j.a", "j.0", "id", "created", "many", "place.lon", "@rowid"),
    *("one", "one.n", "one.t", "one.j.a", "many.n", "many.t", f"{SHELF}_via_one.n"),
)
FILTERS = ("", "n >= 0", "t != 'a'", "one.n > 0 || b = true", "many.n ?= 1")
_runs = itertools.count(1)


def row(says: str, query: dict[str, Any], **more: Any) -> Row:
    """A guest reads tags by cursor."""
    return Row(says=says, path=TAGS, query={"cursor": "", **query}, **more)


@rows(
    row("a random order has none", {"sort": "@random"}, status=400),
    row("a random order has none, last", {"sort": "name,@random"}, status=400),
    row("not by page as well", {"page": 1}, status=400),
    row("an empty page says nothing", {"page": ""}),
    row("not one of ours", {"cursor": "abcd"}, status=400),
    row("no base64", {"cursor": "ä=?"}, status=400),
    row("longer than any", {"cursor": "A" * 9_000}, status=400),
    row("a sort that is none", {"sort": "nope"}, status=400),
    row("a page of another size", {"perPage": "x"}, status=400),
    row("no records at the end", {"filter": "id = ''"}, equals={"items": [], "nextCursor": ""}),
    row("as many as a page at most", {"perPage": 9_999}, equals={"perPage": 1_000}),
    row("thirty by default", {"perPage": 0}, equals={"perPage": 30}),
    row("nothing is counted", {}, lacks=["totalItems", "totalPages", '"page"']),
    row(
        "what is asked for is counted",
        {"skipTotal": "0", "filter": "id=''"},
        equals={"totalItems": 0},
    ),
)
def test_a_list_by_cursor(world: World, row: Row) -> None:
    check(world, row)


@pytest.fixture(scope="session")
def shelf(world: World) -> str:
    """A collection whose fields hold whatever can be sorted by; its id."""
    fields: list[dict[str, Any]] = [
        {"name": "run", "type": "text"},
        {"name": "n", "type": "number"},
        {"name": "t", "type": "text"},
        {"name": "b", "type": "bool"},
        {"name": "j", "type": "json"},
        {"name": "place", "type": "geoPoint"},
        {"name": "created", "type": "autodate", "onCreate": True},
    ]
    rules = dict.fromkeys(("listRule", "viewRule"), "")
    body = {"name": SHELF, "type": "base", "fields": fields, **rules}
    made = world.ask("root", "POST", "/api/collections", body=body).json()
    relation = {"type": "relation", "collectionId": made["id"]}
    more = [
        {**relation, "name": "one", "maxSelect": 1},
        {**relation, "name": "many", "maxSelect": 3},
    ]
    path = f"/api/collections/{SHELF}"
    answer = world.ask("root", "PATCH", path, body={"fields": [*made["fields"], *more]})
    assert answer.status_code == 200, answer.text
    return str(made["id"])


def _pages(world: World, path: str, query: dict[str, Any], who: str = "guest") -> Iterator[Any]:
    """The pages of a walk through a list, as long as somebody asks for the next."""
    cursor = ""
    for _ in range(100):
        answer = world.ask(who, "GET", path, query={**query, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["items"]
        cursor = page["nextCursor"]
        if not cursor:
            return
        assert len(page["items"]) == query["perPage"]
    raise AssertionError("a walk that does not end")


def _ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def _whole(world: World, query: dict[str, Any]) -> list[dict[str, Any]]:
    answer = world.ask("guest", "GET", SHELVES, query={**query, "perPage": 1_000})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


values = st.fixed_dictionaries(
    {
        "n": st.sampled_from(NUMBERS),
        "t": st.sampled_from(TEXTS),
        "b": st.booleans(),
        "j": st.sampled_from(JSONS),
        "place": st.builds(lambda lon: {"lon": lon, "lat": 0}, st.integers(-2, 2)),
    }
)
sorts = st.lists(
    st.builds("{}{}".format, st.sampled_from(("", "-", "+")), st.sampled_from(TERMS)), max_size=3
).map(",".join)
quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _fill(world: World, records: list[dict[str, Any]], links: list[int]) -> str:
    """Makes the records, each related to some before it; the filter that finds them alone."""
    run, made = f"run{next(_runs)}", [""]
    for number, record in enumerate(records):
        link = links[number % len(links)] if links else 0
        many = {made[(link + step) % len(made)] for step in range(link % 4)} - {""}
        related = {"one": made[link % len(made)], "many": sorted(many)}
        made.append(world.make(SHELF, {"run": run, **record, **related}))
    return f"run = '{run}'"


@quick
@given(
    st.lists(values, max_size=9),
    st.lists(st.integers(0, 9), max_size=5),
    sorts,
    st.sampled_from(FILTERS),
    st.integers(1, 4),
)
def test_all_pages_together_are_the_list(
    world: World,
    shelf: str,
    records: list[dict[str, Any]],
    links: list[int],
    sort: str,
    condition: str,
    per_page: int,
) -> None:
    found = _fill(world, records, links)
    query = {"sort": sort, "filter": f"{found} && ({condition})" if condition else found}
    walk = list(_pages(world, SHELVES, {**query, "perPage": per_page}))
    assert list(itertools.chain(*walk)) == _whole(world, query)
    assert all(walk) or walk == [[]]


@quick
@given(
    st.lists(values, min_size=3, max_size=8),
    sorts,
    st.integers(1, 3),
    st.lists(st.tuples(st.booleans(), st.integers(0, 20), values), max_size=6),
)
def test_what_stays_is_neither_skipped_nor_shown_twice(
    world: World,
    shelf: str,
    records: list[dict[str, Any]],
    sort: str,
    per_page: int,
    changes: list[tuple[bool, int, dict[str, Any]]],
) -> None:
    found = _fill(world, records, [])
    query = {"sort": sort, "filter": found}
    before, shown = _ids(_whole(world, query)), []
    for items in _pages(world, SHELVES, {**query, "perPage": per_page}):
        shown += _ids(items)
        if changes:
            deletes, which, more = changes.pop()
            there = _ids(_whole(world, query))
            if deletes and there:
                gone = there[which % len(there)]
                assert world.ask("root", "DELETE", f"{SHELVES}/{gone}").status_code == 204
            else:
                _ = world.make(SHELF, {"run": found.split("'")[1], **more})
    after = _ids(_whole(world, query))
    stayed = [record_id for record_id in before if record_id in after]
    assert [record_id for record_id in shown if record_id in stayed] == stayed
    assert len(set(shown)) == len(shown)


def _cursor(world: World, who: str, path: str, **query: Any) -> str:
    answer = world.ask(who, "GET", path, query={"cursor": "", "perPage": 1, **query})
    return str(answer.json()["nextCursor"])


def test_a_cursor_is_good_for_its_own_list_alone(world: World, shelf: str) -> None:
    found = _fill(world, [{"n": 1}, {"n": 2}, {"n": 3}], [])
    query = {"filter": found, "sort": "-n"}
    cursor = _cursor(world, "alice", SHELVES, **query)

    def status(who: str = "alice", path: str = SHELVES, **changed: Any) -> int:
        asked = {"cursor": cursor, "perPage": 1, **query, **changed}
        return world.ask(who, "GET", path, query=asked).status_code

    assert status(perPage=2, fields="id", expand="one", skipTotal="false") == 200
    assert status(sort="n") == status(sort="") == status(filter=found + "&& n>0") == 400
    assert status(path=TAGS, filter="", sort="") == 400
    assert status("bob") == status("guest") == status("root") == 400
    for position in range(0, len(cursor), 3):
        other = "A" if cursor[position] != "A" else "B"
        forged = cursor[:position] + other + cursor[position + 1 :]
        assert status(cursor=forged) == 400
    for forged in (cursor[:-1], cursor + "A", cursor + "=", f" {cursor}", cursor + cursor):
        assert status(cursor=forged) == 400


def test_a_cursor_tells_nothing_of_what_it_holds(world: World, shelf: str) -> None:
    found = _fill(world, [{"t": "a" * 60}, {"t": "a" * 60}], [])
    cursor = _cursor(world, "guest", SHELVES, filter=found, sort="t")
    again = _cursor(world, "guest", SHELVES, filter=found, sort="t")
    assert "YWFh" not in cursor and cursor == again


def test_values_too_long_for_a_cursor_are_refused(world: World, shelf: str) -> None:
    found = _fill(world, [{"t": "a" * 4_000}, {"t": "b"}], [])
    query = {"filter": found, "cursor": "", "perPage": 1}
    assert world.ask("guest", "GET", SHELVES, query={**query, "sort": "t"}).status_code == 400
    assert world.ask("guest", "GET", SHELVES, query={**query, "sort": "n"}).status_code == 200


def test_the_rules_hold_on_every_page(world: World) -> None:
    shown = itertools.chain(*_pages(world, CARDS, {"perPage": 2, "sort": "-created"}, "bob"))
    listed = world.ask("bob", "GET", CARDS, query={"perPage": 1_000, "sort": "-created"})
    assert list(shown) == listed.json()["items"]


def test_expand_and_fields_work_on_every_page(world: World) -> None:
    query = {"expand": "community_creator", "fields": "id,expand.community_creator.username"}
    shown = itertools.chain(*_pages(world, CARDS, {"perPage": 2, **query}, "alice"))
    listed = world.ask("alice", "GET", CARDS, query={"perPage": 1_000, **query})
    assert list(shown) == listed.json()["items"]


def test_a_total_is_told_on_every_page_that_asks_for_it(world: World, shelf: str) -> None:
    found = _fill(world, [{"n": 1}] * 3, [])
    query = {"filter": found, "perPage": 2, "skipTotal": "false"}
    for cursor in ("", _cursor(world, "guest", SHELVES, filter=found)):
        page = world.ask("guest", "GET", SHELVES, query={**query, "cursor": cursor}).json()
        assert page["totalItems"] == 3
