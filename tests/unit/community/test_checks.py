"""Every rule of the product is decided alike in memory and by the store, on the demo data."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from prometheus_client import REGISTRY

from holobase.adapters.http_client import HttpFetcher
from holobase.adapters.sqlite import SqliteStore
from holobase.community.fixtures import FIXTURES
from holobase.community.product import DECLARATIONS
from holobase.community.seed import plan
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import Check, holds, stored_cells, virtual_cells
from holobase.engine.application import Application, Bounds, assemble
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.sealing import Sealer, new_key
from holobase.engine.submission import autogenerate
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.ports.command import Command, Select
from holobase.rules import Cells
from holobase.runtime.mail import postbox
from holobase.runtime.places import file_tools
from holobase.runtime.settings import Settings

T = TypeVar("T")

NOW = 1_790_000_000_000

OF_EACH = 30
"""Records of each collection. Some refer to records that are not there, which rules must bear."""

OWNERS = ("user", "author", "creator", "community_creator", "owner", "follower", "user_id")

SERVED_MIN = 0.9
"""Share of the checks of these records that need no statement."""


class Demo:
    """Some of the demo data on a store of its own."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.kernel = Kernel(DECLARATIONS, Reactions(), Sealer(new_key()), lambda: NOW)
        opening = self.kernel.open(lambda settle: SqliteStore.open(folder, settle), FIXTURES)
        loop.run_until_complete(opening)
        self.app: Application = assemble(
            self.kernel,
            HttpFetcher(),
            file_tools(Settings(data=folder)),
            lambda queue, kept: postbox(Settings(data=folder), queue, kept),
            Bounds(hash_threads=1, hash_queue_max=10, comparisons_max=200, failed_logins_max=0),
        )
        self.records: dict[str, list[Record]] = {}
        self.run(self._fill)

    def run(self, command: Callable[[Unit], Command[T]]) -> T:
        """What a command gives."""
        return self.loop.run_until_complete(self.kernel.run(Request(now=NOW), command))

    def _fill(self, unit: Unit) -> Command[None]:
        for step in plan(1, 7, NOW):
            made = self.records.setdefault(step.collection, [])
            if step.verb == "create" and len(made) < OF_EACH:
                definition = unit.catalogue.get(step.collection)
                sent = definition.collection.field_by_name.keys() & step.body.keys()
                fields = [definition.collection.field_by_name[name] for name in sent]
                given = {field.name: field.normalise(step.body[field.name]) for field in fields}
                values = {**definition.initial, **given}
                autogenerate(definition, values)
                made.append((yield from unit.insert(definition, values)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    loop = asyncio.new_event_loop()
    made = Demo(tmp_path_factory.mktemp("demo"), loop)
    yield made
    loop.run_until_complete(made.kernel.store.close())
    loop.close()


def _noting(deciding: Command[bool]) -> Command[tuple[bool, bool]]:
    """The outcome, and whether a statement was needed for it."""
    needed, answer = False, None
    try:
        while True:
            question = deciding.send(answer)
            needed = needed or isinstance(question, Select)
            answer = yield question
    except StopIteration as end:
        return end.value, needed


def _compared(check: Check, asked: Request, cells: Cells) -> Command[tuple[bool, bool, bool]]:
    """The outcome in memory where possible, by the store, and whether memory could tell."""
    told, needed = yield from _noting(holds(check, asked, cells))
    stated = yield from holds(replace(check, predicate=None), asked, cells)
    return told, stated, not needed


def _checks(demo: Demo, definition: Definition, asked: Request) -> Iterator[tuple[str, Check]]:
    """The rules of a collection that are not settled already, each with its check."""
    collection = definition.collection
    stored = {collection.list_rule, collection.view_rule, collection.update_rule}
    stored |= {collection.delete_rule, collection.auth.manage_rule if collection.auth else None}
    for rule in filter(None, stored):
        yield rule, _known(demo.app.rules.record_check(definition, rule, asked))
    if collection.create_rule:
        rule = collection.create_rule
        yield rule, _known(demo.app.rules.virtual_check(definition, rule, asked))


def _known(check: Check | None) -> Check:
    assert check is not None
    return check


def _requests(demo: Demo, record: Record) -> Iterator[Request]:
    """A guest, two members (often one of them owns the record), and what they would change."""
    users = demo.records["users"]
    owners = {record.values.get(name) for name in OWNERS}
    yield Request(now=NOW)
    for user in (users[0], *(user for user in users if user.id in owners)):
        yield Request(auth=user, now=NOW)
        yield Request(auth=user, now=NOW, method="PATCH", body=dict(record.values))


def test_memory_decides_as_the_store_does(demo: Demo) -> None:
    counts: Counter[bool] = Counter()

    def compare(unit: Unit) -> Command[None]:
        for definition in unit.catalogue:
            for record in demo.records.get(definition.name, [])[:12]:
                for asked in _requests(demo, record):
                    for rule, check in _checks(demo, definition, asked):
                        cells = stored_cells(definition.collection, record.values)
                        if check.is_virtual:
                            fresh = {**record.values, "id": ids.record_id()}
                            cells = virtual_cells(definition.collection, fresh)
                        told, stated, in_memory = yield from _compared(check, asked, cells)
                        assert told is stated, (definition.name, rule, record.values, asked)
                        counts[in_memory] += 1

    demo.run(compare)
    assert counts[True] > SERVED_MIN * counts.total()


def test_whose_a_new_card_is_needs_no_question(demo: Demo) -> None:
    definition = demo.app.catalogue.get("unified_cards")
    card, user = demo.records["unified_cards"][0], demo.records["users"][0]
    asked = Request(auth=user, now=NOW)
    rule = str(definition.collection.create_rule)
    check = demo.app.rules.virtual_check(definition, rule, asked)
    values = {**card.values, "community_creator": user.id}
    with pytest.raises(StopIteration) as ended:
        next(holds(check, asked, virtual_cells(definition.collection, values)))
    assert ended.value.value is True


def _decided(backend: str) -> float:
    labels = {"backend": backend}
    return REGISTRY.get_sample_value("holobase_rule_decisions_total", labels) or 0


@pytest.mark.parametrize(
    ("rule", "backend"),
    [
        ("id = 'x' && community_creator != ''", "memory"),
        ("community_creator.name = 'x'", "memory"),
        ("@collection.tags.name ?= 'x'", "sql"),
        ("@collection.tags.name ?= 'x' && @request.method = 'PUT'", "request"),
    ],
)
def test_what_decided_is_counted(demo: Demo, rule: str, backend: str) -> None:
    definition = demo.app.catalogue.get("unified_cards")
    card, asked = demo.records["unified_cards"][0], Request(now=NOW)
    check = demo.app.rules.record_check(definition, rule, asked)
    cells = stored_cells(definition.collection, card.values)
    before = {name: _decided(name) for name in ("request", "memory", "sql")}
    demo.run(lambda _: holds(check, asked, cells))
    after = {name: _decided(name) for name in before}
    assert after == {**before, backend: before[backend] + 1}
