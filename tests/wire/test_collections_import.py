"""Importing collections: all of them or none."""

from typing import Any

import pytest

from tests.wire.test_collection_changes import codes
from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.world import World

IMPORT = f"{COLLECTIONS}/import"


def put(world: World, status: int, *collections: Any, **body: Any) -> dict[str, Any]:
    """Imports; the answer of a refusal."""
    sent = {"collections": list(collections), **body}
    answer = world.ask("root", "PUT", IMPORT, body=sent)
    assert answer.status_code == status, answer.text
    return dict(answer.json()) if answer.text else {}


def shown(world: World, name: str) -> dict[str, Any]:
    """A collection, or its 404."""
    return dict(world.ask("root", "GET", f"{COLLECTIONS}/{name}").json())


def test_what_relates_in_a_circle_comes_together(world: World) -> None:
    first, second = world.fresh("ring"), world.fresh("ring")
    with world.events() as written:
        put(
            world,
            204,
            {
                "id": first,
                "name": first,
                "fields": [{"name": "r", "type": "relation", "collectionId": second}],
                "listRule": "r.r.id != ''",
            },
            {
                "id": second,
                "name": second,
                "fields": [{"name": "r", "type": "relation", "collectionId": first}],
            },
        )
    assert written == ["_collections.created", "_collections.created"]
    assert shown(world, first)["fields"][1]["collectionId"] == second


def test_fields_that_are_not_named_stay_and_those_of_a_name_keep_their_data(world: World) -> None:
    made = make(
        world,
        fields=[
            {"id": "own", "name": "a", "type": "text"},
            {"name": "b", "type": "text"},
        ],
    )
    record = world.make(made["name"], {"a": "kept", "b": "too"})
    put(world, 204, {"name": made["name"], "fields": [{"name": "a", "type": "text", "max": 9}]})
    fields = {field["name"]: field for field in shown(world, made["name"])["fields"]}
    assert (fields["a"]["id"], fields["a"]["max"], "b" in fields) == ("own", 9, True)
    record_shown = world.show(made["name"], record)
    assert (record_shown["a"], record_shown["b"]) == ("kept", "too")


def test_an_import_of_what_is_there_writes_nothing(world: World) -> None:
    everything = world.ask("root", "GET", COLLECTIONS, query={"perPage": 500}).json()["items"]
    with world.events() as written:
        put(world, 204, *everything)
    assert written == []


def test_one_that_is_wrong_takes_all_with_it_and_is_named(world: World) -> None:
    good, bad = world.fresh("good"), world.fresh("bad")
    relation = {"name": "r", "type": "relation", "collectionId": "nothing"}
    with world.events() as written:
        refused = put(world, 400, {"name": good}, {"name": bad, "fields": [relation]})
    assert written == []
    assert codes(refused) == {"collections": "validation_collections_import_failure"}
    assert bad in refused["data"]["collections"]["message"]
    assert shown(world, good)["status"] == 404


def test_an_index_that_records_break_takes_all_with_it(world: World) -> None:
    made, other = make(world, fields=[{"name": "a", "type": "text"}]), world.fresh("other")
    for _ in range(2):
        world.make(made["name"], {"a": "same"})
    index = "CREATE UNIQUE INDEX import_broken ON x (a)"
    refused = put(world, 400, {"name": other}, {"name": made["name"], "indexes": [index]})
    assert codes(refused) == {"collections": "validation_collections_import_failure"}
    assert shown(world, other)["status"] == 404


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, {"collections": "validation_required"}),
        ({"collections": []}, {"collections": "validation_required"}),
        ({"collections": 5}, {}),
        ({"collections": [{}], "deleteMissing": "x"}, {}),
        *(
            ({"collections": [item]}, {"collections": "validation_collections_import_failure"})
            for item in (
                5,
                {"name": "x y"},
                {"fields": [{"type": "other"}]},
                {"name": "users", "type": "base"},
                {"name": "users", "id": "_pb_users_auth_", "fields": [{"name": "id"}]},
                {"id": 5, "name": 5},
                {"name": "_superusers", "listRule": ""},
                {"name": "v", "type": "view", "viewQuery": "select id, password from users"},
            )
        ),
    ],
)
def test_what_cannot_be_imported(
    world: World, body: dict[str, Any], wanted: dict[str, str]
) -> None:
    with world.events() as written:
        answer = world.ask("root", "PUT", IMPORT, body=body)
    assert (answer.status_code, codes(answer.json())) == (400, wanted)
    assert written == []


def test_what_is_missing_goes_but_for_what_the_server_needs(world: World) -> None:
    kept = make(world, fields=[{"name": "a", "type": "text"}, {"name": "b", "type": "text"}])
    gone = make(world, fields=[{"name": "r", "type": "relation", "collectionId": kept["id"]}])
    before = world.ask("root", "GET", COLLECTIONS, query={"perPage": 500}).json()["items"]
    others = [each for each in before if each["id"] not in (kept["id"], gone["id"])]
    smaller = {"id": kept["id"], "fields": [{"name": "a", "type": "text"}]}
    refused = put(world, 400, gone, *others, deleteMissing=True)
    assert codes(refused) == {"collections": "validation_collections_import_failure"}
    mine = [each for each in others if not each["name"].startswith(("tags", "likes"))]
    with world.events() as written:
        put(world, 204, smaller, *mine, deleteMissing=True)
    assert sorted(written) == ["_collections.deleted", "_collections.updated"]
    assert shown(world, gone["id"])["status"] == 404
    assert [field["name"] for field in shown(world, kept["id"])["fields"]] == ["a", "id"]
    assert shown(world, "likes")["name"] == "likes"
