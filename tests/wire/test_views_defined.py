"""Defining views: which queries are refused with which code, and what follows from changes around
them.
"""

from typing import Any

import pytest

from tests.wire.test_collection_changes import change, codes, with_fields
from tests.wire.test_collections import COLLECTIONS
from tests.wire.test_collections_import import put
from tests.wire.test_views import listed, songs, view
from tests.wire.world import World

__all__ = ["songs"]


def refused(world: World, query: Any, **body: Any) -> dict[str, str]:
    """The codes that a view of this query is refused with."""
    sent = {"name": world.fresh("view"), "type": "view", "viewQuery": query, **body}
    answer = world.ask("root", "POST", COLLECTIONS, body=sent)
    assert answer.status_code == 400, answer.text
    return codes(answer.json())


QUERIES = {
    "no query": ("", {"viewQuery": "validation_required", "fields": "validation_required"}),
    "a blank query": (
        "  ",
        {"viewQuery": "validation_invalid_view_query", "fields": "validation_required"},
    ),
    "a query without an id": (
        "SELECT title FROM {songs}",
        {"viewQuery": "validation_invalid_view_query", "fields": "validation_missing_primary_key"},
    ),
    "a column that is no field": (
        "SELECT id, title AS collectionId FROM {songs}",
        {
            "viewQuery": "validation_invalid_view_query",
            "fields.1.name": "validation_not_in_invalid",
        },
    ),
    "ids that are not unique": (
        "SELECT 'a' AS id FROM {songs}",
        {"viewQuery": "validation_invalid_view_query"},
    ),
    "an empty id": ("SELECT '' AS id", {"viewQuery": "validation_invalid_view_query"}),
}


@pytest.mark.parametrize("says", QUERIES)
def test_a_query_that_is_no_view_is_refused(world: World, songs: dict[str, Any], says: str) -> None:
    query, wanted = QUERIES[says]
    assert refused(world, query.replace("{songs}", songs["name"])) == wanted


NOT_READ = [
    "SELECT * FROM {songs}",
    "SELECT {songs}.* FROM {songs}",
    "SELECT id FROM nowhere",
    "SELECT id, nothing FROM {songs}",
    "SELECT id FROM {songs}; SELECT id FROM {songs}",
    "DELETE FROM {songs}",
    "PRAGMA table_info({songs})",
    "VALUES (1)",
    "SELECT id FROM hb_events",
    "SELECT stream AS id FROM hb_events",
    "SELECT name AS id FROM sqlite_master",
    "SELECT name AS id FROM sqlite_schema",
    "SELECT relname AS id FROM pg_class",
    "SELECT id FROM main.{songs}",
    "SELECT id, (SELECT max(data) FROM hb_events) AS x FROM {songs}",
    "SELECT id, password FROM users",
    "SELECT id, tokenKey FROM users",
    "SELECT id, lower(tokenKey) AS t FROM users",
    "SELECT id FROM users WHERE tokenKey != ''",
    "SELECT u.id FROM users u JOIN {songs} s ON s.by = u.tokenKey",
    "SELECT id, hb_body AS b FROM {songs}",
    "SELECT id, _rowid_ AS r FROM {songs}",
    "SELECT id, load_extension('x') AS x FROM {songs}",
    "SELECT id, readfile('/etc/passwd') AS x FROM {songs}",
    "SELECT id, pg_sleep(9) AS x FROM {songs}",
    "SELECT id, random() AS x FROM {songs}",
    "SELECT id, pg_read_file('x') AS x FROM {songs}",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n",
    "SELECT n.i AS id FROM (SELECT 1 AS i) n, pg_ls_dir('.') d",
    "SELECT count(*) AS id FROM {songs} WHERE count(*) > 1",
    "SELECT id, sum(sum(score)) AS s FROM {songs}",
    "SELECT id, title COLLATE NOCASE AS t FROM {songs}",
    "SELECT id FROM {songs} LIMIT (SELECT 1)",
    "SELECT id, title, title FROM {songs}",
    "SELECT id, '%(x)s' AS `a%(x)s` FROM {songs}",
    "SELECT id FROM {songs} FOR UPDATE",
    "SELECT id INTO x FROM {songs}",
    "SELECT id, 1 AS x /* " + "y" * 20_000 + " */ FROM {songs}",
    "SELECT " + "(" * 200 + "id" + ")" * 200 + " AS id FROM {songs}",
    "SELECT id, " + " + ".join("1" for _ in range(3_000)) + " AS x FROM {songs}",
    "SELECT id FROM {songs}\x00",
    "ATTACH 'x' AS y",
    "SELECT",
    "'",
]


