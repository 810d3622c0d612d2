"""The rule in memory answers as SQLite does: the rows of `cases.py`, and whatever else there is."""

from collections.abc import Mapping
from typing import Any

import apsw
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Storage
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.rules import Access, Expression, RuleError, compile_expression, parameter
from holobase.rules.predicate import Predicate
from holobase.rules.predicate_frame import ById, Cells, Found, Wanted
from holobase.rules.tables import record_table
from tests.examples import tries
from tests.unit.rules import cases, world
from tests.unit.rules.random_rules import Wires, asked_by, rules, worlds

Records = Mapping[str, list[dict[str, Cell]]]
"""Cells of all records by collection."""

SERVED_MIN = 0.94
"""Share of the cases that memory serves; the others read whole collections or format dates."""


def _answer(records: Records, wanted: Wanted) -> Found:
    rows = records[wanted.collection.name]
    if isinstance(wanted, ById):
        return [row for row in rows if row["id"] == wanted.id]
    field = wanted.field
    return [row for row in rows if wanted.id in field.items(field.from_cell(row[field.name]))]


def _holds(
    predicate: Predicate, records: Records, asked: Request, cells: Cells
) -> tuple[bool | None, list[Wanted]]:
    """What the predicate says of a record, and what it asked for."""
    questions: list[Wanted] = []
    asking = predicate.holds(asked, cells)
    try:
        questions.append(next(asking))
        while True:
            questions.append(asking.send(_answer(records, questions[-1])))
    except StopIteration as end:
        return end.value, questions


def _cells(collection: Collection, wire: Mapping[str, Any]) -> dict[str, Cell]:
    """The cells of a record that was submitted like this."""
    values = {field.name: field.normalise(wire.get(field.name)) for field in collection.fields}
    return dict(zip(collection.field_names, collection.cells(values), strict=True))


def _all_cells(wires: Wires) -> Records:
    return {
        collection.name: [_cells(collection, wire) for wire in wires[collection.name]]
        for collection in world.SCHEMA.collections
    }


WORLD = _all_cells(world.RECORDS)


def _found(
    expression: Expression, collection: Collection, records: Records, asked: Request
) -> str | None:
    """The ids that the predicate lets through; None where it leaves any of them to a statement."""
    if expression.predicate is None:
        return None
    rows = sorted(records[collection.name], key=lambda row: str(row["id"]))
    told = [(row["id"], _holds(expression.predicate, records, asked, row)[0]) for row in rows]
    if any(holds is None for _, holds in told):
        return None
    return " ".join(str(identifier) for identifier, holds in told if holds)


def _compiled(
    collection: Collection, text: str, asked: Request, access: Access = Access.RULE
) -> Expression:
    auth = world.USERS if asked.auth else None
    return compile_expression(text, collection, world.SCHEMA, access, auth)


ALL_CASES = [
    *((*case, Access.RULE) for case in cases.RULES),
    *((*case, Access.CLIENT) for case in cases.CLIENT),
]


@pytest.mark.parametrize(("collection", "user", "text", "ids", "access"), ALL_CASES)
def test_a_rule_in_memory_lets_exactly_these_records_through(
    collection: str, user: str | None, text: str, ids: str, access: Access
) -> None:
    asked, target = world.request(user), getattr(world, collection.upper())
    found = _found(_compiled(target, text, asked, access), target, WORLD, asked)
    assert found in (None, ids)


@pytest.mark.parametrize(
    ("post", "user", "body", "text", "passes"),
    [(post, user, body, *row) for post, user, body, rows in cases.BODIES for row in rows],
)
def test_a_rule_in_memory_sees_the_submitted_values(
    post: str, user: str, body: dict[str, Any], text: str, passes: bool
) -> None:
    asked = world.request(user, body=body, method="PATCH", query={})
    found = _found(_compiled(world.POSTS, text, asked), world.POSTS, WORLD, asked)
    assert found is not None
    assert (post in found) is passes


def test_memory_serves_nearly_all_rules() -> None:
    served = 0
    for collection, user, text, _, access in ALL_CASES:
        asked, target = world.request(user), getattr(world, collection.upper())
        served += _found(_compiled(target, text, asked, access), target, WORLD, asked) is not None
    assert served / len(ALL_CASES) > SERVED_MIN - 0.01


