"""The published schemas: each is valid, and every event of a seeded log fits its own."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from holobase.cli.lines import as_json
from holobase.community.product import DECLARATIONS
from holobase.engine.schemas import schema_of, schemas
from holobase.runtime import commands
from holobase.runtime.settings import Settings

PUBLISHED = Path(__file__).parent.parent.parent.parent / "docs" / "reference" / "events"
SCHEMAS = schemas(DECLARATIONS)
REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def check(line: dict[str, Any]) -> None:
    reference = {"$ref": schema_of(line["type"])}
    jsonschema.Draft202012Validator(reference, registry=REGISTRY).validate(line)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The log of a small community."""
    settings = Settings(data=tmp_path_factory.mktemp("seeded") / "data")
    plan = import_module("holobase.community.seed.plan")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plan, "SIZES", {name: size // 8 + 2 for name, size in plan.SIZES.items()})
        commands.seed(settings, 1, 1, lambda *_: None)
    return [json.loads(as_json(e)) for e in commands.log_tail(settings, 0, 1_000_000, False)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_published(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert json.loads((PUBLISHED / name).read_text()) == json.loads(json.dumps(SCHEMAS[name]))


def test_nothing_else_is_published() -> None:
    assert {path.name for path in PUBLISHED.iterdir()} == set(SCHEMAS)


def test_every_event_of_a_seeded_log_fits_its_schema(lines: list[dict[str, Any]]) -> None:
    first_of_type = {line["type"]: line for line in reversed(lines)}
    assert len(first_of_type) > 20
    sample = [*first_of_type.values(), *lines[:: max(len(lines) // 400, 1)]]
    for line in sample:
        check(line)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "users.happened", "stream": "x/y"},
        {"hash": "0"},
        {"version": 0},
        {"extra": 1},
        {"data": {"email": "open@holobase.example"}},
        {"data": {"no_such_field": 1}},
        {"data": {}},
    ],
)
def test_what_is_no_such_event_does_not_fit(
    lines: list[dict[str, Any]], change: dict[str, Any]
) -> None:
    user = next(line for line in lines if line["type"] == "users.created")
    check(user)
    with pytest.raises(jsonschema.ValidationError):
        check({**user, **change})
