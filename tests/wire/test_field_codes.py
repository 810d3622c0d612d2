"""What a field refuses: options, and values by code and parameters, for a field of each type."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.wire.rows import Json, Row, check, rows
from tests.wire.test_collections import make
from tests.wire.test_collections_refused import field, refusal
from tests.wire.world import RECORDS, World

FIELDS: Final[list[dict[str, Json]]] = [
    {"name": "id", "type": "text", "pattern": "^.+$", "min": 1, "max": 40}
    | {"autogeneratePattern": "[a-z]{20}"},
    {"name": "text", "type": "text", "min": 2, "max": 3, "pattern": "^a"},
    {"name": "editor", "type": "editor", "maxSize": 5},
    {"name": "number", "type": "number", "min": 2, "max": 5, "onlyInt": True},
    {"name": "email", "type": "email", "onlyDomains": ["ok.io"]},
    {"name": "url", "type": "url", "exceptDomains": ["no.io"]},
    {"name": "date", "type": "date", "min": "2020-01-01 00:00:00.000Z", "max": "2021-01-01"},
    {"name": "select", "type": "select", "values": ["a", "b"]},
    {"name": "selects", "type": "select", "values": ["a", "b", "c"], "maxSelect": 2},
    {"name": "relation", "type": "relation", "collectionId": "_pb_users_auth_"},
    {"name": "relations", "type": "relation", "collectionId": "_pb_users_auth_"}
    | {"minSelect": 2, "maxSelect": 3},
    {"name": "file", "type": "file"},
    {"name": "json", "type": "json", "maxSize": 16},
    {"name": "password", "type": "password", "min": 3, "max": 5, "pattern": "^a"},
    {"name": "point", "type": "geoPoint"},
]


@pytest.fixture(scope="module")
def fields(world: World) -> Iterator[str]:
    """A collection with a field of each type."""
    made = make(world, fields=FIELDS, createRule="")
    world.ids["fields"] = made["name"]
    yield made["name"]
    del world.ids["fields"]


def refused(field: str, value: Any, code: str, params: Mapping[str, Json] | None = None) -> Row:
    """A record that is refused for this value alone."""
    item = f"data.{field}"
    return Row(
        says=f"{field} {value!r}"[:60],
        method="POST",
        path=RECORDS.format("{fields}"),
        body={field: value},
        status=400,
        codes={field: code},
        equals={f"{item}.params": params} if params else {},
        lacks=[] if params else ["params"],
    )


@rows(
    refused("id", "a.b", "validation_forbidden_pk_character", {"ch": "."}),
    refused("id", "a b", "validation_forbidden_pk_character", {"ch": " "}),
    refused("id", "con", "validation_reserved_pk", {"reserved": "CON"}),
    refused("id", "a" * 41, "validation_max_text_constraint", {"max": 40}),
    refused("text", "a", "validation_min_text_constraint", {"min": 2}),
    refused("text", "aaaa", "validation_max_text_constraint", {"max": 3}),
    refused("text", "bb", "validation_invalid_format"),
    refused("editor", "123456", "validation_content_size_limit", {"maxSize": 5}),
    refused("number", 1, "validation_min_number_constraint", {"min": 2}),
    refused("number", 9, "validation_max_number_constraint", {"max": 5}),
    refused("number", 2.5, "validation_only_int_constraint"),
    refused("number", "NaN", "validation_not_a_number"),
    refused("email", "x", "validation_is_email"),
    refused("email", "a@no.io", "validation_email_domain_not_allowed"),
    refused("url", "x y", "validation_invalid_url"),
    refused("url", "http://no.io/x", "validation_url_domain_not_allowed"),
    refused(
        "date",
        "2019-01-01",
        "validation_min_greater_equal_than_required",
        {"threshold": "2020-01-01T00:00:00Z"},
    ),
    refused(
        "date",
        "2022-01-01",
        "validation_max_less_equal_than_required",
        {"threshold": "2021-01-01T00:00:00Z"},
    ),
    refused("select", "x", "validation_invalid_value", {"value": "x"}),
    refused("select", '["a"', "validation_too_many_values", {"maxSelect": 1}),
    refused("select", '["a",5]', "validation_too_many_values", {"maxSelect": 1}),
    refused("select", "[5]", "validation_invalid_value", {"value": "[5]"}),
    refused("selects", ["a", "b", "c"], "validation_too_many_values", {"maxSelect": 2}),
    refused("selects", '["a"', "validation_invalid_value", {"value": '["a"'}),
    refused("relation", "nobody", "validation_missing_rel_records"),
    refused("relation", '["nobody"', "validation_too_many_values", {"maxSelect": 1}),
    refused("relations", "{alice}", "validation_not_enough_values", {"minSelect": 2}),
    refused("relations", ["a", "b", "c", "d"], "validation_too_many_values", {"maxSelect": 3}),
    refused("relations", ["{alice}", "nobody"], "validation_missing_rel_records"),
    refused("file", "a.png", "validation_invalid_file", {"invalidFiles": ["a.png"]}),
    refused("json", [1] * 9, "validation_json_size_limit", {"maxSize": 16}),
    refused("json", '{"a":1,"a":2}', "validation_invalid_json"),
    refused("password", "a", "validation_min_text_constraint"),
    refused("password", "aaaaaa", "validation_max_text_constraint"),
    refused("password", "bbb", "validation_invalid_format"),
    refused("point", {"lat": 91, "lon": 181}, "validation_invalid_latitude"),
    refused("point", {"lat": 0, "lon": 181}, "validation_invalid_longitude"),
)
@pytest.mark.usefixtures("fields")
def test_a_field_refuses_what_it_cannot_hold(world: World, row: Row) -> None:
    check(world, row)


def test_all_fields_that_refuse_are_told_at_once(world: World, fields: str) -> None:
    body = {"text": "a", "number": 1, "select": "x", "relation": "nobody", "url": "x y"}
    answer = world.ask("guest", "POST", RECORDS.format(fields), body=body)
    assert (answer.status_code, sorted(answer.json()["data"])) == (400, sorted(body))


@rows(
    refusal(
        "a pattern that nothing can be generated from",
        field(type="text", autogeneratePattern="^a"),
        fields__1__autogeneratePattern="validation_invalid_autogenerate_pattern",
    ),
    refusal(
        "a pattern that makes texts which are too short",
        field(type="text", autogeneratePattern="[a-z]{3}", min=5),
        fields__1__autogeneratePattern="validation_invalid_autogenerate_pattern_value",
    ),
    refusal(
        "what is no domain",
        field(type="email", exceptDomains=["ok.io", "not a domain"]),
        fields__1__exceptDomains__1="validation_is_domain",
    ),
    refusal(
        "domains that alone are allowed, and others that are not",
        field(type="url", exceptDomains=["no.io"], onlyDomains=["ok.io"]),
        fields__1__exceptDomains="validation_empty",
        fields__1__onlyDomains="validation_empty",
    ),
)
def test_a_field_refuses_options_that_make_no_sense(world: World, row: Row) -> None:
    check(world, row)
