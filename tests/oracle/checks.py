"""What is asked of both programs: each check draws questions and compares the answers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from holobase.domain.collection import Collection
from tests.oracle import accounts, expressions, known, values
from tests.oracle.sides import Answer, Question, Side
from tests.oracle.worlds import NAMES, World

Draw = Callable[[st.SearchStrategy[Any]], Any]

FRESH = "freshrecord0000"
"""The id of a record that exists only while one example runs."""

MODIFIERS = ["", "", "", "+", "-", ":autogenerate"]


class Difference(AssertionError):
    """Two answers that ought to be equal; the text shows the questions and both."""


@dataclass
class Pair:
    """Both programs, and what was counted: comparisons, and differences known by name."""

    theirs: Side
    ours: Side
    compared: int = 0
    known: Counter[str] = field(default_factory=Counter)

    def ask(self, question: Question, *before: Question) -> Answer:
        """Asks both and compares; `before` (shown with a difference) is what led there.

        Gives PocketBase's answer. Raises Difference unless docs/deviations.md explains it.
        """
        theirs, ours = self.theirs.ask(question), self.ours.ask(question)
        self.compared += 1
        if not known.same(theirs, ours):
            questions = [*before, question]
            name = known.name_of(questions, theirs, ours)
            if name is None:
                raise Difference(_shown(questions, theirs, ours))
            self.known[name] += 1
        return theirs

    def settle(self, *questions: Question) -> None:
        """Asks both without comparing: to tidy up, or to prepare."""
        for question in questions:
            self.theirs.ask(question)
            self.ours.ask(question)


def _shown(questions: list[Question], theirs: Answer, ours: Answer) -> str:
    asked = "\n".join(map(str, questions))
    if theirs.ids() != ours.ids():
        theirs, ours = theirs.ids(), ours.ids()
    return f"{asked}\n\nPocketBase: {theirs}\n\nHolobase:   {ours}"


def _records(name: str) -> str:
    return f"/api/collections/{name}/records"


def fill(pair: Pair, world: World, draw: Draw) -> None:
    """Makes the first record that is still missing in a collection, without what is refused."""
    collection = world.named(draw(st.sampled_from(NAMES)))
    body = _body(draw, world, collection)
    for record_id in world.ids[collection.id]:
        path = _records(collection.name)
        look = Question("GET", f"{path}/{record_id}")
        if pair.theirs.ask(look).status == 404:
            _make(pair, Question("POST", path, body=body | {"id": record_id}))
            if pair.theirs.ask(look).status != pair.ours.ask(look).status:
                pair.settle(Question("DELETE", look.path))
            return


def _make(pair: Pair, make: Question) -> None:
    answer = pair.theirs.ask(make)
    if answer.status == 400:
        make = replace(make, body=_without(make.body, answer))
        pair.theirs.ask(make)
    pair.ours.ask(make)


def forget_missing(pair: Pair, world: World) -> None:
    """Leaves only the ids of records that were made."""
    for collection in world.collections:
        path = _records(collection.name)
        world.ids[collection.id] = [
            record_id
            for record_id in world.ids[collection.id]
            if pair.ours.ask(Question("GET", f"{path}/{record_id}")).status == 200
        ]


def lists(pair: Pair, world: World, draw: Draw) -> None:
    """A page of a superuser: any filter, any sort."""
    name = draw(st.sampled_from(NAMES))
    query = _query(draw, expressions.filters(world, name), expressions.sorts(world, name))
    pair.ask(Question("GET", _records(name), query=query))


def guests(pair: Pair, world: World, draw: Draw) -> None:
    """A page of a guest, who may not name everything."""
    name = draw(st.sampled_from(NAMES))
    query = _query(draw, expressions.plain_filters(world, name), expressions.sorts(world, name))
    pair.ask(Question("GET", _records(name), as_root=False, query=query))


def soups(pair: Pair, world: World, draw: Draw) -> None:
    """Filters that mostly mean nothing."""
    name = draw(st.sampled_from(NAMES))
    query = (("filter", draw(expressions.soups())), ("sort", "id"))
    pair.ask(Question("GET", _records(name), query=query))


def writes(pair: Pair, world: World, draw: Draw) -> None:
    """A record is made, in the end without what is refused, changed, looked at and deleted."""
    collection = world.named(draw(st.sampled_from(NAMES)))
    as_root = draw(st.booleans())
    path = _records(collection.name)
    record = f"{path}/{FRESH}"
    body = _body(draw, world, collection) | {"id": FRESH}
    make = Question("POST", path, as_root, body=body)
    remove = Question("DELETE", record, as_root)
    try:
        made = pair.ask(make)
        if made.status == 400:
            make = replace(make, body=_without(body, made))
            pair.ask(make)
        asked = [make]
        for _ in range(2):
            change = Question("PATCH", record, as_root, body=_changes(draw, world, collection))
            pair.ask(change, *asked)
            asked.append(change)
        pair.ask(Question("GET", record), *asked)
        pair.ask(remove, *asked)
    finally:
        pair.settle(remove)


def _without(body: dict[str, Any], refused: Answer) -> dict[str, Any]:
    """The body without the fields that were refused."""
    return {name: value for name, value in body.items() if name not in refused.body["data"]}


def rules(pair: Pair, world: World, draw: Draw) -> None:
    """A guest meets a random rule, in every place where there are rules."""
    collection = world.named(draw(st.sampled_from(NAMES)))
    rule = draw(expressions.rules(world, collection.name))
    names = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")
    if not pair.theirs.set_rules(collection, dict.fromkeys(names, rule)):
        return
    pair.ours.set_rules(collection, dict.fromkeys(names, rule))
    path, query = _records(collection.name), (("q", "a"),)
    body = _body(draw, world, collection) | {"id": FRESH}
    record = f"{path}/{FRESH}"
    create = Question("POST", path, as_root=False, query=query, body=body)
    ruled = Question("PATCH", f"/api/collections/{collection.name}", body={"all rules": rule})
    steps = [
        Question("GET", record, as_root=False, query=query),
        Question("PATCH", record, False, query, _changes(draw, world, collection)),
        Question("GET", path, as_root=False, query=(*query, ("sort", "id"))),
        Question("DELETE", record, as_root=False, query=query),
    ]
    remove = Question("DELETE", record)
    try:
        pair.ask(create, ruled)
        pair.settle(remove, Question("POST", path, body=body))
        for step in steps:
            pair.ask(step, ruled)
    finally:
        pair.settle(remove)
        for side in (pair.theirs, pair.ours):
            side.set_rules(collection, {name: collection_rule(collection, name) for name in names})


def people(pair: Pair, _world: World, draw: Draw) -> None:
    """Somebody asks a route of accounts for something, mostly oddly."""
    if pair.ours.ask(Question("GET", accounts.PATH)).status == 404:
        pair.settle(*accounts.MADE)
    question = draw(accounts.questions())
    theirs, ours = pair.theirs.ask(question), pair.ours.ask(question)
    pair.compared += 1
    if not accounts.same(theirs, ours):
        name = known.name_of([question], theirs, ours)
        if name is None:
            raise Difference(_shown([question], theirs, ours))
        pair.known[name] += 1


def collection_rule(collection: Collection, name: str) -> str | None:
    """The rule that the world gave this collection, by its wire name."""
    rule: str | None = getattr(collection, name.replace("Rule", "_rule"))
    return rule


CHECKS: dict[str, Callable[[Pair, World, Draw], None]] = {
    "lists": lists,
    "guests": guests,
    "soups": soups,
    "writes": writes,
    "rules": rules,
    "people": people,
}


def _query(
    draw: Draw, filters: st.SearchStrategy[str], sorts: st.SearchStrategy[str]
) -> tuple[tuple[str, str], ...]:
    pages = st.sampled_from([(), (), (("page", "2"), ("perPage", "2")), (("skipTotal", "1"),)])
    return (("filter", draw(filters)), ("sort", draw(sorts)), *draw(pages))


def _body(
    draw: Draw, world: World, collection: Collection, without: list[str] | None = None
) -> dict[str, Any]:
    """Values for most fields, most of the right type."""
    body: dict[str, Any] = {}
    for each in collection.fields[1:]:
        if each.name in (without or []) or draw(st.integers(0, 5)) == 0:
            continue
        odd = draw(st.integers(0, 4)) == 0
        body[each.name] = draw(values.anything if odd else values.fitting(each, world.ids))
    return body


def _changes(draw: Draw, world: World, collection: Collection) -> dict[str, Any]:
    """Values for some fields, some of them under a modifier."""
    changes: dict[str, Any] = {}
    for name, value in _body(draw, world, collection).items():
        modifier = draw(st.sampled_from(MODIFIERS))
        changes[draw(st.sampled_from([f"{name}{modifier}", name, f"+{name}"]))] = value
    return changes
