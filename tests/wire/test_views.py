"""View collections: defined by a query, read like others, never written."""

from typing import Any

import pytest

from tests.wire.rows import Row, check, rows
from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.world import RECORDS, World

FIELDS = [
    {"name": "title", "type": "text"},
    {"name": "score", "type": "number"},
    {"name": "tags", "type": "select", "values": ["a", "b", "c"], "maxSelect": 3},
    {"name": "secret", "type": "text", "hidden": True},
    {"name": "by", "type": "relation", "collectionId": "_pb_users_auth_", "maxSelect": 1},
]


@pytest.fixture
def songs(world: World) -> dict[str, Any]:
    """A collection with three records: two of alice's, one of nobody's."""
    made = make(world, name=world.fresh("songs"), fields=FIELDS, listRule="")
    alice = world.ids["alice"]
    for title, score, by in (("one", 1, alice), ("two", 2.5, alice), ("three", 3, "")):
        world.make(
            made["name"],
            {"title": title, "score": score, "by": by, "tags": ["a", "b"], "secret": f"s{score}"},
        )
    return made


def view(world: World, query: str, /, **body: Any) -> dict[str, Any]:
    """A fresh view."""
    return make(world, name=world.fresh("view"), type="view", viewQuery=query, **body)


def listed(world: World, name: str, who: str = "root", **query: Any) -> list[dict[str, Any]]:
    """The records of a view."""
    answer = world.ask(who, "GET", RECORDS.format(name), query=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_the_fields_of_a_view_follow_from_its_query(world: World, songs: dict[str, Any]) -> None:
    with world.events() as written:
        made = view(
            world,
            f"SELECT s.id, s.title AS name, s.by, s.secret, u.id AS person, count(s.id) AS many,"
            f" total(s.score) AS t, CAST(s.score AS INT) AS whole, CAST(s.score AS REAL) r,"
            f" CAST(s.title AS TEXT) x, CAST(s.score AS BOOL) b, s.score + 1 AS more"
            f" FROM {songs['name']} s LEFT JOIN users u ON u.id = s.by GROUP BY s.id",
            fields=[{"name": "other", "type": "text"}],
        )
    assert written == ["_collections.created"]
    fields = {field["name"]: field for field in made["fields"]}
    kinds = {name: field["type"] for name, field in fields.items()}
    assert kinds == {
        **{"id": "text", "name": "text", "by": "relation", "secret": "text"},
        **{"person": "relation", "many": "number", "t": "number", "whole": "number"},
        **{"r": "number", "x": "text", "b": "bool", "more": "json"},
    }
    key = fields["id"]
    assert (key["primaryKey"], key["pattern"], key["min"], key["max"]) == (
        *(True, "^[a-z0-9]+$", 0, 0),
    )
    assert fields["name"]["id"].startswith("_clone_")
    assert fields["secret"]["hidden"]
    assert fields["person"]["collectionId"] == "_pb_users_auth_"
    assert (fields["many"]["onlyInt"], fields["t"]["onlyInt"]) == (True, False)
    assert fields["more"]["maxSize"] == 1
    assert list(made)[-1] == "viewQuery"


def test_a_view_is_listed_filtered_sorted_and_expanded(world: World, songs: dict[str, Any]) -> None:
    made = view(
        world,
        f"SELECT id, title, score * 2 AS twice, tags, by, secret FROM {songs['name']}"
        " ORDER BY score DESC",
        listRule="",
        viewRule="title != 'two'",
    )
    name = made["name"]
    items = listed(world, name, "guest")
    assert [item["title"] for item in items] == ["three", "two", "one"]
    assert [item["twice"] for item in items] == [6, 5, 2]
    assert "secret" not in items[0]
    assert (items[0]["collectionName"], items[0]["collectionId"]) == (name, made["id"])
    assert listed(world, name)[0]["secret"] == "s3"
    found = listed(world, name, "guest", sort="title", filter="twice > 2 && tags ~ 'a'")
    assert [item["title"] for item in found] == ["three", "two"]
    assert [i["title"] for i in listed(world, name, sort="-twice")] == ["three", "two", "one"]
    expanded = listed(world, name, expand="by", filter="title = 'one'", fields="expand.by.id")
    assert expanded == [{"expand": {"by": {"id": world.ids["alice"]}}}]
    path = RECORDS.format(name)
    shown = world.ask("guest", "GET", f"{path}/{items[0]['id']}")
    assert shown.json() == items[0]
    assert "etag" not in shown.headers
    assert world.ask("guest", "GET", f"{path}/{items[1]['id']}").status_code == 404
    for query in ({"sort": "@rowid"}, {"filter": "secret = 's3'"}, {"filter": "nothing = 1"}):
        assert world.ask("guest", "GET", path, query=query).status_code == 400


def test_totals_follow_what_a_view_reads(world: World, songs: dict[str, Any]) -> None:
    made = view(
        world,
        f"SELECT s.id, s.title FROM {songs['name']} s JOIN users u ON u.id = s.by",
        listRule="",
    )
    outer = view(world, f"SELECT id, title FROM {made['name']}", listRule="")

    def total(name: str) -> int:
        query = {"perPage": 1, "filter": "title != ''"}
        answer = world.ask("guest", "GET", RECORDS.format(name), query=query)
        return int(answer.json()["totalItems"])

    assert (total(made["name"]), total(outer["name"])) == (2, 2)
    world.make(songs["name"], {"title": "four", "by": world.ids["bob"]})
    assert (total(made["name"]), total(outer["name"])) == (3, 3)


def test_cursors_go_through_a_view(world: World, songs: dict[str, Any]) -> None:
    made = view(world, f"SELECT id, title, score FROM {songs['name']} ORDER BY score DESC")
    for sort, wanted in (
        ("", ["three", "two", "one"]),
        ("title", ["one", "three", "two"]),
        ("-score", ["three", "two", "one"]),
    ):
        cursor, found = "", []
        for _ in range(3):
            query = {"cursor": cursor, "perPage": 1, "sort": sort}
            answer = world.ask("root", "GET", RECORDS.format(made["name"]), query=query).json()
            found += [item["title"] for item in answer["items"]]
            cursor = answer["nextCursor"]
        assert (found, cursor) == (wanted, "")


def test_rules_reach_into_views_and_out_of_them(world: World, songs: dict[str, Any]) -> None:
    busy = view(
        world,
        f"SELECT u.id, count(s.id) AS songs FROM users u JOIN {songs['name']} s ON s.by = u.id"
        " GROUP BY u.id",
        listRule="",
    )
    mine = view(
        world,
        f"SELECT s.id, s.title, s.by, b.id AS busy FROM {songs['name']} s"
        f" LEFT JOIN {busy['name']} b ON b.id = s.by",
        listRule="@request.auth.id != '' && by.id = @request.auth.id && busy.songs >= 2",
    )
    assert len(listed(world, mine["name"], "alice")) == 2
    assert listed(world, mine["name"], "bob") == []
    assert len(listed(world, mine["name"], filter="busy.songs > 1")) == 2
    assert len(listed(world, mine["name"], sort="-busy.songs,title")) == 3
    both = listed(world, mine["name"], filter="busy.songs > 1", sort="-busy.songs,title")
    assert [item["title"] for item in both] == ["one", "two"]
    back = f"{mine['name']}_via_busy.title ?= 'two'"
    assert [i["songs"] for i in listed(world, busy["name"], filter=back)] == [2]
    expanded = listed(world, busy["name"], expand=f"{mine['name']}_via_busy")
    assert len(expanded[0]["expand"][f"{mine['name']}_via_busy"]) == 2
    gate = make(
        world,
        createRule=f"@collection.{busy['name']}.id ?= @request.auth.id",
        viewRule="",
        fields=[{"name": "a", "type": "text"}],
    )
    for who, status in (("alice", 200), ("bob", 400)):
        answer = world.ask(who, "POST", RECORDS.format(gate["name"]), body={"a": "1"})
        assert answer.status_code == status, answer.text


def test_a_sum_that_no_number_holds_refuses_what_a_rule_asks_of_it(world: World) -> None:
    huge = make(world, fields=[{"name": "n", "type": "number"}])
    world.make(huge["name"], {"n": 1})
    query = f"SELECT max(id) AS id, total(n) AS t FROM {huge['name']}"
    sums = view(world, query, listRule="")
    gate = make(world, fields=[{"name": "a", "type": "text"}])
    kept = world.make(gate["name"], {"a": "1"})
    rule = f"@collection.{sums['name']}.t ?< 1"
    rules = {"createRule": rule, "updateRule": rule, "deleteRule": rule}
    changed = world.ask("root", "PATCH", f"{COLLECTIONS}/{gate['name']}", body=rules)
    assert changed.status_code == 200, changed.text
    path = RECORDS.format(gate["name"])
    for _ in range(2):
        world.make(huge["name"], {"n": 1.7e308})
    assert world.ask("guest", "POST", path, body={"a": "2"}).status_code == 400
    for method in ("PATCH", "DELETE"):
        answer = world.ask("guest", method, f"{path}/{kept}", body={"a": "2"})
        assert answer.status_code in (400, 404), answer.text
    assert [item["a"] for item in listed(world, gate["name"])] == ["1"]


def test_nothing_writes_to_a_view(world: World, songs: dict[str, Any]) -> None:
    made = view(world, f"SELECT id, title FROM {songs['name']}", listRule="", viewRule="")
    path = RECORDS.format(made["name"])
    identifier = listed(world, made["name"])[0]["id"]
    with world.events() as written:
        for who in ("root", "alice", "guest"):
            for method, target in (
                ("POST", path),
                ("PATCH", f"{path}/{identifier}"),
                ("DELETE", f"{path}/{identifier}"),
            ):
                answer = world.ask(who, method, target, body={"title": "x"})
                assert (answer.status_code, answer.json()["data"]) == (400, {}), answer.text
        truncated = world.ask("root", "DELETE", f"{COLLECTIONS}/{made['name']}/truncate")
        assert truncated.status_code == 400
    assert written == []


def test_views_are_told_of_in_the_document(world: World, songs: dict[str, Any]) -> None:
    made = view(world, f"SELECT id, title FROM {songs['name']}", listRule="", viewRule="")
    document = world.ask("guest", "GET", "/api/openapi.json").json()
    path = RECORDS.format(made["name"])
    assert set(document["paths"][path]) == {"get"}
    assert set(document["paths"][f"{path}/{{id}}"]) == {"get", "parameters"}
    assert set(document["components"]["schemas"][made["name"]]["properties"]) == {
        *("id", "title", "collectionId", "collectionName", "expand")
    }
    assert f"{made['name']}.input" not in document["components"]["schemas"]


@rows(
    Row(
        says="a blank view has a query to fill in",
        who="root",
        path=f"{COLLECTIONS}/meta/scaffolds",
        equals={"view.viewQuery": "", "view.fields": [], "view.type": "view", "view.indexes": []},
    ),
)
def test_a_scaffold(world: World, row: Row) -> None:
    check(world, row)
