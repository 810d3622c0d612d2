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


def refusal(says: str, body: Any, **codes: str) -> Row:
    """A create that is refused with exactly these codes; `__` in a key stands for a dot."""
    named = {"name": "refused", **body} if isinstance(body, dict) else body
    return Row(
        says=says,
        who="root",
        method="POST",
        path=COLLECTIONS,
        body=named,
        status=400,
        codes={key.replace("__", "."): code for key, code in codes.items()},
    )


def field(**options: Any) -> dict[str, Any]:
    """One field after the id."""
    return {"fields": [{"name": "a", **options}]}


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
            {"sort": ",".join(["name"] * 9)},
        )
    ),
    Row(
        says="providers have a name and a title",
        who="root",
        path=f"{COLLECTIONS}/meta/oauth2-providers",
        equals={"0": {"name": "apple", "displayName": "Apple", "logo": ""}},
    ),
    Row(
        says="a view cannot be tried out",
        who="root",
        method="POST",
        path=f"{COLLECTIONS}/meta/dry-run-view",
        body={"query": "select 1"},
        status=400,
    ),
    Row(
        says="a view needs a query to be tried out",
        who="root",
        method="POST",
        path=f"{COLLECTIONS}/meta/dry-run-view",
        body={"query": " "},
        status=400,
        codes={"query": "validation_required"},
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
            ],
        },
        equals={
            "indexes": [
                "CREATE INDEX `one` ON `indexed` (\n  `a`,\n  `b` DESC\n)",
                "create   unique index two on indexed (a) where a != ''",
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


FORMLESS: list[dict[str, Any]] = [
    {"type": 5},
    {"name": 5},
    {"fields": {}},
    {"fields": [1]},
    {"fields": [{"name": "a"}]},
    {"fields": [{"name": "a", "type": "other"}]},
    {"fields": [{"name": "a", "type": "text", "max": "5"}]},
    {"fields": [{"name": "a", "type": "text", "max": 5.5}]},
    {"fields": [{"name": "a", "type": "text", "required": 1}]},
    {"indexes": "x"},
    {"indexes": [1]},
    {"listRule": 5},
    {"system": "x"},
    {"id": 5},
    {"type": "auth", "otp": 5},
    {"type": "auth", "otp": {"length": "x"}},
    {"type": "auth", "oauth2": {"providers": [5]}},
    {"type": "auth", "oauth2": {"providers": [{"extra": 5}]}},
]


@rows(
    refusal("a blank name", {"name": " "}, name="validation_required"),
    refusal("a name of 256 bytes", {"name": "a" * 256}, name="validation_length_out_of_range"),
    refusal("a name with a blank", {"name": "a b"}, name="validation_match_invalid"),
    refusal("a name of letters beyond ASCII", {"name": "카드"}, name="validation_match_invalid"),
    refusal("a name with _via_", {"name": "a_VIA_b"}, name="validation_found_via"),
    refusal("a taken name", {"name": "UserS"}, name="validation_collection_name_exists"),
    refusal(
        "the id of another as a name",
        {"name": "_pb_users_auth_"},
        name="validation_collection_name_id_duplicate",
    ),
    *(
        refusal(f"the name {name}", {"name": name}, name="validation_collection_name_invalid")
        for name in ("_collections", "hb_events", "HB_x", "sqlite_x", "_params")
    ),
    refusal("an unknown type", {"type": "other"}, type="validation_in_invalid"),
    refusal(
        "a view",
        {"type": "view", "viewQuery": "select id from users"},
        type="validation_view_unsupported",
    ),
    refusal("a bad id", {"id": "a b"}, id="validation_match_invalid"),
    refusal("a long id", {"id": "a" * 101}, id="validation_length_out_of_range"),
    refusal("a taken id", {"id": "_pb_users_auth_"}, id="validation_invalid_or_existing_id"),
    refusal(
        "an id that streams of the log have",
        {"id": "_collections"},
        id="validation_invalid_or_existing_id",
    ),
    refusal(
        "the name of another as an id", {"id": "users"}, id="validation_invalid_or_existing_id"
    ),
    *(refusal(f"what has not the form of a collection: {body}", body) for body in FORMLESS),
    Row(
        says="a list is no collection",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body=[],
        status=400,
    ),
    Row(
        says="U+0000 in a rule",
        who="root",
        method="POST",
        path=COLLECTIONS,
        headers={"content-type": "application/json"},
        content=b'{"name":"nul","listRule":"id = \\u0000"}',
        status=400,
    ),
    Row(
        says="a definition of more than 4 MiB",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={"name": "big", "listRule": "x" * (4 * 1024 * 1024)},
        status=413,
    ),
)
def test_what_cannot_be_made(world: World, row: Row) -> None:
    check(world, row)


@rows(
    refusal(
        "more than a thousand fields",
        {"fields": [{"name": f"f{n}", "type": "bool"} for n in range(5_000)]},
        fields="validation_length_out_of_range",
    ),
    refusal(
        "two names that differ in case",
        {"fields": [{"name": "a", "type": "text"}, {"name": "A", "type": "text"}]},
        fields__2__name="validation_duplicated_field_name",
    ),
    refusal(
        "an id of another type",
        field(name="id", type="number"),
        fields__1__name="validation_duplicated_field_name",
    ),
    refusal(
        "a renamed key",
        field(name="other", type="text", id="text3208210256"),
        fields="validation_missing_primary_key",
    ),
    refusal(
        "a second key",
        field(type="text", primaryKey=True, pattern="x", required=True),
        fields__0__primaryKey="validation_unsupported_composite_pk",
        fields__1__primaryKey="validation_unsupported_composite_pk",
        fields__1__name="validation_in_invalid",
    ),
    refusal(
        "a blank field name", field(name="", type="text"), fields__1__name="validation_required"
    ),
    *(
        refusal(
            f"a field called {name}",
            field(name=name, type="text"),
            fields__1__name="validation_not_in_invalid",
        )
        for name in ("null", "_rowid_", "RowId", "oid", "expand", "collectionId", "HB_Body")
    ),
    refusal(
        "a field with _via_",
        field(name="a_Via_b", type="text"),
        fields__1__name="validation_found_via",
    ),
    refusal(
        "a field with a quote",
        field(name='a"b', type="text"),
        fields__1__name="validation_match_invalid",
    ),
    refusal(
        "a reserved field of accounts",
        {"type": "auth", **field(name="oldPassword", type="text")},
        fields__1__name="validation_reserved_field_name",
    ),
    refusal(
        "a long help",
        field(type="bool", help="x" * 301, id="y" * 101),
        fields__1__help="validation_length_out_of_range",
        fields__1__id="validation_length_out_of_range",
    ),
    refusal(
        "patterns that are none",
        field(type="text", pattern="(", autogeneratePattern="["),
        fields__1__pattern="validation_invalid_regex",
        fields__1__autogeneratePattern="validation_invalid_regex",
    ),
    refusal(
        "a pattern of another dialect",
        field(type="text", pattern="(?=a)"),
        fields__1__pattern="validation_invalid_regex",
    ),
    refusal("a select of nothing", field(type="select"), fields__1__values="validation_required"),
    refusal(
        "a relation to nothing",
        field(type="relation"),
        fields__1__collectionId="validation_required",
    ),
    refusal(
        "a relation by name",
        field(type="relation", collectionId="users", minSelect=2, maxSelect=1),
        fields__1__collectionId="validation_field_relation_missing_collection",
        fields__1__maxSelect="validation_min_greater_equal_than_required",
    ),
    refusal(
        "a relation to itself before it is there",
        {"id": "selfish", **field(type="relation", collectionId="selfish")},
        fields__1__collectionId="validation_field_relation_missing_collection",
    ),
    refusal(
        "an autodate of no moment",
        field(type="autodate"),
        fields__1__onCreate="validation_required",
        fields__1__onUpdate="validation_required",
    ),
    refusal(
        "a thumb of no size",
        field(type="file", thumbs=["10x10", "0x0", "z"], maxSize=-1),
        fields__1__thumbs__1="validation_not_in_invalid",
        fields__1__thumbs__2="validation_match_invalid",
        fields__1__maxSize="validation_min_greater_equal_than_required",
    ),
)
def test_fields_that_cannot_be(world: World, row: Row) -> None:
    check(world, row)


TEXT_FIELDS = [{"name": "a", "type": "text"}, {"name": "b", "type": "text"}]


def indexed(*indexes: str) -> dict[str, Any]:
    """Two texts with indexes."""
    return {"fields": TEXT_FIELDS, "indexes": list(indexes)}


INVALID_INDEX = "validation_invalid_index_expression"


@rows(
    *(
        refusal(f"the index {text[:60]}", indexed(text), indexes__0=INVALID_INDEX)
        for text in (
            "",
            "DROP TABLE users",
            "CREATE INDEX foo",
            "CREATE INDEX foo ON refused ()",
            "CREATE INDEX foo ON refused (a); DROP TABLE users",
            "CREATE INDEX foo ON refused (a) -- x",
            "CREATE INDEX foo ON refused (nope)",
            "CREATE INDEX foo ON refused (a) WHERE nope = 1",
            "CREATE INDEX foo ON refused (random())",
            "CREATE INDEX refused ON refused (a)",
            "CREATE INDEX users ON refused (a)",
            "CREATE INDEX sqlite_x ON refused (a)",
            "CREATE INDEX hb_x ON refused (a)",
            "CREATE TRIGGER foo AFTER INSERT ON refused",
            "CREATE INDEX foo ON refused (" + "a," * 3_000 + "a)",
            "(" * 4_000,
        )
    ),
    refusal(
        "two indexes of one name",
        indexed("CREATE INDEX foo ON x (a)", "CREATE INDEX FOO ON x (b)"),
        indexes__1="validation_duplicated_index_name",
    ),
    refusal(
        "two indexes that do the same",
        indexed("CREATE INDEX foo ON x (a)", "CREATE INDEX bar ON x (A)"),
        indexes__1="validation_duplicated_index_definition",
    ),
    refusal(
        "the name of an index elsewhere",
        indexed("CREATE INDEX idx_users_username ON x (a)"),
        indexes__0="validation_existing_index_name",
    ),
    refusal(
        "more than a hundred indexes",
        indexed(*(f"CREATE INDEX i{n} ON x (a)" for n in range(101))),
        indexes="validation_length_out_of_range",
    ),
)
def test_indexes_that_cannot_be(world: World, row: Row) -> None:
    check(world, row)


@rows(
    refusal(
        "rules that are none",
        {
            "listRule": "nope = 1",
            "viewRule": "id =",
            "createRule": "@collection.nope.id = 1",
            "updateRule": "",
            "deleteRule": "id = 1",
        },
        listRule="validation_invalid_rule",
        viewRule="validation_invalid_rule",
        createRule="validation_invalid_rule",
    ),
    refusal(
        "a rule of too many comparisons",
        {"listRule": "||".join(["id=1"] * 201)},
        listRule="validation_invalid_rule",
    ),
    refusal(
        "a manage rule for everybody",
        {"type": "auth", "manageRule": "", "authRule": "x = 1"},
        manageRule="validation_nil_or_not_empty_required",
        authRule="validation_invalid_rule",
    ),
    refusal(
        "options out of bounds",
        {
            "type": "auth",
            "authToken": {"duration": 1, "secret": "x"},
            "fileToken": {"duration": 0},
            "verificationTemplate": {"body": "", "subject": ""},
            "authAlert": {"emailTemplate": {"body": ""}},
            "otp": {"enabled": True, "duration": 1, "length": 1, "emailTemplate": {"subject": ""}},
            "mfa": {"enabled": True, "duration": 1, "rule": "nope = 1"},
        },
        authToken__duration="validation_min_greater_equal_than_required",
        authToken__secret="validation_length_out_of_range",
        fileToken__duration="validation_required",
        verificationTemplate__body="validation_required",
        verificationTemplate__subject="validation_required",
        authAlert__emailTemplate__body="validation_required",
        otp__duration="validation_min_greater_equal_than_required",
        otp__length="validation_min_greater_equal_than_required",
        otp__emailTemplate__subject="validation_required",
        mfa__duration="validation_min_greater_equal_than_required",
    ),
    refusal(
        "a second step with one way in",
        {"type": "auth", "mfa": {"enabled": True}},
        mfa__enabled="validation_mfa_not_enough_auths",
    ),
    refusal(
        "a second step by a bad rule",
        {"type": "auth", "mfa": {"enabled": True, "rule": "nope = 1"}, "otp": {"enabled": True}},
        mfa__rule="validation_invalid_rule",
    ),
    refusal(
        "no field to log in by",
        {"type": "auth", "passwordAuth": {"identityFields": []}},
        passwordAuth__identityFields="validation_required",
    ),
    refusal(
        "a missing field to log in by",
        {"type": "auth", "passwordAuth": {"identityFields": ["email", "nope"]}},
        passwordAuth__identityFields="validation_missing_field",
    ),
    refusal(
        "a field to log in by that many share",
        {"type": "auth", "passwordAuth": {"identityFields": ["verified"]}},
        passwordAuth__identityFields="validation_missing_unique_constraint",
    ),
    refusal(
        "a provider named twice",
        {
            "type": "auth",
            "oauth2": {"enabled": True, "providers": [{"name": "google"}, {"name": "google"}]},
        },
        oauth2__providers__1__name="validation_duplicated_provider",
    ),
    refusal(
        "a provider that is none",
        {
            "type": "auth",
            "oauth2": {
                "enabled": True,
                "providers": [
                    {"name": "nope", "clientId": "x", "clientSecret": "y", "authURL": "x y"}
                ],
            },
        },
        oauth2__providers__0__name="validation_missing_provider",
        oauth2__providers__0__authURL="validation_is_url",
    ),
)
def test_rules_and_options_that_cannot_be(world: World, row: Row) -> None:
    check(world, row)


def test_a_refusal_says_what_is_wrong_with_a_rule(world: World) -> None:
    answer = world.ask("root", "POST", COLLECTIONS, body={"name": "x", "listRule": "nope = 1"})
    assert answer.json()["data"]["listRule"]["message"] == "Not a rule. There is no such field."


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
