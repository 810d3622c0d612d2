"""PostgreSQL's own side: indexes serve it, long names keep apart, and nothing makes it raise."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from holobase.adapters.postgres.compile import statement
from holobase.adapters.postgres.names import identifier
from holobase.domain.collection import Schema
from holobase.domain.fields import NumberField, TextField
from holobase.rules import Access, compile_expression, compile_sort
from holobase.rules.tables import record_table
from tests.examples import tries
from tests.unit.rules import cases, postgres, world
from tests.unit.rules.postgres import Postgres


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres.fresh() as database:
        world.fill(database)
        database.execute(
            "INSERT INTO posts (id, title, author, due, score)"
            " SELECT 'x' || i, 'title ' || i, 'u' || i % 500, '2024-01-01 ' || i, i"
            " FROM generate_series(1, 5000) AS i;"
            "INSERT INTO comments (id, post, author)"
            " SELECT 'x' || i, 'x' || i, 'u' || i % 500 FROM generate_series(1, 5000) AS i;"
            "CREATE INDEX by_title ON posts (title); CREATE INDEX by_author ON posts (author);"
            "CREATE INDEX by_due ON posts (due); CREATE INDEX by_score ON posts (score);"
            "CREATE INDEX by_order ON posts (hb_order);"
            "CREATE INDEX comments_by_post ON comments (post); ANALYZE posts, comments"
        )
        yield database


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("title = 'title 7'", "by_title"),
        ("title = @request.query.q", "by_title"),
        ("score = 7", "by_score"),
        ("score > '4990'", "by_score"),
        ("id = 'x7'", "posts_pkey"),
        ("author = @request.auth.id", "by_author"),
        ("author = @request.auth.team", "by_author"),
        ("@request.auth.id = author || author = @request.auth.team", "by_author"),
        ("id = 'x7' && comments_via_post.author ?= @request.auth.id", "comments_by_post"),
        (
            "id = 'x7' && @collection.comments.post ?= id && @collection.comments.likes ?> 1",
            "comments_by_post",
        ),
    ],
)
def test_an_index_serves_what_rules_usually_ask(database: Postgres, text: str, index: str) -> None:
    expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, world.USERS)
    table = record_table(world.POSTS)
    query = sa.select(table.c.title).where(expression.where(table))
    assert index in database.plan(query, world.request("u1"))


@pytest.mark.parametrize(
    ("text", "index"),
    [("due", "by_due"), ("-due", "by_due"), ("-score", "by_score"), ("-@rowid", "by_order")],
)
def test_an_index_serves_a_sorted_page(database: Postgres, text: str, index: str) -> None:
    sort = compile_sort(text, world.POSTS, world.SCHEMA, Access.RULE, None)
    table = record_table(world.POSTS)
    query = sa.select(table.c.title).order_by(*sort.order_by(table)).limit(30)
    assert index in database.plan(query, world.request("u1"))


def test_values_are_bound_and_never_part_of_the_statement() -> None:
    for collection, user, text, _ in (*cases.RULES, *cases.CLIENT):
        found = world.SCHEMA.find(collection)
        assert found is not None
        table = record_table(found)
        marked = text.replace("'Hello'", "'zqz'").replace("Ann", "zqz").replace("5", "7319")
        auth = world.USERS if user else None
        expression = compile_expression(marked, found, world.SCHEMA, Access.RULE, auth)
        sql = statement(sa.select(table.c.id).where(expression.where(table))).sql
        assert "zqz" not in sql
        assert "7319" not in sql


def test_long_names_keep_apart(database: Postgres) -> None:
    long = "a" * 80
    fields = (
        TextField(id="id", name="id"),
        NumberField(id="f1", name=f"{long}1"),
        NumberField(id="f2", name=f"{long}2"),
    )
    collection = world.COMMENTS.__class__(id="c_long", name=long, fields=fields)
    database.create(collection, [("x", 1, 2), ("y", 2, 1)])
    table = record_table(collection)
    expression = compile_expression(
        f"{long}1 < {long}2", collection, Schema((collection,)), Access.RULE, None
    )
    query = sa.select(table.c.id).where(expression.where(table))
    assert database.run(query, world.request()) == ["x"]


@given(st.text(max_size=100))
def test_a_name_fits_and_short_ones_stay_as_they_are(name: str) -> None:
    assert len(identifier(name).encode()) <= 63
    assert identifier(name) == name or len(name.encode()) > 63


_HOSTILE = st.one_of(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30),
    st.text(r'0123456789+-.eE \t[]{}:,"\u0d8ftrueflsn%_', max_size=30),
    st.sampled_from(["[" * 100_000, "9" * 100_000, "1e999999999", '"\\ud800"', "\\", "'"]),
)
_TEXT_FUNCTIONS = """
    SELECT hb_decimal($1), hb_number($1), hb_tagged_number('t' || $1), hb_untagged('t' || $1),
        hb_json_tagged(hb_json($1)), hb_json_text(hb_json($1)), hb_json_number(hb_json($1)),
        hb_json_tagged(hb_loose_json($1)), hb_item_count($1), '' LIKE hb_pattern($1),
        (SELECT count(*) FROM hb_items(hb_json($1))),
        hb_strftime($1, '2024-01-01', '{}'), hb_strftime('%s', $1, '{}'),
        hb_strftime('%s', 'now', ARRAY[$1])
"""


@tries(100)
@given(_HOSTILE)
def test_no_text_makes_a_function_raise(database: Postgres, text: str) -> None:
    assert database.values(_TEXT_FUNCTIONS, text)


@tries(100)
@given(st.lists(st.floats(), min_size=4, max_size=4))
def test_no_number_makes_a_function_raise(database: Postgres, numbers: list[float]) -> None:
    database.values("SELECT hb_geo_distance($1, $2, $3, $4)", *numbers)
    database.values("SELECT (hb_digits($1), hb_text($1), hb_tagged($1))", numbers[0])


@pytest.mark.parametrize("text", ["title = @request.query.q", "title ~ @request.query.q"])
def test_what_postgresql_cannot_hold_is_found_nowhere(database: Postgres, text: str) -> None:
    expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, None)
    table = record_table(world.POSTS)
    query = sa.select(table.c.id).where(expression.where(table))
    assert database.run(query, world.request(query={"q": "title 7\x00"})) == []
