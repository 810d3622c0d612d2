"""Collections as older SDKs make them: by a `schema` with `options`."""

from typing import Any

from tests.wire.rows import Row, check, rows
from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.world import World

TEXT = {"name": "title", "type": "text", "required": True, "options": {"min": 2, "max": None}}


def fields_of(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in made["fields"]}


def test_a_schema_stands_for_fields(world: World) -> None:
    target = make(world)
    name = world.fresh("older")
    many = {"collectionId": target["name"], "cascadeDelete": True, "maxSelect": None}
    schema = [
        TEXT,
        {"name": "rank", "type": "number", "options": {"noDecimal": True}},
        {"name": "kind", "type": "select", "options": {"maxSelect": 1, "values": ["a", "b"]}},
        {"name": "flag", "type": "bool"},
        {"name": "owner", "type": "relation", "options": {**many, "maxSelect": 1}},
        {"name": "all", "type": "relation", "options": many},
    ]
    index = f"CREATE UNIQUE INDEX `idx_{name}` ON `{name}` (`title`)"
    made = make(world, name=name, type="base", schema=schema, indexes=[index], listRule="")
    names = ["id", "title", "rank", "kind", "flag", "owner", "all", "created", "updated"]
    assert [field["name"] for field in made["fields"]] == names
    fields = fields_of(made)
    assert (fields["title"]["required"], fields["title"]["min"]) == (True, 2)
    assert fields["rank"]["onlyInt"] is True
    assert fields["kind"]["values"] == ["a", "b"]
    assert fields["owner"]["collectionId"] == fields["all"]["collectionId"] == target["id"]
    assert fields["owner"]["cascadeDelete"] is True
    assert (fields["owner"]["maxSelect"], fields["all"]["maxSelect"]) == (1, 2**31 - 1)
    assert made["indexes"] == [index]
    assert "schema" not in made
    record = world.show(name, world.make(name, {"title": "Told", "rank": 5, "kind": "b"}))
    assert record["all"] == [] and record["created"] and record["updated"]


def test_an_account_of_an_older_schema_is_one(world: World) -> None:
    made = make(world, type="auth", schema=[TEXT])
    assert {"tokenKey", "email", "password", "title"} <= fields_of(made).keys()


def test_fields_win_over_a_schema(world: World) -> None:
    made = make(world, fields=[{"name": "nick", "type": "text"}], schema=[TEXT])
    assert [field["name"] for field in made["fields"]] == ["id", "nick"]


def test_dates_of_a_schema_are_its_own(world: World) -> None:
    made = make(world, schema=[{"name": "created", "type": "text"}])
    assert [field["type"] for field in made["fields"]] == ["text", "text", "autodate"]


@rows(
    *(
        Row(
            says=says,
            who="root",
            method="POST",
            path=COLLECTIONS,
            body={"name": "older_refused", "schema": schema},
            status=400,
            codes=codes,
        )
        for says, schema, codes in (
            ("a schema is a list", {"title": "text"}, {}),
            ("of objects", ["title"], {}),
            ("with options that are one", [{**TEXT, "options": ["min"]}], {}),
            ("a name is a text", [{**TEXT, "name": ["title"]}], {}),
            (
                "and so is a target",
                [{"name": "owner", "type": "relation", "options": {"collectionId": {}}}],
                {},
            ),
            ("a type is known", [{**TEXT, "type": "user"}], {}),
            (
                "a relation needs a collection",
                [{"name": "owner", "type": "relation", "options": {"collectionId": "nothing"}}],
                {
                    "fields.1.collectionId": "validation_field_relation_missing_collection",
                },
            ),
        )
    ),
)
def test_what_is_no_schema(world: World, row: Row) -> None:
    check(world, row)
