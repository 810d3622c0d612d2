"""What must hold of every text: it compiles or is refused, soon, and no part of it gets into a
statement other than as a bound value or as a name of the schema."""

import re
import time
from collections.abc import Callable
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holobase.adapters.postgres import compile as postgres
from holobase.domain.errors import BadRequest
from holobase.engine.expand import parse_expand
from holobase.engine.pick import parse_fields
from holobase.rules import Access, RuleError, compile_expression, compile_sort
from holobase.rules.tables import record_table
from tests.fuzz import texts
from tests.unit.rules import world

COMPILE_SECONDS: Final = 0.05
"""What one text may cost, in time of this thread on a core: what else runs does not count."""
TRIES: Final = 4
"""A collection of garbage falls into one try; a slow text is slow each time."""

_SQLITE = sqlite.dialect(paramstyle="qmark")
_KNOWN: Final = """
    SELECT FROM WHERE AND OR NOT IN IS NULL EXISTS AS LEFT JOIN ON CASE WHEN THEN ELSE END LIKE
    ESCAPE ORDER BY ASC DESC NULLS FIRST LAST LIMIT DISTINCT CAST NUMERIC COLLATE C WITH TRUE FALSE
    coalesce lower octet_length json_each json_extract json_valid json_quote json_type array
    json_array_length
    strftime radians acos cos sin min random rowid _rowid_ value place text float8 bigint
    smallint json jsonb int ARRAY true false
"""
_SCHEMA: Final = frozenset(
    name
    for collection in world.SCHEMA.collections
    for name in (collection.name, *collection.field_names)
)
_WORDS: Final = frozenset(_KNOWN.split()) | _SCHEMA
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")
_LITERALS: Final = frozenset({"'t'", "'%'", "''", "'\\'", "'array'", "'now'"})
_OURS: Final = re.compile(r"(?:hb_\w+|anon_\d+|param_\d+|[a-z]+_\d+)")


class Broken(AssertionError):
    """A text for which something does not hold."""


def check_filter(random: Random) -> str:
    """One filter, on both stores and in memory."""
    text = texts.filter_text(random)
    for access in Access:
        _soon(text, lambda access=access: _compile_filter(text, access))  # type: ignore[misc]
    return text


def check_sort(random: Random) -> str:
    """One sort, on both stores."""
    text = texts.sort_text(random)
    for access in Access:
        _soon(text, lambda access=access: _compile_sort(text, access))  # type: ignore[misc]
    return text


def check_expand(random: Random) -> str:
    """One `expand`."""
    text = texts.path_list(random)
    _soon(text, lambda: parse_expand(text))
    return text


def check_fields(random: Random) -> str:
    """One `fields`."""
    text = texts.path_list(random)
    _soon(text, lambda: parse_fields(text))
    return text


CHECKS: Final[tuple[Callable[[Random], str], ...]] = (
    *([check_filter] * 7),
    check_sort,
    check_expand,
    check_fields,
)


def _soon(text: str, work: Callable[[], object]) -> None:
    """Does the work; a refusal is an answer, anything else is not."""
    for attempt in range(TRIES):
        started = time.thread_time()
        try:
            work()
        except (RuleError, BadRequest):
            pass
        except Exception as error:
            raise Broken(f"{text!r}: {type(error).__name__}: {error}") from error
        seconds = time.thread_time() - started
        if seconds < COMPILE_SECONDS:
            return
        if attempt == TRIES - 1:
            raise Broken(f"{text!r} took {seconds * 1000:.0f} ms")


def _compile_filter(text: str, access: Access) -> None:
    expression = compile_expression(text, world.POSTS, world.SCHEMA, access, world.USERS)
    table = record_table(world.POSTS)
    _check_statement(sa.select(table.c.id).where(expression.where(table)))
    _ = expression.predicate


def _compile_sort(text: str, access: Access) -> None:
    sort = compile_sort(text, world.POSTS, world.SCHEMA, access, world.USERS)
    table = record_table(world.POSTS)
    _check_statement(sa.select(table.c.id).order_by(*sort.order_by(table)))


def _check_statement(query: sa.Select[tuple[object]]) -> None:
    for sql in (str(query.compile(dialect=_SQLITE)), postgres.statement(query).sql):
        if texts.MARK in sql or texts.NUMBER in sql:
            raise Broken(f"a value got into the statement: {sql}")
        if unknown := set(_LITERAL.findall(sql)) - _LITERALS:
            raise Broken(f"{unknown} got into the statement: {sql}")
        for word in _WORD.findall(_LITERAL.sub("", sql)):
            is_known = word in _WORDS
            if not is_known and not _OURS.fullmatch(word):
                raise Broken(f"{word} got into the statement: {sql}")
