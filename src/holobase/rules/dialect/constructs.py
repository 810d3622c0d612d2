"""What SQL dialects spell differently, as constructs; `holds` tells what the value of one is."""

# ruff: noqa: ARG001 - the signatures are SQLAlchemy's
# ruff: noqa: S608 - what these texts are made of is quoted names and compiled clauses

from typing import Any, ClassVar, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from holobase.rules.cell_types import (
    ANY_VALUE,
    NUMBER_CELL,
    NUMBER_VALUE,
    TEXT_VALUE,
    CellType,
)
from holobase.rules.like import PATTERN_BYTES_MAX
from holobase.rules.tables import INTERNAL_PREFIX

CONTAINED_BYTES_MAX: Final = PATTERN_BYTES_MAX - 2
"""Longest text in a pattern, with `%` on both sides."""

Clause: TypeAlias = sa.ColumnElement[Any]


class Items(FunctionElement[Any]):
    """The items of a JSON array as a table with one column `value`; NULL has none."""

    inherit_cache = True


class HasItem(FunctionElement[Any]):
    """Whether the JSON array (first argument) has the item (second)."""

    inherit_cache = True


class ItemCount(FunctionElement[int]):
    """Number of items of a JSON array; 0 for NULL and '', 1 for any other text."""

    inherit_cache = True
    holds: ClassVar[CellType] = NUMBER_VALUE


class JsonValue(FunctionElement[Any]):
    """The primitive at a JSON path, NULL where there is none: `steps` are names of members and
    places in arrays.

    Objects and arrays come as their JSON text.
    """

    inherit_cache = False
    holds: ClassVar[CellType] = ANY_VALUE

    def __init__(self, cell: Clause, steps: tuple[int | str, ...]) -> None:
        super().__init__(cell)
        self.steps = steps


class LooseJsonValue(JsonValue):
    """As `JsonValue`, for cells that may hold plain text: that is a JSON string then."""

    inherit_cache = False


class Like(FunctionElement[Any]):
    """`left LIKE pattern` without regard to ASCII case; the escape character is a backslash."""

    inherit_cache = True  # no Boolean type: SQLAlchemy would render `(…) = 1` for it


class NotLike(Like):
    """The opposite of `Like`; NULL where that is NULL."""

    inherit_cache = True


class Containing(FunctionElement[str]):
    """The pattern for texts that contain the argument, whose own wildcards stay active; NULL where
    it would be too long."""

    inherit_cache = True
    holds: ClassVar[CellType] = TEXT_VALUE


class Lower(FunctionElement[str]):
    """ASCII lower-casing."""

    inherit_cache = True
    holds: ClassVar[CellType] = TEXT_VALUE


class Numeric(FunctionElement[Any]):
    """The argument with the affinity of a number column."""

    inherit_cache = True
    holds: ClassVar[CellType] = NUMBER_CELL


class Strftime(FunctionElement[str]):
    """SQLite's `strftime` with its formats, time values and modifiers."""

    inherit_cache = True
    holds: ClassVar[CellType] = TEXT_VALUE


class GeoDistance(FunctionElement[float]):
    """Kilometres between (lonA, latA) and (lonB, latB) on a sphere."""

    inherit_cache = True
    holds: ClassVar[CellType] = NUMBER_VALUE


class InsertionOrder(FunctionElement[int]):
    """The order in which rows of a table (the argument, a column of it) were inserted."""

    inherit_cache = True
    holds: ClassVar[CellType] = NUMBER_CELL


class RandomOrder(FunctionElement[int]):
    """A new random number for every row."""

    inherit_cache = True
    holds: ClassVar[CellType] = NUMBER_VALUE


@compiles(RandomOrder)
def _random_order(element: RandomOrder, compiler: SQLCompiler, **options: Any) -> str:
    return "random()"


class Lookup(sa.ColumnElement[Any]):
    """The cell `wanted` of the row whose column `by` equals `link`; NULL if there is none.

    Rendered directly: a SELECT of SQLAlchemy's costs ten times as much to build, and a hostile
    filter has hundreds.
    """

    inherit_cache = False

    def __init__(
        self, table: str, alias: str, wanted: str, by: str, link: Clause, holds: CellType
    ) -> None:
        self.table_name = table
        self.alias = alias
        self.wanted = wanted
        self.by = by
        self.link = link
        self.holds = holds


Joins: TypeAlias = tuple[tuple[sa.FromClause, Clause], ...]
"""Tables to LEFT JOIN, each with its condition. What they join is a table of one row, so that an
empty set counts as one row of NULLs."""


def source(joins: Joins, compiler: SQLCompiler, **options: Any) -> str:
    """Joins as what comes after FROM."""
    joined = "".join(
        f" LEFT JOIN {compiler.process(table, asfrom=True, **options)}"
        f" ON {compiler.process(condition, **options)}"
        for table, condition in joins
    )
    return f"(SELECT 1) AS {INTERNAL_PREFIX}one{joined}"


class AnyJoined(sa.ColumnElement[Any]):
    """Whether a condition holds for at least one row of the joins. Never NULL."""

    inherit_cache = False

    def __init__(self, joins: Joins, where: Clause) -> None:
        self.joins = joins
        self.where = where


@compiles(AnyJoined)
def _any_joined(element: AnyJoined, compiler: SQLCompiler, **options: Any) -> str:
    where = compiler.process(element.where, **options)
    return f"EXISTS (SELECT 1 FROM {source(element.joins, compiler, **options)} WHERE {where})"


class Against(sa.ColumnElement[Any]):
    """How a value compares (`<`, `<=`, `>`, `>=`) with one that the same clause gave for another
    row, in the parameter called `name`: as ORDER BY compares them."""

    inherit_cache = False

    def __init__(self, value: Clause, operator: str, name: str) -> None:
        self.value = value
        self.operator = operator
        self.name = name


class Bracketed(sa.ColumnElement[Any]):
    """A condition in brackets that stay where they are put."""

    inherit_cache = False

    def __init__(self, condition: Clause) -> None:
        self.condition = condition


@compiles(Bracketed)
def _bracketed(element: Bracketed, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.condition, **options)})"


class FirstJoined(sa.ColumnElement[Any]):
    """A value from the first row of the joins."""

    inherit_cache = False

    def __init__(self, joins: Joins, value: Clause) -> None:
        self.joins = joins
        self.value = value
