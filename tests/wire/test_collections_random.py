"""Random changes of a collection: what should be kept is kept, and a replay gives the same."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holobase.community.product import DECLARATIONS
from holobase.domain.errors import Refusal
from holobase.domain.fields import Value
from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.kit.json import Json
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance
from tests.examples import tries
from tests.replay import verified

REQUEST = Request(now=1)
IDS = ("one", "two", "three", "four")
NAMES = ("a", "b", "C", "from", "select")
CHOICES = ["x", "y", "z", '"q"', "ü,[]"]


@st.composite
def fields(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some fields: any of the ids, under names of any, each of one type for good."""
    chosen = draw(st.lists(st.sampled_from(IDS), unique=True))
    names = draw(st.permutations(NAMES))
    made: list[dict[str, Any]] = []
    for identifier, name in zip(chosen, names, strict=False):
        if identifier == "one":
            options: dict[str, Any] = {"type": "text"}
        elif identifier == "two":
            options = {"type": "number"}
        else:
            many = draw(st.integers(0, 3))
            options = {"type": "select", "values": CHOICES, "maxSelect": many}
        made.append({"id": identifier, "name": name, **options})
    return made


VALUES = {
    "text": st.text("xyz[\"'\\", max_size=4),
    "number": st.integers(-5, 5) | st.floats(-5, 5),
    "select": st.lists(st.sampled_from(CHOICES), max_size=3),
}
STEP = st.one_of(
    st.tuples(st.just("define"), fields()),
    st.tuples(st.just("name"), st.sampled_from(["made", "MADE", "other"])),
    st.tuples(st.just("index"), st.sampled_from(NAMES)),
    st.tuples(st.just("create"), st.fixed_dictionaries(VALUES)),
)


def moved(value: Value, before: dict[str, Any], after: dict[str, Any]) -> Value:
    """What a value of a field is after its definition has changed."""
    if before["type"] != "select":
        return value
    was_many, is_many = before["maxSelect"] > 1, after["maxSelect"] > 1
    if was_many == is_many:
        return value
    if is_many:
        return [value] if value else []
    return value[-1] if value else ""


def zero(field: dict[str, Any]) -> Value:
    """The value of a field that has just come."""
    if field["type"] == "number":
        return 0
    return [] if field.get("maxSelect", 0) > 1 else ""


class Model:
    """What the collection should hold: values by record and by the id of their field."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, Value]] = {}

    def define(self, sent: list[dict[str, Any]]) -> None:
        """Takes over a change that was accepted."""
        after = {field["id"]: field for field in sent}
        for record, values in self.records.items():
            self.records[record] = {
                identifier: moved(values[identifier], self.fields[identifier], field)
                if identifier in values
                else zero(field)
                for identifier, field in after.items()
            }
        self.fields = after

    def shown(self) -> dict[str, dict[str, Value]]:
        """By record: values by the names of now."""
        return {
            record: {self.fields[key]["name"]: value for key, value in values.items()}
            for record, values in self.records.items()
        }


async def take(application: Application, model: Model, step: tuple[str, Any]) -> None:
    """One step in the real collection, and in the model where it was accepted."""
    what, given_value = step
    definition = application.catalogue.get("col")
    if what == "create":
        body: dict[str, Json] = {
            field["name"]: given_value[field["type"]] for field in model.fields.values()
        }
        try:
            record = await application.writing.create(definition, body, ROOT)
        except Refusal:
            return
        model.records[record.id] = {
            key: record.values[field["name"]] for key, field in model.fields.items()
        }
        return
    change: dict[str, Json] = {
        "define": {"fields": given_value, "indexes": []},
        "name": {"name": given_value},
        "index": {"indexes": [f"CREATE INDEX random_index ON made (`{given_value}`)"]},
    }[what]
    try:
        await application.collections.update(definition, change, REQUEST)
    except Refusal:
        return
    if what == "define":
        model.define(given_value)


async def play(steps: list[tuple[str, Any]]) -> None:
    """All steps in a folder of their own, then the comparison."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_instance(Settings(data=Path(folder))) as instance:
            application, model = instance.application, Model()
            sent = {"id": "col", "name": "made", "createRule": "", "fields": []}
            await application.collections.create(sent, REQUEST)
            for step in steps:
                await take(application, model, step)
            collection = application.catalogue.get("col").collection
            found = {}
            for record in model.records:
                loaded = await application.principals.load(application.catalogue.get("col"), record)
                assert loaded is not None
                found[record] = {n: v for n, v in loaded.values.items() if n != "id"}
            assert found == model.shown()
            assert {f.id for f in collection.fields} - {"text3208210256"} == set(model.fields)
            async with instance.store.snapshot() as snapshot:
                report = await verified(snapshot, application.kernel.sealer, list(DECLARATIONS))
            assert report.differences == []


ROOT = Request(now=1, service="tests")


@tries(15)
@given(st.lists(STEP, min_size=2, max_size=12))
def test_random_changes_keep_what_they_should(steps: list[tuple[str, Any]]) -> None:
    asyncio.run(play(steps))
