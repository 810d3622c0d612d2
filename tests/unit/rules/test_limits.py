"""No text can crash the compiler, keep it busy, or get into a statement other than bound."""

import time

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from holobase.rules import Access, RuleError, compile_expression
from holobase.rules.parser import COMPARISONS_MAX, NESTING_MAX, parse
from holobase.rules.syntax import Branch
from holobase.rules.tables import record_table
from tests.examples import tries
from tests.unit.rules import cases, world

SECONDS_MAX = 2.0  # generous: a busy machine must not fail the suite, an exponential one must


def _compile(text: str, access: Access = Access.RULE) -> sa.Compiled:
    table = record_table(world.POSTS)
    expression = compile_expression(text, world.POSTS, world.SCHEMA, access, world.USERS)
    expression.decide(world.request("u1"))
    query = sa.select(table.c.id).where(expression.where(table))
    return query.compile(dialect=sqlite.dialect())


WORDS = st.sampled_from(
    [
        *("title", "author", ".", "editors", "name", ":each", ":lower", ":", "meta", "a", "_via_"),
        *("@request.", "auth.", "body.", "@collection.", "@now", "comments", "=", "?=", "!~", ">"),
        *("&&", "||", "(", ")", "'", '"', "\\", "'x'", "1", "-1.5", ",", " ", "\n", "//", "null"),
        *("geoDistance(", "strftime(", "é", "\x00", "%", "1 = 1", "title ~ 'a'"),
    ]
)


@tries(150)
@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map("".join)))
@example("(" * 3_500)
@example("'" + "\\" * 3_499)
@example("title = " + "9" * 3_000)
@example("meta." + "9" * 300 + " = 1")
@example("//" * 1_500)
@example("title ~ '" + "\\%" * 1_000 + "'")
@example("author.team.owner" + ".team.owner" * 300 + " = 1")
def test_any_text_compiles_or_is_refused_in_time(text: str) -> None:
    started = time.thread_time()
    for access in Access:
        try:
            _compile(text, access)
        except RuleError as error:
            assert 0 <= error.position <= len(text)
    assert time.thread_time() - started < SECONDS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "||".join(["editors.team.name=editors.team.name"] * 94),
        "&&".join(["author.team.owner.name='a'"] * 120),
        "&&".join(["editors.team.owner.id='a'"] * 120),
    ],
)
def test_the_longest_filter_of_a_client_compiles_in_time(text: str) -> None:
    assert len(text) <= 3_500
    started = time.thread_time()
    _compile(text)
    assert time.thread_time() - started < SECONDS_MAX


def test_the_deepest_nesting_compiles() -> None:
    text = "title = 'x'"
    for level in range(NESTING_MAX // 2):
        one = f"@collection.users:a{level}"
        text = f"({one}.name ?= 'a' && {one}.age ?= 1 && (title = 'x' || {text}))"
    assert _compile(text)
    with pytest.raises(RuleError, match="nested"):
        _compile(f"({text})")


def test_too_many_plural_rows_are_refused() -> None:
    text = " && ".join(f"@collection.users:a{number}.name ?= '1'" for number in range(41))
    with pytest.raises(RuleError, match="relations"):
        _compile(text)


def test_values_are_bound_and_never_part_of_the_statement() -> None:
    for collection, user, text, _ in (*cases.RULES, *cases.CLIENT):
        table = record_table(world.SCHEMA.find(collection))  # type: ignore[arg-type]
        marked = text.replace("'Hello'", "'zqz'").replace("Ann", "zqz").replace("5", "7319")
        expression = compile_expression(
            marked,
            world.SCHEMA.find(collection),  # type: ignore[arg-type]
            world.SCHEMA,
            Access.RULE,
            world.USERS if user else None,
        )
        compiled = (
            sa.select(table.c.id).where(expression.where(table)).compile(dialect=sqlite.dialect())
        )
        assert "zqz" not in str(compiled)
        assert "7319" not in str(compiled)


def _count(tree: object) -> int:
    return sum(_count(item) for item in tree.items) if isinstance(tree, Branch) else 1


def test_comparisons_are_counted_wherever_they_stand() -> None:
    text = "(1=1 || 1=1) && (1=1 || (1=1 || 1=1)) && (1=1)"
    assert _count(parse(text, 6)) == 6
    with pytest.raises(RuleError, match="too many"):
        parse(text, 5)


def test_the_number_of_comparisons_is_limited() -> None:
    parse(" && ".join(["1=1"] * COMPARISONS_MAX))
    with pytest.raises(RuleError, match="too many"):
        parse(" && ".join(["1=1"] * (COMPARISONS_MAX + 1)))