@pytest.mark.parametrize(
    "text", ["@collection.teams.name ?= 'red'", "strftime('%Y', due) = '2024'"]
)
def test_memory_leaves_whole_collections_and_dates_to_the_store(text: str) -> None:
    assert _compiled(world.POSTS, text, world.request()).predicate is None


def test_a_rule_about_the_record_alone_asks_for_nothing() -> None:
    asked = world.request("u1")
    predicate = _compiled(world.POSTS, "author = @request.auth.id && active = true", asked)
    assert predicate.predicate is not None
    assert _holds(predicate.predicate, WORLD, asked, WORLD["posts"][0]) == (True, [])


def test_what_needs_no_other_record_is_looked_at_first() -> None:
    asked = world.request("u1")
    text = "(comments_via_post.text ?= 'x' && author.name = 'x') || author.name = 'x' || score = 5"
    predicate = _compiled(world.POSTS, text, asked).predicate
    assert predicate is not None
    assert _holds(predicate, WORLD, asked, WORLD["posts"][0]) == (True, [])


def test_a_row_is_asked_for_once() -> None:
    asked = world.request("u1")
    text = "author.name = 'Ann' && author.team.name = 'red' && editors.name ?= 'Ann'"
    predicate = _compiled(world.POSTS, text, asked).predicate
    assert predicate is not None
    holds, questions = _holds(predicate, WORLD, asked, WORLD["posts"][0])
    assert holds is True
    assert [(one.collection.name, one.id) for one in questions] == [
        ("users", "u1"),
        ("teams", "t1"),
    ]


def test_what_asks_for_too_many_rows_is_left_to_the_store() -> None:
    asked = world.request("u1")
    predicate = _compiled(world.POSTS, "editors.name ?= 'x'", asked).predicate
    assert predicate is not None
    many = _cells(world.POSTS, {"editors": [f"u{number}" for number in range(1_000)]})
    holds, questions = _holds(predicate, WORLD, asked, many)
    assert holds is None
    assert len(questions) < 100


def test_what_goes_through_too_many_rows_is_left_to_the_store() -> None:
    asked = world.request("u1")
    predicate = _compiled(world.POSTS, "editors:each ?= tags:each", asked).predicate
    assert predicate is not None
    items = [f"u{number}" for number in range(1_000)]
    many = _cells(world.POSTS, {"editors": items, "tags": items[::-1]})
    assert _holds(predicate, WORLD, asked, {**many, "tags": '["x"]'})[0] is False
    assert _holds(predicate, WORLD, asked, {**many, "tags": many["editors"]})[0] is True
    assert (
        _holds(predicate, WORLD, asked, {**many, "editors": '["x","y"]', "tags": "[]"})[0] is False
    )
    pairs = _compiled(world.POSTS, "editors:each != tags:each", asked).predicate
    assert pairs is not None
    assert _holds(pairs, WORLD, asked, many)[0] is None


def _database(records: Records) -> apsw.Connection:
    """The records in tables as ours are: with the affinities of their columns."""
    connection = apsw.Connection(":memory:")
    kinds = {Storage.NUMBER: "NUMERIC", Storage.BOOL: "BOOLEAN"}
    for collection in world.SCHEMA.collections:
        columns = [
            f'"{field.name}" {kinds.get(field.storage, "TEXT")}' for field in collection.fields
        ]
        connection.execute(f'CREATE TABLE "{collection.name}" ({", ".join(columns)})')
        marks = ", ".join("?" for _ in columns)
        for cells in records[collection.name]:
            insert = f'INSERT INTO "{collection.name}" VALUES ({marks})'
            connection.execute(insert, tuple(cells.values()))
    return connection


def _asking(wires: Wires, asked: Mapping[str, Any]) -> Request:
    users, caller = wires["users"], asked["caller"]
    auth = None
    if 0 <= caller < len(users):
        wire = users[caller]
        values = {field.name: field.normalise(wire.get(field.name)) for field in world.USERS.fields}
        auth = Record("c_users", "users", wire["id"], 1, values)
    return Request(
        auth=auth,
        body=asked["body"],
        query=asked["query"],
        headers=world.HEADERS,
        now=world.NOW,
    )


def _rows(
    connection: apsw.Connection, query: Any, asked: Request, values: Mapping[str, Cell] = {}
) -> list[Any] | None:
    """The first column; None where SQLite refuses to go on, as it does for malformed JSON."""
    compiled = query.compile(dialect=sqlite.dialect())
    bound = [
        parameter(key, asked) if key.startswith("@") else {**compiled.params, **values}[key]
        for key in compiled.positiontup
    ]
    try:
        return [row[0] for row in connection.execute(str(compiled), bound)]
    except (apsw.Error, OverflowError):
        return None


