"""The audit: who changed what, when, from what to what, for those who may look."""

from typing import Any

import pytest

from holobase.community.identity.permissions import AUDITOR, MEMBER
from holobase.engine.audit import PER_PAGE_MAX
from tests.wire.rows import Row, check, rows
from tests.wire.world import World

AUDIT = "/api/audit"


@pytest.fixture(scope="module")
def audited(world: World) -> World:
    """The world with an auditor in it."""
    if "auditor" not in world.tokens:
        world.change("users", world.person("auditor"), roles=[MEMBER.id, AUDITOR.id])
    return world


def page(world: World, **query: Any) -> dict[str, Any]:
    answer = world.ask("auditor", "GET", AUDIT, query=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@rows(
    Row(says="guests may not look", path=AUDIT, status=401),
    Row(says="users may not look", who="alice", path=AUDIT, status=403),
    Row(says="moderators may not look", who="mod", path=AUDIT, status=403),
    Row(says="superusers may look", who="root", path=AUDIT),
    Row(
        says="a record is asked for with its collection",
        who="root",
        path=AUDIT,
        query={"record": "{card}"},
        status=400,
    ),
    Row(says="a time is a date", who="root", path=AUDIT, query={"since": "yesterday"}, status=400),
    Row(says="a place is a number", who="root", path=AUDIT, query={"before": "x"}, status=400),
    Row(
        says="what is asked for can be picked",
        who="root",
        path=AUDIT,
        query={"perPage": "1", "fields": "items.actor"},
        lacks=["nextBefore", "position"],
    ),
    Row(
        says="a collection that is not there has no events",
        who="root",
        path=AUDIT,
        query={"collection": "nope"},
        contains=['"items":[]'],
    ),
)
def test_asking(world: World, row: Row) -> None:
    check(world, row)


def test_a_change_is_told_with_what_was_before(audited: World) -> None:
    card = audited.make("unified_cards", {"title": "A", "community_creator": audited.ids["alice"]})
    path = f"/api/collections/unified_cards/records/{card}"
    assert audited.ask("alice", "PATCH", path, body={"title": "B"}).status_code == 200
    assert audited.ask("root", "PATCH", path, body={"title": "C"}).status_code == 200
    assert audited.ask("alice", "DELETE", path).status_code == 204
    items = page(audited, collection="unified_cards", record=card)["items"]
    told = [(each["type"], each["actor"], each["changes"]["title"]) for each in items]
    alice = f"users/{audited.ids['alice']}"
    root = told[1][1]
    assert root.startswith("_superusers/")
    assert told == [
        ("unified_cards.deleted", alice, {"from": "C"}),
        ("unified_cards.updated", root, {"from": "B", "to": "C"}),
        ("unified_cards.updated", alice, {"from": "A", "to": "B"}),
        ("unified_cards.created", root, {"to": "A"}),
    ]
    assert [each["version"] for each in items] == [4, 3, 2, 1]
    assert {each["record"] for each in items} == {card}


def test_personal_and_secret_values_stay_sealed(audited: World) -> None:
    name = audited.fresh("sealed")
    person = audited.person(name)
    audited.change("users", person, locale="en", name="A secret name")
    answer = audited.ask("auditor", "GET", AUDIT, query={"collection": "users", "record": person})
    assert name not in answer.text and "A secret name" not in answer.text
    assert "$2a$" not in answer.text
    changed = next(i for i in answer.json()["items"] if i["type"] == "users.updated")
    assert changed["sealed"] == ["name"]
    assert changed["changes"]["locale"] == {"from": "ko", "to": "en"}


def test_pages_go_on_where_the_one_before_ended(audited: World) -> None:
    alice = audited.ids["alice"]
    made = [
        audited.make("unified_cards", {"title": f"{n}", "community_creator": alice})
        for n in range(5)
    ]
    found: list[str] = []
    before = 0
    while len(found) < 5:
        asked = page(audited, collection="unified_cards", perPage=2, before=before)
        found += [each["record"] for each in asked["items"]]
        before = asked["nextBefore"]
    assert found[:5] == made[::-1]


def test_events_are_found_by_who_and_when(audited: World) -> None:
    name = audited.fresh("actor")
    person = audited.person(name)
    path = f"/api/collections/users/records/{person}"
    assert audited.ask(name, "PATCH", path, body={"locale": "ja"}).status_code == 200
    mine = page(audited, actor=f"users/{person}")["items"]
    assert any(each["changes"].get("locale") == {"from": "ko", "to": "ja"} for each in mine)
    assert {each["actor"] for each in mine} == {f"users/{person}"}
    moment = mine[-1]["at"]
    assert page(audited, actor=f"users/{person}", until=moment)["items"] == []
    assert page(audited, actor=f"users/{person}", since=moment)["items"] == mine


def test_definitions_and_settings_tell_what_changed_in_them(audited: World) -> None:
    name = audited.fresh("audited")
    collection = {"name": name, "type": "base", "listRule": None}
    made = audited.ask("root", "POST", "/api/collections", body=collection).json()
    path = f"/api/collections/{made['id']}"
    assert audited.ask("root", "PATCH", path, body={"listRule": ""}).status_code == 200
    [changed, *_] = page(audited, collection="_collections", record=made["id"])["items"]
    assert changed["changes"]["listRule"] == {"from": None, "to": ""}
    assert set(changed["changes"]) == {"listRule", "updated"}


def test_counters_are_not_told(audited: World) -> None:
    like = {"user": audited.ids["bob"], "card": audited.ids["card"]}
    made = audited.make("likes", like)
    items = page(audited, perPage=PER_PAGE_MAX)["items"]
    assert any(each["record"] == made for each in items)
    assert not any(each["type"].endswith(".derived") for each in items)
    assert any(event.kind == "derived" for event in audited.events_after(0))
