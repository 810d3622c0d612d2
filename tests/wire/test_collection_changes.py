"""What changing, truncating and dropping a collection does to what is in it."""

from typing import Any

import pytest

from tests.wire.rows import Row, check, rows
from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.world import RECORDS, World


def change(world: World, which: str, /, status: int = 200, **body: Any) -> dict[str, Any]:
    """Changes a collection; the answer."""
    answer = world.ask("root", "PATCH", f"{COLLECTIONS}/{which}", body=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def codes(answer: dict[str, Any]) -> dict[str, str]:
    """The codes of a refusal by dotted path."""
    found: dict[str, str] = {}

    def walk(data: dict[str, Any], before: str) -> None:
        for key, item in data.items():
            if isinstance(item.get("code"), str):
                found[before + key] = item["code"]
            else:
                walk(item, f"{before}{key}.")

    walk(answer["data"], "")
    return found


def with_fields(made: dict[str, Any], **changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a collection, some with other options, by name."""
    return [{**field, **changed.get(field["name"], {})} for field in made["fields"]]


CHOICE = {"name": "tags", "type": "select", "values": ["a", "b", "c"], "maxSelect": 1}


def test_a_renamed_collection_keeps_its_records_and_indexes(world: World) -> None:
    made = make(
        world,
        fields=[{"name": "a", "type": "text"}],
        indexes=["CREATE UNIQUE INDEX renaming ON x (a)"],
    )
    record = world.make(made["name"], {"a": "kept"})
    with world.events() as written:
        changed = change(world, made["name"], name="renamed_made")
    assert written == ["_collections.updated"]
    assert changed["indexes"] == ["CREATE UNIQUE INDEX `renaming` ON `renamed_made` (`a`)"]
    assert changed["created"] == made["created"]
    assert changed["updated"] >= made["updated"]
    assert world.show("renamed_made", record)["collectionName"] == "renamed_made"
    again = world.ask("root", "POST", RECORDS.format("renamed_made"), body={"a": "kept"})
    assert again.json()["data"]["a"]["code"] == "validation_not_unique"
    assert world.ask("root", "GET", RECORDS.format(made["name"])).status_code == 404
    assert change(world, made["id"], name="RENAMED_made")["name"] == "RENAMED_made"


def test_a_renamed_field_keeps_what_it_holds(world: World) -> None:
    made = make(
        world,
        fields=[{"name": "a", "type": "text"}, {"name": "b", "type": "text"}],
        indexes=["CREATE INDEX renamed_field ON x (a)"],
        listRule="a != ''",
    )
    record = world.make(made["name"], {"a": "1", "b": "2"})
    swapped = with_fields(made, a={"name": "b"}, b={"name": "a"})
    change(world, made["name"], fields=swapped)
    shown = world.show(made["name"], record)
    assert (shown["a"], shown["b"]) == ("2", "1")
    other = with_fields(made, a={"name": "c"}, b={"name": "d"})
    refused = change(world, made["name"], 400, fields=other)
    assert codes(refused) == {
        "indexes.0": "validation_invalid_index_expression",
        "listRule": "validation_invalid_rule",
    }
    change(world, made["name"], fields=other, indexes=[], listRule="c != ''")
    assert world.show(made["name"], record)["c"] == "1"


def test_a_field_that_is_left_out_is_gone_and_one_of_its_name_is_another(world: World) -> None:
    made = make(world, fields=[{"name": "a", "type": "text"}, {"name": "b", "type": "bool"}])
    record = world.make(made["name"], {"a": "gone", "b": True})
    changed = change(world, made["name"], fields=[{"name": "a", "type": "number"}])
    assert [field["id"] for field in changed["fields"]] == ["text3208210256", "number3904355907"]
    shown = world.show(made["name"], record)
    assert (shown["a"], "b" in shown) == (0, False)


def test_what_is_chosen_follows_from_one_to_many_and_back(world: World) -> None:
    alice = world.ids["alice"]
    made = make(
        world,
        fields=[
            CHOICE,
            {"name": "who", "type": "relation", "collectionId": "_pb_users_auth_", "maxSelect": 1},
        ],
    )
    empty = world.make(made["name"], {})
    full = world.make(made["name"], {"tags": "b", "who": alice})
    many = with_fields(made, tags={"maxSelect": 3}, who={"maxSelect": 2})
    change(world, made["name"], fields=many)
    shown = [world.show(made["name"], record) for record in (empty, full)]
    assert [(record["tags"], record["who"]) for record in shown] == [([], []), (["b"], [alice])]
    world.change(made["name"], full, tags=["c", "a"])
    change(world, made["name"], fields=made["fields"])
    shown = [world.show(made["name"], record) for record in (empty, full)]
    assert [(record["tags"], record["who"]) for record in shown] == [("", ""), ("a", alice)]


def test_an_index_that_records_break_changes_nothing(world: World) -> None:
    made = make(world, fields=[{"name": "a", "type": "text"}])
    for _ in range(2):
        world.make(made["name"], {"a": "same"})
    with world.events() as written:
        refused = change(
            world,
            made["name"],
            400,
            fields=[*made["fields"], {"name": "b", "type": "text"}],
            indexes=["CREATE INDEX fine ON x (b)", "CREATE UNIQUE INDEX broken ON x (a)"],
        )
    assert codes(refused) == {"indexes.1": "validation_invalid_index_expression"}
    assert written == []
    assert len(world.ask("root", "GET", f"{COLLECTIONS}/{made['name']}").json()["fields"]) == 2


def test_an_index_that_a_record_breaks_refuses_the_record(world: World) -> None:
    """PostgreSQL refuses such an index before it is there."""
    body = {
        "name": world.fresh("parsed"),
        "fields": [{"name": "a", "type": "text"}],
        "indexes": ["CREATE INDEX parsing ON x (json_extract(a, '$.b'))"],
    }
    made = world.ask("root", "POST", COLLECTIONS, body=body)
    if made.status_code == 400:
        assert codes(made.json()) == {"indexes.0": "validation_invalid_index_expression"}
        return
    answer = world.ask("root", "POST", RECORDS.format(body["name"]), body={"a": "{"})
    assert (answer.status_code, answer.json()["data"]) == (400, {})


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"type": "auth"}, {"type": "validation_collection_type_change"}),
        ({"type": "other"}, {"type": "validation_in_invalid"}),
        ({"system": True}, {"system": "validation_collection_system_flag_change"}),
        ({"id": "other"}, {}),
        ({"name": ""}, {"name": "validation_required"}),
        ({"name": "users"}, {"name": "validation_collection_name_exists"}),
        (
            {"fields": [{"name": "id", "type": "text", "id": "other"}]},
            {"fields": "validation_system_field_change"},
        ),
        (
            {"fields": [{"id": "text3208210256", "name": "key", "type": "text"}]},
            {"fields": "validation_missing_primary_key"},
        ),
        (
            {"fields": [{"id": "rel", "name": "rel", "type": "text"}]},
            {"fields.1": "validation_field_type_change"},
        ),
        (
            {
                "fields": [
                    {
                        "id": "rel",
                        "name": "rel",
                        "type": "relation",
                        "collectionId": "pbc_3142635823",
                    }
                ]
            },
            {"fields.1.collectionId": "validation_field_relation_change"},
        ),
    ],
)
def test_what_cannot_be_changed(world: World, body: dict[str, Any], wanted: dict[str, str]) -> None:
    relation = {"name": "rel", "id": "rel", "type": "relation", "collectionId": "_pb_users_auth_"}
    made = make(world, fields=[relation])
    with world.events() as written:
        assert codes(change(world, made["name"], 400, **body)) == wanted
    assert written == []


def test_options_are_merged_and_a_new_auth_rule_ends_all_tokens(world: World) -> None:
    provider = {"name": "google", "clientId": "i", "clientSecret": "s"}
    made = make(world, type="auth", oauth2={"enabled": True, "providers": [provider]})
    name = made["name"]
    account = {
        "email": "x@example.com",
        "password": "password123",
        "passwordConfirm": "password123",
    }
    world.make(name, account)
    world.tokens["member"] = world.log_in("x@example.com", name)["token"]
    refresh = f"{COLLECTIONS}/{name}/auth-refresh"
    kept = change(world, name, oauth2={"providers": [{"clientId": "j"}]}, mfa={"duration": 60})
    assert kept["oauth2"]["providers"][0]["clientId"] == "j"
    assert kept["mfa"] == {"enabled": False, "duration": 60, "rule": ""}
    assert world.ask("member", "POST", refresh).status_code == 200
    change(world, name, authRule="verified = true || id != ''")
    assert world.ask("member", "POST", refresh).status_code == 401
    refused = change(world, name, 400, oauth2={"providers": [{"clientSecret": ""}]})
    assert codes(refused) == {"oauth2.providers.0.clientSecret": "validation_required"}
    index = next(text for text in made["indexes"] if "email" in text)
    assert index in change(world, name, indexes=[])["indexes"]


def test_a_unique_index_of_a_system_field_must_stay(world: World) -> None:
    made = make(world, type="auth")
    mine = f"CREATE UNIQUE INDEX own_{made['name']} ON x (verified)"
    change(world, made["name"], indexes=[*made["indexes"], mine])
    refused = change(world, made["name"], 400, indexes=made["indexes"])
    assert codes(refused) == {"indexes": "validation_invalid_unique_system_field_index"}


@rows(
    *(
        Row(
            says=f"of a collection of the product cannot be changed: {says}",
            who="root",
            method="PATCH",
            path=f"{COLLECTIONS}/{name}",
            body=body,
            status=400,
            codes=wanted,
        )
        for says, name, body, wanted in (
            (
                "its name",
                "unified_cards",
                {"name": "cards"},
                {"name": "validation_declared_name_change"},
            ),
            (
                "a field's presence",
                "unified_cards",
                {"fields": []},
                {"fields": "validation_declared_field_missing"},
            ),
            (
                "an index",
                "likes",
                {"indexes": []},
                {"indexes": "validation_declared_index_missing"},
            ),
            (
                "the system's name",
                "_superusers",
                {"name": "x"},
                {"name": "validation_collection_system_name_change"},
            ),
            (
                "the system's rules",
                "_superusers",
                {"listRule": "", "authRule": None, "manageRule": "id != ''"},
                {
                    "listRule": "validation_collection_system_rule_change",
                    "authRule": "validation_collection_system_rule_change",
                    "manageRule": "validation_collection_system_rule_change",
                },
            ),
        )
    ),
    Row(
        says="a collection of the product cannot be dropped",
        who="root",
        method="DELETE",
        path=f"{COLLECTIONS}/unified_cards",
        status=400,
    ),
    Row(
        says="the superusers cannot be dropped",
        who="root",
        method="DELETE",
        path=f"{COLLECTIONS}/_superusers",
        status=400,
    ),
    Row(
        says="the superusers cannot be truncated",
        who="root",
        method="DELETE",
        path=f"{COLLECTIONS}/_superusers/truncate",
        status=400,
    ),
    Row(
        says="superusers keep their password, whatever is sent",
        who="root",
        method="PATCH",
        path=f"{COLLECTIONS}/_superusers",
        body={"passwordAuth": {"enabled": False}, "otp": {"enabled": True}},
        equals={"passwordAuth.enabled": True, "oauth2.enabled": False, "mfa.enabled": True},
        events=["_collections.updated"],
    ),
    Row(
        says="and go on as before",
        who="root",
        method="PATCH",
        path=f"{COLLECTIONS}/_superusers",
        body={"otp": {"enabled": False}, "mfa": {"enabled": False}},
        equals={"mfa.enabled": False},
        events=["_collections.updated"],
    ),
)
def test_what_is_needed_stays(world: World, row: Row) -> None:
    check(world, row)


def test_a_collection_of_the_product_takes_fields_indexes_and_rules(world: World) -> None:
    tags = world.ask("root", "GET", f"{COLLECTIONS}/tags").json()
    titled = next(f["name"] for f in tags["fields"] if f["type"] == "text" and f["name"] != "id")
    fields = [*with_fields(tags, **{titled: {"help": "Short."}}), {"name": "hue", "type": "text"}]
    changed = change(
        world,
        "tags",
        fields=fields,
        indexes=[*tags["indexes"], "CREATE INDEX hues ON x (hue)"],
        deleteRule=None,
        listRule="id != ''",
    )
    assert changed["fields"][-1]["name"] == "hue"
    wrong = with_fields(changed, **{titled: {"max": 7, "hidden": True}})
    position = [field["name"] for field in wrong].index(titled)
    assert codes(change(world, "tags", 400, fields=wrong)) == {
        f"fields.{position}.max": "validation_declared_field_change",
        f"fields.{position}.hidden": "validation_declared_field_change",
    }
    change(
        world,
        "tags",
        fields=tags["fields"],
        indexes=tags["indexes"],
        deleteRule=tags["deleteRule"],
        listRule=tags["listRule"],
    )


def test_a_dropped_collection_is_gone_with_one_event(world: World) -> None:
    made = make(world, fields=[{"name": "a", "type": "text"}])
    other = make(world, fields=[{"name": "r", "type": "relation", "collectionId": made["id"]}])
    record = world.make(made["name"], {"a": "x"})
    path = f"{COLLECTIONS}/{made['name']}"
    assert world.ask("root", "DELETE", path).status_code == 400
    assert world.ask("root", "DELETE", f"{COLLECTIONS}/{other['id']}").status_code == 204
    with world.events() as written:
        assert world.ask("root", "DELETE", path).status_code == 204
    assert written == ["_collections.deleted"]
    assert world.ask("root", "DELETE", path).status_code == 404
    assert world.ask("root", "GET", f"{RECORDS.format(made['name'])}/{record}").status_code == 404
    again = make(world, name=made["name"], fields=[{"name": "a", "type": "bool"}])
    assert again["id"] == made["id"]
    assert world.ask("root", "GET", RECORDS.format(made["name"])).json()["totalItems"] == 0
    body = {"id": record, "a": True}
    assert world.ask("root", "POST", RECORDS.format(made["name"]), body=body).status_code == 200


def test_truncating_takes_every_record_with_what_hangs_on_it(world: World) -> None:
    made = make(world)
    relation = {"name": "r", "type": "relation", "collectionId": made["id"]}
    cascading = make(world, fields=[{**relation, "cascadeDelete": True}])
    loose = make(world, fields=[relation])
    ids = [world.make(made["name"], {}) for _ in range(3)]
    world.make(cascading["name"], {"r": ids[0]})
    left = world.make(loose["name"], {"r": ids[1]})
    path = f"{COLLECTIONS}/{made['name']}/truncate"
    with world.events() as written:
        assert world.ask("root", "DELETE", path).status_code == 204
    assert sorted(written) == sorted(
        [f"{made['name']}.deleted"] * 3
        + [f"{cascading['name']}.deleted", f"{loose['name']}.updated"]
    )
    assert world.show(loose["name"], left)["r"] == ""
    assert world.ask("root", "GET", RECORDS.format(cascading["name"])).json()["totalItems"] == 0


def test_truncating_is_refused_as_a_whole_where_a_record_is_required(world: World) -> None:
    made = make(world)
    relation = {"name": "r", "type": "relation", "collectionId": made["id"], "required": True}
    needing = make(world, fields=[relation])
    ids = [world.make(made["name"], {}) for _ in range(3)]
    world.make(needing["name"], {"r": ids[2]})
    path = f"{COLLECTIONS}/{made['name']}/truncate"
    with world.events() as written:
        assert world.ask("root", "DELETE", path).status_code == 400
    assert written == []


def test_truncating_keeps_counters_right(world: World) -> None:
    made = world.make("unified_cards", {"title": "x", "community_creator": world.ids["alice"]})
    world.make("likes", {"user": world.ids["bob"], "card": made})
    assert world.show("unified_cards", made)["community_likes"] == 1
    assert world.ask("root", "DELETE", f"{COLLECTIONS}/likes/truncate").status_code == 204
    assert world.show("unified_cards", made)["community_likes"] == 0