def _stored_answer(
    connection: apsw.Connection, expression: Expression, asked: Request
) -> str | None:
    table = record_table(world.POSTS)
    query = sa.select(table.c.id).where(expression.where(table)).order_by(table.c.id)
    answer = _rows(connection, query, asked)
    return None if answer is None else " ".join(answer)


def _virtual_answer(
    connection: apsw.Connection, expression: Expression, asked: Request, cells: Cells
) -> bool | None:
    columns = [sa.bindparam(f"value {name}", None, type_=sa.Text()).label(name) for name in cells]
    row = sa.select(*columns).subquery("posts")
    query: Any = sa.select(sa.literal_column("1")).select_from(row).where(expression.where(row))
    answer = _rows(connection, query, asked, {f"value {n}": cell for n, cell in cells.items()})
    return None if answer is None else bool(answer)


ODD: Wires = {
    **world.RECORDS,
    "posts": [
        {"id": "p1", "title": "1", "author": "u1", "editors": ["u1", "gone"], "score": -0.0},
        {"id": "p2", "title": "5", "author": "u2", "editors": ["u1", "u2"], "score": 1e15},
        {"id": "p3", "title": "a", "author": "gone", "editors": ["u2"], "score": 5},
    ],
}
"""Relations to nobody, numbers that columns store otherwise, texts that are numbers."""


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize(
    "text",
    [
        "editors.team = @request.auth.team",
        "editors.team != @request.auth.team",
        "editors.name = @request.query.n",
        "editors.email != 'bob@x.io'",
        "editors.email !~ 'bob'",
        "score = '5'",
        "score ~ '%.0'",
        "score ~ '0'",
        "score:lower = '0'",
        "score > title",
        "title > 2",
        "title = 5",
        "title ?= @request.body.editors:each",
        "editors:each ?= @request.body.editors:each",
        "score ?= @request.body.editors:each",
        "meta = score",
        "title ~ @request.auth.verified",
        "score = @request.auth.admin",
    ],
)
def test_types_that_seldom_meet_are_compared_alike(text: str, access: Access) -> None:
    records = _all_cells(ODD)
    asked = world.request("u1", body={"editors": [1, "5", 5.0, "u1"]})
    expression, connection = _compiled(world.POSTS, text, asked, access), _database(records)
    found = _found(expression, world.POSTS, records, asked)
    assert found is not None
    assert found == _stored_answer(connection, expression, asked)
    assert expression.virtual_predicate is not None
    for cells in records["posts"]:
        new = {**cells, "id": "new"}
        holds, _ = _holds(expression.virtual_predicate, records, asked, new)
        assert holds is not None
        assert holds is _virtual_answer(connection, expression, asked, new)


SEVERAL = st.lists(st.tuples(rules(), st.sampled_from(Access)), min_size=8, max_size=8)


@tries(50)
@given(worlds(), asked_by(), SEVERAL)
def test_memory_and_sqlite_let_the_same_records_through(
    wires: Wires, sent: Mapping[str, Any], texts: list[tuple[str, Access]]
) -> None:
    records, asked = _all_cells(wires), _asking(wires, sent)
    connection = _database(records)
    for text, access in texts:
        try:
            expression = _compiled(world.POSTS, text, asked, access)
        except RuleError:  # a client may not go everywhere
            continue
        found = _found(expression, world.POSTS, records, asked)
        answer = _stored_answer(connection, expression, asked)
        assert found is None or answer is None or found == answer, text


@tries(30)
@given(worlds(), asked_by(), SEVERAL)
def test_memory_and_sqlite_let_the_same_new_record_through(
    wires: Wires, sent: Mapping[str, Any], texts: list[tuple[str, Access]]
) -> None:
    records, asked = _all_cells(wires), _asking(wires, sent)
    others = {**records, "posts": records["posts"][1:]}
    connection = _database(others)
    for cells in records["posts"][:1]:
        for text, _ in texts:
            expression = _compiled(world.POSTS, text, asked)
            if expression.looks_back or expression.virtual_predicate is None:
                continue
            holds, _ = _holds(expression.virtual_predicate, others, asked, cells)
            answer = _virtual_answer(connection, expression, asked, cells)
            assert holds is None or answer is None or holds is answer, text
