"""Stored bodies: given out as they are for as long as they are what would be rendered, on both
stores."""

import json
from typing import Any

import pytest

from holobase.domain.principal import Request
from holobase.engine.catalogue import Definition
from holobase.engine.reading import PageQuery
from holobase.engine.reading.bodies import Bodies
from tests.wire.inside import Inside
from tests.wire.test_batch_inside import Run, on

__all__ = ["on"]

SERVER, GUEST = Request(service="test"), Request()
FIELD: dict[str, Any] = {"id": "a", "name": "a", "type": "text"}
NUMBER: dict[str, Any] = {"id": "n", "name": "n", "type": "number"}


class Listed:
    """A collection of two records, and how many statements a list of it takes."""

    def __init__(self, made: Inside, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._name = name
        self._application = made.application
        self._fetched = 0
        store = type(made.application.kernel.store)
        fetch = store.fetch

        async def counted(stored: Any, statement: Any, values: Any) -> Any:
            self._fetched += 1
            return await fetch(stored, statement, values)

        monkeypatch.setattr(store, "fetch", counted)

    @property
    def definition(self) -> Definition:
        """What is in force."""
        return self._application.catalogue.get(self._name)

    async def define(self, **sent: Any) -> None:
        """Makes the collection, or changes it."""
        application = self._application
        definition = application.catalogue.find(self._name)
        if definition is None:
            await application.collections.create({"name": self._name, **sent}, SERVER)
        else:
            await application.collections.update(definition, sent, SERVER)

    async def make(self, **values: Any) -> str:
        """A record more; its id."""
        made = await self._application.writing.create(self.definition, values, SERVER)
        return made.id

    async def list(self) -> tuple[list[dict[str, Any]], int]:
        """What a list shows, without what is the collection's, and the statements it took."""
        before = self._fetched
        page = await self._application.reading.page(self.definition, PageQuery(), GUEST)
        items = [json.loads(item) for item in page.items]
        told = [{key: item[key] for key in ("a", "b", "n") if key in item} for item in items]
        return told, self._fetched - before


def test_a_new_rule_or_index_leaves_them_as_they_are(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        listed = Listed(made, monkeypatch, "things")
        await listed.define(fields=[FIELD], listRule="")
        await listed.make(a="x")
        await listed.make(a="y")
        both = [{"a": "x"}, {"a": "y"}]
        assert await listed.list() == (both, 1)
        await listed.define(listRule="a != ''")
        await listed.define(indexes=["CREATE INDEX `things_a` ON `things` (`a`)"])
        assert await listed.list() == (both, 1)
        await listed.make(a="z")
        assert await listed.list() == ([*both, {"a": "z"}], 1)

    on(steps)


CHANGES: tuple[tuple[str, list[dict[str, Any]], dict[str, Any], str], ...] = (
    # what happens to the field, the fields then, what is shown of a record, and of it afterwards
    ("renamed", [{**FIELD, "name": "b"}], {"b": "x"}, "x"),
    ("joined", [FIELD, NUMBER], {"a": "x", "n": 0}, "x"),
    ("hidden", [{**FIELD, "hidden": True}, NUMBER], {"n": 0}, "x"),
    ("replaced", [{**FIELD, "id": "another"}], {"a": ""}, ""),
)


def test_a_changed_field_shows_at_once_and_so_does_its_way_back(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        for name, fields, shown, afterwards in CHANGES:
            listed = Listed(made, monkeypatch, name)
            await listed.define(fields=[FIELD], listRule="")
            await listed.make(a="x")
            await listed.define(fields=fields)
            assert (await listed.list())[0] == [shown], name
            await listed.define(fields=[FIELD])
            assert (await listed.list())[0] == [{"a": afterwards}], name

    on(steps)


def test_many_that_are_of_old_are_rendered_by_one_statement_more(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        listed = Listed(made, monkeypatch, "things")
        await listed.define(fields=[FIELD], listRule="")
        for letter in "xyz":
            await listed.make(a=letter)
        await listed.define(fields=[FIELD, NUMBER])
        assert await listed.list() == ([{"a": letter, "n": 0} for letter in "xyz"], 2)

    on(steps)


def test_a_record_that_goes_while_its_list_is_rendered_is_left_out(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        listed = Listed(made, monkeypatch, "things")
        await listed.define(fields=[FIELD], listRule="")
        goes, _ = await listed.make(a="x"), await listed.make(a="y")
        await listed.define(fields=[FIELD, NUMBER])
        oldest = Bodies.oldest

        async def in_between(bodies: Bodies, definition: Definition) -> int:
            await made.application.writing.delete(definition, goes, SERVER)
            return await oldest(bodies, definition)

        monkeypatch.setattr(Bodies, "oldest", in_between)
        assert (await listed.list())[0] == [{"a": "y", "n": 0}]

    on(steps)
