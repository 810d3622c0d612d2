"""Collections over the wire: what superusers see and make, and what is refused with which code."""

import json
from typing import Any

import pytest

from tests.wire.rows import ANYTHING, Row, check, rows
from tests.wire.world import World

COLLECTIONS = "/api/collections"
COMMON = [
    *("id", "listRule", "viewRule", "createRule", "updateRule", "deleteRule", "name", "type"),
    *("fields", "indexes", "created", "updated", "system"),
]
OPTIONS = [
    *("authRule", "manageRule", "authAlert", "oauth2", "passwordAuth", "mfa", "otp", "authToken"),
    *("passwordResetToken", "emailChangeToken", "verificationToken", "fileToken"),
    *("verificationTemplate", "resetPasswordTemplate", "confirmEmailChangeTemplate"),
]


def make(world: World, **body: Any) -> dict[str, Any]:
    """A fresh collection."""
    answer = world.ask("root", "POST", COLLECTIONS, body={"name": world.fresh("made"), **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@rows(
    *(
        Row(
            says=f"{who} gets {status} for {method} {path}",
            who=who,
            method=method,
            path=path,
            body={} if method in ("POST", "PATCH", "PUT") else None,
            status=status,
        )
        for who, status in (("guest", 401), ("alice", 403))
        for method, path in (
            ("GET", COLLECTIONS),
            ("POST", COLLECTIONS),
            ("GET", f"{COLLECTIONS}/users"),
            ("PATCH", f"{COLLECTIONS}/users"),
            ("DELETE", f"{COLLECTIONS}/users"),
            ("DELETE", f"{COLLECTIONS}/users/truncate"),
            ("PUT", f"{COLLECTIONS}/import"),
            ("GET", f"{COLLECTIONS}/meta/scaffolds"),
            ("GET", f"{COLLECTIONS}/meta/oauth2-providers"),
            ("POST", f"{COLLECTIONS}/meta/dry-run-view"),
        )
    ),
)
def test_only_superusers_come_in(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="a collection is found by name without regard to case",
        who="root",
        path=f"{COLLECTIONS}/USERS",
        equals={"name": "users", "type": "auth"},
    ),
    Row(
        says="a collection is found by id",
        who="root",
        path=f"{COLLECTIONS}/_pb_users_auth_",
        equals={"name": "users"},
    ),
    Row(
        says="an unknown collection is a 404", who="root", path=f"{COLLECTIONS}/nothing", status=404
    ),
    Row(
        says="no secret is shown",
        who="root",
        path=f"{COLLECTIONS}/users",
        lacks=['"secret"', '"clientSecret"'],
    ),
    Row(
        says="a list is filtered by name",
        who="root",
        path=COLLECTIONS,
        query={"filter": "name = 'users' && system = false", "fields": "id"},
        equals={"items": [{"id": "_pb_users_auth_"}], "totalItems": 1},
    ),
    Row(
        says="a list is sorted and paged",
        who="root",
        path=COLLECTIONS,
        query={"sort": "-name", "perPage": 1, "filter": "name ~ 'us%'", "skipTotal": 1},
        equals={"items.0.name": "users", "perPage": 1, "totalItems": -1, "totalPages": -1},
    ),
    *(
        Row(
            says=f"a list cannot be asked for {query}",
            who="root",
            path=COLLECTIONS,
            query=query,
            status=400,
        )
        for query in (
            {"filter": "listRule = ''"},
            {"filter": "name ="},
            {"sort": "fields"},
            {"page": "x"},
            {"filter": "@collection.users.id = ''"},
            {"filter": "@request.auth.id != ''"},
            {"sort": ",".join(["name"] * 9)},
        )
    ),
    Row(
        says="providers have a name and a title",
        who="root",
        path=f"{COLLECTIONS}/meta/oauth2-providers",
        equals={"0": {"name": "apple", "displayName": "Apple", "logo": ""}},
    ),
)
def test_looking(world: World, row: Row) -> None:
    check(world, row)


def test_the_keys_have_the_order_of_the_reference(world: World) -> None:
    scaffolds = world.ask("root", "GET", f"{COLLECTIONS}/meta/scaffolds").json()
    assert list(scaffolds["base"]) == COMMON
    assert list(scaffolds["view"]) == [*COMMON, "viewQuery"]
    assert list(scaffolds["auth"]) == [*COMMON, *OPTIONS]
    for scaffold in scaffolds.values():
        assert (scaffold["id"], scaffold["name"], scaffold["created"]) == ("", "", "")
        for each in scaffold["fields"]:
            assert list(each) == sorted(each)
    assert json.dumps(scaffolds["base"]["fields"][0], separators=(",", ":")) == (
        '{"autogeneratePattern":"[a-z0-9]{15}","help":"","hidden":false,"id":"text3208210256",'
        '"max":15,"min":15,"name":"id","pattern":"^[a-z0-9]+$","presentable":false,'
        '"primaryKey":true,"required":true,"system":true,"type":"text"}'
    )
    assert list(scaffolds["auth"]["oauth2"]) == ["providers", "mappedFields", "enabled"]
    assert scaffolds["auth"]["authToken"] == {"duration": 432_000}


def test_every_type_of_field_is_shown_with_all_its_options(world: World) -> None:
    kinds = {
        "text": "autogeneratePattern help max min pattern primaryKey required",
        "editor": "convertURLs help maxSize required",
        "number": "help max min onlyInt required",
        "bool": "help required",
        "email": "exceptDomains help onlyDomains required",
        "url": "exceptDomains help onlyDomains required",
        "date": "help max min required",
        "autodate": "onCreate onUpdate",
        "select": "help maxSelect required values",
        "file": "help maxSelect maxSize mimeTypes protected required thumbs",
        "relation": "cascadeDelete collectionId help maxSelect minSelect required",
        "json": "help maxSize required",
        "password": "cost help max min pattern required",
        "geoPoint": "help required",
    }
    given: dict[str, dict[str, Any]] = {
        "autodate": {"onCreate": True},
        "select": {"values": ["x"]},
        "relation": {"collectionId": "_pb_users_auth_"},
        "number": {"min": 1.0, "max": 2.5},
        "email": {"onlyDomains": None},
    }
    made = make(
        world, fields=[{"name": f"f_{kind}", "type": kind, **given.get(kind, {})} for kind in kinds]
    )
    common = ["hidden", "id", "name", "presentable", "system", "type"]
    for each in made["fields"][1:]:
        assert list(each) == sorted([*common, *kinds[each["type"]].split()])
    assert '"max":2.5,"min":1,' in json.dumps(made["fields"][3], separators=(",", ":"))
    assert made["fields"][5]["onlyDomains"] == []


@rows(
    Row(
        says="a base collection is made with an id of type and name",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={"name": "plain"},
        equals={
            "id": "pbc_3529956388",
            "type": "base",
            "fields.0.id": "text3208210256",
            "indexes": [],
            "listRule": None,
            "created": ANYTHING,
        },
        events=["_collections.created"],
    ),
    Row(
        says="fields get ids of type and name, and the last of a name wins its place",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={
            "name": "ids",
            "fields": [
                {"name": "a", "type": "text"},
                {"name": "b", "type": "text", "id": "mine"},
                {"name": "a", "type": "number"},
            ],
        },
        equals={"fields.1.id": "text3904355907", "fields.1.type": "number", "fields.2.id": "mine"},
        events=["_collections.created"],
    ),
    Row(
        says="a field of id is made the key it has to be",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={
            "name": "own_id",
            "fields": [{"name": "id", "type": "text", "id": "own", "max": 5, "hidden": True}],
        },
        equals={
            "fields": [
                {
                    "autogeneratePattern": "",
                    "help": "",
                    "hidden": False,
                    "id": "own",
                    "max": 5,
                    "min": 0,
                    "name": "id",
                    "pattern": "^[a-z0-9]+$",
                    "presentable": False,
                    "primaryKey": True,
                    "required": True,
                    "system": True,
                    "type": "text",
                }
            ]
        },
        events=["_collections.created"],
    ),
    Row(
        says="an index on another table is spelled anew",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={
            "name": "indexed",
            "fields": [{"name": "a", "type": "text"}, {"name": "b", "type": "text"}],
            "indexes": [
                "create index one on other (a,  b desc)",
                "create   unique index two on indexed (a) where a != ''",
                "create unique index three on other (lower( b )) where a!='' and (b > 'x') ;",
            ],
        },
        equals={
            "indexes": [
                "CREATE INDEX `one` ON `indexed` (\n  `a`,\n  `b` DESC\n)",
                "create   unique index two on indexed (a) where a != ''",
                "CREATE UNIQUE INDEX `three` ON `indexed` (lower( b )) WHERE a!='' and (b > 'x')",
            ]
        },
        events=["_collections.created"],
    ),
    Row(
        says="an auth collection has its fields, indexes and options",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={"name": "members", "type": "auth", "id": "mem"},
        equals={
            "indexes": [
                "CREATE UNIQUE INDEX `idx_tokenKey_mem` ON `members` (`tokenKey`)",
                "CREATE UNIQUE INDEX `idx_email_mem` ON `members` (`email`) WHERE `email` != ''",
            ],
            "passwordAuth": {"enabled": True, "identityFields": ["email"]},
            "fields.5.name": "verified",
            "authRule": "",
            "fileToken": {"duration": 180},
        },
        events=["_collections.created"],
    ),
    Row(
        says="options that are sent go over those that are not",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={
            "name": "optional",
            "type": "auth",
            "otp": {"length": 6},
            "authToken": {"secret": "x" * 30},
            "oauth2": {
                "mappedFields": {"name": "nothing", "id": "email"},
                "providers": [
                    {"name": "google", "clientId": "i", "clientSecret": "s", "extra": {"a": 1}}
                ],
            },
        },
        equals={
            "otp.length": 6,
            "otp.duration": 180,
            "authToken": {"duration": 432_000},
            "oauth2.mappedFields": {"id": "email", "name": "", "username": "", "avatarURL": ""},
            "oauth2.providers": [
                {
                    "pkce": None,
                    "name": "google",
                    "clientId": "i",
                    "authURL": "",
                    "tokenURL": "",
                    "userInfoURL": "",
                    "displayName": "",
                    "extra": {"a": 1},
                }
            ],
        },
        events=["_collections.created"],
    ),
    Row(
        says="an unknown key is nothing, and null is nothing sent",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={
            "name": "nulls",
            "color": 1,
            "fields": None,
            "indexes": None,
            "type": None,
            "created": "2001-01-01 00:00:00.000Z",
        },
        equals={"type": "base"},
        lacks=["2001"],
        events=["_collections.created"],
    ),
)
def test_making(world: World, row: Row) -> None:
    check(world, row)


@pytest.mark.parametrize("name", ["select", "order", "Group", "table", "user", "_hidden", "a1"])
def test_words_of_sql_are_names_like_others(world: World, name: str) -> None:
    made = make(
        world,
        name=name,
        fields=[{"name": "from", "type": "text"}, {"name": "row", "type": "number"}],
        indexes=[f"CREATE INDEX `idx_{name}` ON `{name}` (`from`, `row`)"],
    )
    record = world.make(name, {"from": "x", "row": 5})
    query = {"filter": "from = 'x' && row = 5", "sort": "@rowid,-from", "expand": "x_via_y"}
    path = f"{COLLECTIONS}/{name.upper()}/records"
    assert [r["id"] for r in world.ask("root", "GET", path, query=query).json()["items"]] == [
        record
    ]
    assert world.ask("root", "DELETE", f"{COLLECTIONS}/{made['id']}").status_code == 204
    assert world.ask("root", "GET", path).status_code == 404
