"""PostgreSQL answers as SQLite does: random rules and sorts over random records, random times."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import apsw
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Field, JsonField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.rules import Access, RuleError, compile_expression, compile_sort, parameter
from holobase.rules.cell_types import virtual_type
from holobase.rules.dialect import forms
from holobase.rules.tables import record_table
from tests.examples import tries
from tests.unit.rules import postgres, world
from tests.unit.rules.postgres import Postgres
from tests.unit.rules.random_rules import Wires, asked_by, rules, words, worlds

SQLITE = sqlite.dialect()

STORES_ALONE = (
    "@collection.users.name",
    "@collection.users:other.age",
    "@collection.posts.meta.a",
    "@collection.comments.post",
    "strftime('%Y', due)",
    "strftime('%H:%M', title, '+1 day')",
    "strftime('%J', score)",
    "strftime('%s', meta.a, 'subsec')",
    "strftime('%d', author.age, 'auto')",
    "strftime('%Y-%m', @request.body.score)",
    "strftime('%f', @now)",
)
"""Operands that memory leaves to a store."""

_SORTED = st.sampled_from(
    words("""
    id title title:lower score active due kind tags tags:length meta meta.a meta.b.c meta:lower
    place.lat author author.name author.age author.settings.theme author.team.name editors
    editors.name editors.age editors.settings.a comments_via_post.likes comments_via_post.text
    author.posts_via_editors.title author.email @rowid
    """)
)
_SORTS = st.lists(
    st.tuples(st.sampled_from(["", "-", "+"]), _SORTED).map("".join), min_size=1, max_size=3
).map(",".join)

_CLOCKS = st.tuples(
    st.integers(0, 25), st.integers(0, 60), st.sampled_from(["", ":0", ":00", ":59", ":59.9996"])
).map(lambda parts: f"{parts[0]:02}:{parts[1]:02}{parts[2]}")
_DATES = st.tuples(
    st.one_of(st.integers(0, 9999).map("{:04}".format), st.integers(0, 4700).map("-{:04}".format)),
    st.integers(0, 13),
    st.integers(0, 32),
).map(lambda parts: f"{parts[0]}-{parts[1]:02}-{parts[2]:02}")
_ZONES = st.sampled_from(["", "", "", "Z", " z", "+02:00", "-14:59 ", "+15:00", "x"])
_TIMES = st.one_of(
    st.datetimes().map(lambda time: time.isoformat(" ", "milliseconds") + "Z"),
    _DATES,
    st.tuples(_DATES, st.sampled_from([" ", "T", "", "\n T "]), _CLOCKS, _ZONES).map("".join),
    st.tuples(_CLOCKS, _ZONES).map("".join),
    st.sampled_from(
        ["", "bad", "2451545", " 2451545.25 ", "1e3", "-1", "99:99", "2024-01", "1e400"]
    ),
    st.floats(0, 6e6, allow_subnormal=False),
    st.floats(-3e11, 3e11, allow_subnormal=False),
    st.integers(-10, 10**10),
)
_AMOUNTS = st.one_of(
    st.integers(-20, 20).map(str),
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e4, 1e4).map(lambda number: f"{number:+.3f}"),
)
_MODIFIERS = st.one_of(
    st.tuples(
        _AMOUNTS,
        st.sampled_from([" ", "  ", ""]),
        st.sampled_from(words("second seconds minute hour Hours day days month MONTHS year years")),
    ).map("".join),
    st.sampled_from(
        [
            *(
                "start of day",
                "start of month",
                "start of Year",
                "start of week",
                "weekday 0",
                "weekday 3",
                "weekday 6.0",
                "weekday 7",
                "subsec",
                "subsecond",
                "auto",
                "unixepoch",
                "julianday",
                "ceiling",
                "floor",
                "",
                "x",
                "+",
                "-1",
                "+1  ",
                "day",
                "1 dayss",
            ),
        ]
    ),
    st.tuples(st.sampled_from("+-"), _CLOCKS, st.sampled_from(["", "", "Z", "+01:00"])).map(
        "".join
    ),
    st.tuples(
        st.sampled_from(["+", "-", ""]),
        st.integers(0, 300),
        st.integers(0, 12),
        st.integers(0, 31),
        st.one_of(st.just(""), _CLOCKS.map(" {}".format)),
    ).map(lambda parts: f"{parts[0]}{parts[1]:04}-{parts[2]:02}-{parts[3]:02}{parts[4]}"),
)
_FORMATS = st.one_of(
    st.just("%Y-%m-%d %H:%M:%f"),
    st.just("%F %T|%j %J %s %S|%w %W %u %U %V %G %g|%e %k %l %I %p %P %R|%%"),
    st.text("%YmdHMSfjJswWuUVGgekpxQ é", max_size=8),
)


@pytest.fixture(scope="module")
def other() -> Iterator[Postgres]:
    with postgres.fresh() as database:
        for collection in world.SCHEMA.collections:
            database.create(collection, [])
        yield database


def _stored(field: Field, wire: Any) -> Any:
    """The value of a field after a write; what is refused is never stored."""
    value = field.normalise(wire)
    return field.zero if isinstance(field, JsonField) and field.check(value) else value


def _rows(collection: Collection, wires: Wires) -> list[tuple[Cell, ...]]:
    rows = []
    for wire in wires[collection.name]:
        values = {field.name: _stored(field, wire.get(field.name)) for field in collection.fields}
        rows.append(tuple(collection.cells(values)))
    return rows


def _fill(other: Postgres, wires: Wires) -> apsw.Connection:
    """The records in a new SQLite database, and in PostgreSQL instead of what was there."""
    connection = apsw.Connection(":memory:")
    other.execute("TRUNCATE " + ", ".join(one.name for one in world.SCHEMA.collections))
    for collection in world.SCHEMA.collections:
        world.create(connection, collection, _rows(collection, wires))
        other.insert(collection, _rows(collection, wires))
    return connection


def _asking(wires: Wires, sent: Mapping[str, Any]) -> Request:
    callers = wires["users"][sent["caller"] :][:1] if sent["caller"] >= 0 else []
    auth = None
    for wire in callers:
        values = {field.name: _stored(field, wire.get(field.name)) for field in world.USERS.fields}
        auth = Record("c_users", "users", wire["id"], 1, values)
    return Request(
        auth=auth,
        query=sent["query"],
        headers=world.HEADERS,
        body=sent["body"],
        now=world.NOW,
    )


def _in_sqlite(connection: apsw.Connection, query: Any, asked: Request) -> list[Any] | None:
    """The first column; None where SQLite has no answer but an error."""
    compiled = query.compile(dialect=SQLITE)
    values = [
        parameter(key, asked) if key.startswith("@") else compiled.params[key]
        for key in compiled.positiontup
    ]
    try:
        return [row[0] for row in connection.execute(str(compiled), values)]
    except (apsw.Error, OverflowError):
        return None


def _sqlite_row(sql: str, *values: Any) -> tuple[Any, ...]:
    return tuple(*apsw.Connection(":memory:").execute(sql, values))


@tries(100)
@given(worlds(), asked_by(), rules(STORES_ALONE), st.sampled_from(Access))
def test_both_stores_let_the_same_records_through(
    other: Postgres, wires: Wires, sent: Mapping[str, Any], text: str, access: Access
) -> None:
    connection, asked = _fill(other, wires), _asking(wires, sent)
    try:
        expression = compile_expression(
            text, world.POSTS, world.SCHEMA, access, world.USERS if asked.auth else None
        )
    except RuleError:  # a client may not go everywhere
        return
    table = record_table(world.POSTS)
    query = sa.select(table.c.id).where(expression.where(table)).order_by(table.c.id)
    answer = _in_sqlite(connection, query, asked)
    found = other.run(query, asked)
    assert answer is None or answer == found


_CROSSED = st.sampled_from(
    words("""
    title score active tags:each tags:length title:lower meta.a meta place.lat author.name
    author.age author.settings.theme @request.query.q @request.query.score @request.body.title
    @request.auth.age @request.auth.name
    """)
)


@tries(60)
@given(worlds(), asked_by(), st.lists(st.tuples(_CROSSED, _CROSSED), min_size=4, max_size=4))
def test_values_of_any_two_types_compare_alike(
    other: Postgres, wires: Wires, sent: Mapping[str, Any], pairs: list[tuple[str, str]]
) -> None:
    connection, asked = _fill(other, wires), _asking(wires, sent)
    table, auth = record_table(world.POSTS), world.USERS if asked.auth else None
    for one, another in pairs:
        for operator in ("=", "!=", "<", ">=", "~"):
            text = f"{one} {operator} {another}"
            expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, auth)
            query = sa.select(table.c.id).where(expression.where(table)).order_by(table.c.id)
            assert _in_sqlite(connection, query, asked) == other.run(query, asked), text


@tries(50)
@given(worlds(), asked_by(), rules(STORES_ALONE))
def test_both_stores_let_the_same_new_record_through(
    other: Postgres, wires: Wires, sent: Mapping[str, Any], text: str
) -> None:
    connection, asked = _fill(other, wires), _asking(wires, sent)
    auth = world.USERS if asked.auth else None
    expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, auth)
    for cells in _rows(world.POSTS, wires)[:1]:
        columns = [
            sa.literal(cell, virtual_type(field.storage)).label(field.name)
            for field, cell in zip(world.POSTS.fields, cells, strict=True)
        ]
        row = sa.select(*columns).subquery("virtual")
        query = sa.select(row.c.id).where(expression.where(row))
        answer = _in_sqlite(connection, query, asked)
        assert answer is None or answer == other.run(query, asked)


@tries(50)
@given(worlds(), _SORTS)
def test_both_stores_sort_alike(other: Postgres, wires: Wires, text: str) -> None:
    connection = _fill(other, wires)
    sort = compile_sort(text, world.POSTS, world.SCHEMA, Access.RULE, None)
    table = record_table(world.POSTS)
    query = sa.select(table.c.id).order_by(*sort.order_by(table))
    assert _in_sqlite(connection, query, Request()) == other.run(query, Request())


@tries(150)
@given(_FORMATS, _TIMES, st.lists(_MODIFIERS, max_size=3))
def test_times_are_formatted_alike(
    other: Postgres, written: str, time: str | float, modifiers: list[str]
) -> None:
    marks = ", ".join("?" for _ in (written, time, *modifiers))
    answer, *_ = _sqlite_row(f"SELECT strftime({marks})", written, time, *modifiers)
    (found,) = other.values(
        "SELECT hb_strftime($1, $2, $3::text[])", written, forms.TIME.bind(time), modifiers
    )
    assert answer == found


@tries(100)
@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_numbers_are_tagged_alike_and_sort_by_size(
    other: Postgres, one: float, another: float
) -> None:
    tagged = [forms.tagged(one), forms.tagged(another)]
    assert other.values("SELECT hb_tagged(x) FROM unnest($1::float8[]) x", [one, another]) == tagged
    assert other.values("SELECT hb_tagged_number(x) FROM unnest($1::text[]) x", tagged) == [
        one,
        another,
    ]
    assert (one < another) == (str(tagged[0]) < str(tagged[1]))


@tries(100)
@given(st.floats(allow_nan=False), st.integers(0, 12))
def test_numbers_have_the_same_text(other: Postgres, value: float, places: int) -> None:
    if abs(value) < 1e9:
        value = round(value, places)
    text = forms.text(value)
    assert other.values("SELECT hb_digits($1)", value) == [text]
    if len(repr(value)) < 14 and math.isfinite(value):
        answer, *_ = _sqlite_row("SELECT ? || ''", value)
        assert answer == text


_NUMERALS = st.one_of(
    st.text("0123456789+-.eE \t\nx", max_size=12),
    st.floats(allow_nan=False).map(repr),
    st.from_regex(r"\A[ \n]?[+-]?[0-9]{0,40}\.?[0-9]{0,40}([eE][+-]?[0-9]{1,9})?\Z"),
)


@tries(150)
@given(_NUMERALS)
def test_texts_are_the_same_numbers(other: Postgres, written: str) -> None:
    number = forms.number(written)
    (found,) = other.values("SELECT hb_number($1)", written)
    assert found == (0 if abs(number or 0) < 1e-322 else number)  # which is nearly nothing
    # A column of numbers equals a text where the text is the number.
    for (value,) in apsw.Connection(":memory:").execute(
        "SELECT x FROM (SELECT CAST(? AS NUMERIC) AS x) WHERE x = ?", (written, written)
    ):
        assert math.isclose(number or 0, value)
        return
    assert number == math.inf