@pytest.mark.parametrize("query", NOT_READ, ids=lambda query: query[:60])
def test_a_view_reads_what_clients_could_read_and_nothing_else(
    world: World, songs: dict[str, Any], query: str
) -> None:
    with world.events() as written:
        found = refused(world, query.replace("{songs}", songs["name"]))
    if "\x00" not in query:  # which is refused before anybody looks
        assert found["viewQuery"] == "validation_invalid_view_query"
        assert set(found) <= {"viewQuery", "fields", "fields.1.name"}
    assert written == []


def test_what_a_view_cannot_have_is_refused(world: World, songs: dict[str, Any]) -> None:
    query = f"SELECT id, title FROM {songs['name']}"
    rules = {"createRule": "", "updateRule": "id = ''", "deleteRule": "", "listRule": "no = 1"}
    assert refused(world, query, **rules) == {
        "createRule": "validation_nil",
        "updateRule": "validation_nil",
        "deleteRule": "validation_nil",
        "listRule": "validation_invalid_rule",
    }
    index = ["CREATE INDEX a ON v (id)"]
    assert refused(world, query, indexes=index) == {"indexes": "validation_indexes_not_supported"}
    made = view(world, query)
    other = {"name": "r", "type": "relation", "collectionId": made["id"], "maxSelect": 1}
    body = {"name": world.fresh("made"), "fields": [other]}
    answer = world.ask("root", "POST", COLLECTIONS, body=body)
    assert codes(answer.json()) == {
        "fields.1.collectionId": "validation_relation_field_non_view_base_collection"
    }
    assert codes(change(world, made["name"], 400, viewQuery="")) == {
        "viewQuery": "validation_required",
        "fields": "validation_required",
    }
    assert codes(change(world, made["name"], 400, type="base")) == {
        "type": "validation_collection_type_change"
    }
    circle = view(world, f"SELECT id, title FROM {made['name']}")
    itself = change(world, made["name"], 400, viewQuery=f"SELECT id FROM {circle['name']}")
    assert codes(itself) == {"viewQuery": "validation_invalid_view_query"}


def test_views_follow_the_collections_that_they_read(world: World, songs: dict[str, Any]) -> None:
    inner = view(
        world,
        f"SELECT s.id, s.title, {songs['name']}.by FROM {songs['name']} s"
        f" JOIN {songs['name']} ON {songs['name']}.id = s.id",
    )
    outer = view(world, f"SELECT id, title AS t, by FROM {inner['name']}")

    def field(made: dict[str, Any], name: str) -> dict[str, Any]:
        shown = world.ask("root", "GET", f"{COLLECTIONS}/{made['id']}").json()
        return dict(next(each for each in shown["fields"] if each["name"] == name))

    with world.events() as written:
        change(world, songs["id"], fields=with_fields(songs, title={"max": 77}))
    assert written == ["_collections.updated"] * 3
    assert (field(inner, "title")["max"], field(outer, "t")["max"]) == (77, 77)
    with world.events() as written:
        change(
            world, songs["id"], fields=with_fields(songs, title={"max": 77}, by={"maxSelect": 2})
        )
    assert written == ["_collections.updated"] * 3
    assert listed(world, outer["name"], sort="-t")[0]["by"] == [world.ids["alice"]]
    with world.events() as written:
        change(world, songs["id"], listRule=None)
    assert written == ["_collections.updated"]
    renamed = world.fresh("renamed")
    change(world, songs["id"], name=renamed)
    assert len(listed(world, outer["name"])) == 3
    told = world.ask("root", "GET", f"{COLLECTIONS}/{inner['id']}").json()["viewQuery"]
    assert f"FROM `{renamed}` s" in told
    change(world, inner["id"], name=world.fresh("inner"))
    assert len(listed(world, outer["name"])) == 3


