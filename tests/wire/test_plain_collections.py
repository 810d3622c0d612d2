"""What the reference says of any collection, on some that have nothing of the product's."""

from typing import Any, Final

import httpx
import pytest

from tests.wire.rows import Json
from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.world import RECORDS, World

MIXED: Final[list[dict[str, Json]]] = [
    {"name": "n", "type": "number"},
    {"name": "a", "type": "text"},
    {"name": "B", "type": "text"},
]
"""Fields whose names sort apart from how they are listed: upper case comes first."""

OPEN: Final = {f"{action}Rule": "" for action in ("list", "view", "create", "update", "delete")}


def opened(world: World, *fields: dict[str, Json], **rules: str | None) -> str:
    """The name of a fresh collection that everybody may read and write."""
    named = [{"type": "text", **field} for field in fields]
    return str(make(world, fields=named, **{**OPEN, **rules})["name"])


def write(
    world: World, collection: str, record_id: str = "", who: str = "guest", **body: Json
) -> httpx.Response:
    """Creates a record, or changes the one with this id."""
    path = RECORDS.format(collection) + (f"/{record_id}" if record_id else "")
    return world.ask(who, "PATCH" if record_id else "POST", path, body=body)


def related(to: str, **options: Json) -> dict[str, Json]:
    """A relation called `to` to another collection."""
    return {"name": "to", "type": "relation", "collectionId": to, **options}


EXPRESSION: Final = "@request.auth.username = 'alice'"


@pytest.mark.parametrize(
    ("rule", "guest", "bob", "alice"),
    [
        (None, (403, 403, 403, 403, 403), (403, 403, 403, 403, 403), (403, 403, 403, 403, 403)),
        ("", (200, 200, 200, 200, 204), (200, 200, 200, 200, 204), (200, 200, 200, 200, 204)),
        (
            EXPRESSION,
            (0, 404, 400, 404, 404),
            (0, 404, 400, 404, 404),
            (200, 200, 200, 200, 204),
        ),
    ],
)
def test_a_rule_gives_each_caller_the_status_of_its_action(
    world: World, rule: str | None, guest: Any, bob: Any, alice: Any
) -> None:
    """Statuses of list, view, create, update and delete; 0 is an empty page."""
    name = opened(world, {"name": "a"}, **dict.fromkeys(OPEN, rule))
    path = RECORDS.format(name)
    root = (200, 200, 200, 200, 204)
    for who, wanted in {"guest": guest, "bob": bob, "alice": alice, "root": root}.items():
        record = f"{path}/{world.make(name, {})}"
        listed = world.ask(who, "GET", path)
        statuses = (
            0 if listed.status_code == 200 and not listed.json()["items"] else listed.status_code,
            world.ask(who, "GET", record).status_code,
            world.ask(who, "POST", path, body={}).status_code,
            world.ask(who, "PATCH", record, body={}).status_code,
            world.ask(who, "DELETE", record).status_code,
        )
        assert statuses == wanted, who


def test_a_refused_create_says_nothing_of_the_rule(world: World) -> None:
    name = opened(world, {"name": "a", "required": True}, createRule="a = 'x'")
    refused = write(world, name, a="")
    assert (refused.status_code, refused.json()["data"]) == (400, {})


def test_keys_of_records_are_in_the_order_of_their_bytes(world: World) -> None:
    name = opened(world, *MIXED)
    made = write(world, name, n=1, a="<&>", B="x")
    assert list(made.json()) == ["B", "a", "collectionId", "collectionName", "id", "n"]
    listed = world.ask("guest", "GET", RECORDS.format(name))
    assert list(listed.json()) == ["items", "page", "perPage", "totalItems", "totalPages"]
    assert made.text in listed.text
    assert '"<&>"' in made.text
    assert (made.text[-1], listed.text[-1]) == ("}", "}")


def test_the_id_of_a_collection_is_taken_to_the_letter(world: World) -> None:
    name = opened(world, {"name": "a"})
    collection_id = world.ask("root", "GET", f"{COLLECTIONS}/{name}").json()["id"]
    found = [
        world.ask("guest", "GET", RECORDS.format(text)).status_code
        for text in (name.upper(), collection_id, collection_id.upper())
    ]
    assert found == [200, 200, 404]


def test_what_is_hidden_was_not_sent_for_the_rules(world: World) -> None:
    name = opened(
        world, {"name": "secret", "hidden": True}, createRule="@request.body.secret:isset = false"
    )
    made = write(world, name, secret="mine")
    assert made.status_code == 200
    assert world.show(name, made.json()["id"])["secret"] == ""
    assert write(world, name, who="root", secret="s").json()["secret"] == "s"


def test_an_update_rule_sees_the_stored_record(world: World) -> None:
    name = opened(world, {"name": "n", "type": "number"}, updateRule="n = 1")
    record_id = world.make(name, {"n": 1})
    assert write(world, name, record_id, n=2).status_code == 200
    assert write(world, name, record_id, n=1).status_code == 404


def test_nothing_has_changed_on_create(world: World) -> None:
    name = opened(world, {"name": "a"}, createRule="@request.body.a:changed = false && a = 'x'")
    assert write(world, name, a="x").status_code == 200


def test_rules_see_the_sum_that_a_modifier_makes(world: World) -> None:
    rule = "@request.body.n = 5 && n = 2"
    name = opened(world, {"name": "n", "type": "number"}, updateRule=rule)
    record_id = world.make(name, {"n": 2})
    assert write(world, name, record_id, "guest", **{"n+": 4}).status_code == 404
    assert write(world, name, record_id, "guest", **{"n+": 3}).json()["n"] == 5


