"""Definitions that are refused: with which code, and at which key."""

from typing import Any

from tests.wire.rows import Row, check, rows
from tests.wire.test_collections import COLLECTIONS
from tests.wire.world import World


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
    Row(
        says="the numbers of a refusal are in the order of their names",
        who="root",
        method="POST",
        path=COLLECTIONS,
        body={"name": "a" * 256},
        status=400,
        codes={"name": "validation_length_out_of_range"},
        contains=['"params":{"max":255,"min":1}'],
    ),
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