def test_what_a_view_reads_cannot_go(world: World, songs: dict[str, Any]) -> None:
    inner = view(world, f"SELECT id, title FROM {songs['name']}")
    outer = view(world, f"SELECT id, title FROM {inner['name']}")
    with world.events() as written:
        for which in (songs["name"], inner["name"]):
            answer = world.ask("root", "DELETE", f"{COLLECTIONS}/{which}")
            assert (answer.status_code, answer.json()["data"]) == (400, {})
        without = [field for field in songs["fields"] if field["name"] != "title"]
        assert change(world, songs["name"], 400, fields=without)["data"] == {}
        other = with_fields(songs, title={"name": "heading"})
        assert change(world, songs["name"], 400, fields=other)["data"] == {}
        narrower = f"SELECT id FROM {songs['name']}"
        assert change(world, inner["name"], 400, viewQuery=narrower)["data"] == {}
    assert written == []
    less = [field for field in songs["fields"] if field["name"] != "score"]
    change(world, songs["name"], fields=less)
    assert len(listed(world, outer["name"])) == 3
    for which in (outer, inner, songs):
        assert world.ask("root", "DELETE", f"{COLLECTIONS}/{which['id']}").status_code == 204


def test_views_are_imported_with_what_they_read(world: World) -> None:
    base, inner, outer = world.fresh("base"), world.fresh("inner"), world.fresh("outer")
    sent = [
        {"name": outer, "type": "view", "viewQuery": f"SELECT id, q FROM {inner}", "listRule": ""},
        {"name": inner, "type": "view", "viewQuery": f"SELECT id, q FROM {base}"},
        {"name": base, "fields": [{"name": "q", "type": "text"}]},
    ]
    with world.events() as written:
        put(world, 204, *sent)
    assert written == ["_collections.created"] * 3
    world.make(base, {"q": "x"})
    assert listed(world, outer, "guest")[0]["q"] == "x"
    with world.events() as written:
        put(world, 204, *sent)
        wrong = {"name": world.fresh("view"), "type": "view", "viewQuery": "SELECT id FROM nowhere"}
        put(world, 400, wrong)
        column = world.ask("root", "GET", f"{COLLECTIONS}/{base}").json()["fields"][1]
        put(world, 400, {"name": base, "fields": [{**column, "name": "r"}]})
    assert written == []


def test_a_view_is_tried_out_before_it_is_made(world: World, songs: dict[str, Any]) -> None:
    path = f"{COLLECTIONS}/meta/dry-run-view"
    query = f"SELECT id, title, secret FROM {songs['name']} ORDER BY score LIMIT 2"
    with world.events() as written:
        answer = world.ask("root", "POST", path, body={"query": query})
    assert (answer.status_code, written) == (200, [])
    told = answer.json()
    assert [field["name"] for field in told["fields"]] == ["id", "title", "secret"]
    assert sorted(each["title"] for each in told["sample"]) == ["one", "two"]
    assert told["sample"][0]["secret"]
    bad = world.ask("root", "POST", path, body={"query": "SELECT id FROM nowhere"})
    assert codes(bad.json()) == {"query": "validation_invalid_view_query"}
    for sent, code in (("", "validation_required"), ("x" * 5001, "validation_length_too_long")):
        answer = world.ask("root", "POST", path, body={"query": sent})
        assert codes(answer.json()) == {"query": code}
    assert world.ask("root", "POST", path, body={"query": 5}).status_code == 400