def test_a_form_takes_the_query_along_and_a_payload_as_it_is(world: World) -> None:
    name = opened(world, {"name": "a"}, {"name": "b", "type": "json"}, {"name": "c"})
    parts = {"a": "01", "@jsonPayload": '{"b":"1"}'}
    content = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'
        for key, text in parts.items()
    )
    made = world.ask(
        "guest",
        "POST",
        RECORDS.format(name),
        query={"c": "q"},
        content=f"{content}--B--\r\n".encode(),
        headers={"content-type": "multipart/form-data; boundary=B"},
    ).json()
    assert (made["a"], made["b"], made["c"]) == ("01", 1, "q")


def test_an_empty_value_is_under_no_minimum(world: World) -> None:
    fields = [
        {"name": "a", "min": 3},
        {"name": "n", "type": "number", "min": 3, "max": 4},
        related("_pb_users_auth_", minSelect=2, maxSelect=3),
    ]
    assert write(world, opened(world, *fields), a="", n=0, to=[]).status_code == 200


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("123", 123),
        ("null", None),
        ("", ""),
        ("test", "test"),
        ("[1,2,3", "[1,2,3"),
        ('{"b":1,"a":2}', {"a": 2, "b": 1}),
        (" 1", " 1"),
        (None, None),
        (123.456, 123.456),
    ],
)
def test_a_text_that_is_json_is_kept_as_what_it_says(world: World, sent: Json, kept: Json) -> None:
    made = write(world, opened(world, {"name": "j", "type": "json"}), j=sent)
    assert made.json()["j"] == kept


def test_times_of_a_record_cannot_be_sent_by_anybody(world: World) -> None:
    times = [{"name": name, "type": "autodate", "onCreate": True} for name in ("made", "born")]
    name = opened(world, *times)
    for who in ("guest", "root"):
        made = write(world, name, who=who, made="2001-01-01 00:00:00.000Z").json()
        assert made["made"] > "2020"
        changed = write(world, name, made["id"], who=who, made="2001-01-01 00:00:00.000Z").json()
        assert changed["made"] == made["made"]


def test_a_record_goes_with_the_last_of_those_it_hangs_on(world: World) -> None:
    target = make(world, fields=[{"name": "a", "type": "text"}])
    first, second = (world.make(target["name"], {}) for _ in range(2))
    options = {"maxSelect": 5, "minSelect": 2, "cascadeDelete": True}
    name = opened(world, related(target["id"], **options))
    record_id = world.make(name, {"to": [first, second]})
    path = RECORDS.format(target["name"])
    assert world.ask("root", "DELETE", f"{path}/{first}").status_code == 204
    assert world.show(name, record_id)["to"] == [second]  # fewer than it must have, unchecked
    assert world.ask("root", "DELETE", f"{path}/{second}").status_code == 204
    gone = world.ask("root", "GET", f"{RECORDS.format(name)}/{record_id}")
    assert gone.status_code == 404


def test_the_last_of_what_must_be_there_stays(world: World) -> None:
    target = make(world, fields=[{"name": "a", "type": "text"}])
    first, second = (world.make(target["name"], {}) for _ in range(2))
    name = opened(world, related(target["id"], maxSelect=5, required=True))
    record_id = world.make(name, {"to": [first, second]})
    path = RECORDS.format(target["name"])
    assert world.ask("root", "DELETE", f"{path}/{first}").status_code == 204
    refused = world.ask("root", "DELETE", f"{path}/{second}")
    assert (refused.status_code, refused.json()["data"]) == (400, {})
    assert world.show(name, record_id)["to"] == [second]


def test_an_expand_asks_the_view_rule_and_not_the_list_rule(world: World) -> None:
    for rules, wanted in (
        ({"listRule": None, "viewRule": ""}, ["to"]),
        ({"listRule": "", "viewRule": None}, None),
        ({"listRule": "", "viewRule": "a = 'x'"}, []),
    ):
        target = make(world, fields=[{"name": "a", "type": "text"}], **rules)
        name = opened(world, related(target["id"]))
        record_id = world.make(name, {"to": world.make(target["name"], {"a": "y"})})
        path = f"{RECORDS.format(name)}/{record_id}"
        shown = world.ask("guest", "GET", path, query={"expand": "to,nope.x"}).json()
        assert (list(shown["expand"]) if "expand" in shown else None) == wanted


def test_a_filter_across_a_relation_needs_and_keeps_the_list_rule_there(world: World) -> None:
    for rule, wanted in ((None, 400), ("", 2), ("a = 'x'", 1)):
        target = make(world, fields=[{"name": "a", "type": "text"}], listRule=rule)
        name = opened(world, related(target["id"]))
        for a in ("x", "y"):
            world.make(name, {"to": world.make(target["name"], {"a": a})})
        query = {"filter": "to.a != 'z'"}
        answer = world.ask("guest", "GET", RECORDS.format(name), query=query)
        found = answer.json().get("totalItems", answer.status_code)
        assert found == wanted, rule


def test_ids_that_differ_in_case_alone_are_one(world: World) -> None:
    key = {"name": "id", "type": "text", "min": 1, "max": 30, "pattern": "^[a-zA-Z0-9_-]+$"}
    name = opened(world, key, {"name": "a"})
    assert write(world, name, id="Card-1").status_code == 200
    for same in ("Card-1", "card-1", "CARD-1"):
        answer = write(world, name, id=same)
        assert answer.status_code == 400
        assert answer.json()["data"]["id"]["code"] == "validation_pk_invalid"
    assert write(world, name, id="Card-2").status_code == 200
    assert write(world, name, "Card-1", a="changed").status_code == 200
    plain = opened(world, {"name": "a"})
    assert write(world, plain, id="a" * 15).status_code == 200
    twice = write(world, plain, id="a" * 15)
    assert twice.json()["data"]["id"]["code"] == "validation_not_unique"
