"""Everything one SQL dialect spells differently, as constructs with one compile function each.

A further store adds compile functions here; no other file of the compiler knows a dialect.
"""

# ruff: noqa: ARG001 - the signatures are SQLAlchemy's

# ruff: noqa: S608 - what these texts are made of is quoted names and compiled clauses

from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from holobase.rules.tables import INTERNAL_PREFIX

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


class JsonValue(FunctionElement[Any]):
    """The primitive at a JSON path (second argument), NULL where there is none.

    Objects and arrays come as their JSON text.
    """

    inherit_cache = True


class LooseJsonValue(JsonValue):
    """As `JsonValue`, for cells that may hold plain text: that is a JSON string then."""

    inherit_cache = True


class Like(FunctionElement[Any]):
    """`left LIKE pattern` without regard to ASCII case; the escape character is a backslash."""

    inherit_cache = True  # no Boolean type: SQLAlchemy would render `(…) = 1` for it


class NotLike(Like):
    """The opposite of `Like`; NULL where that is NULL."""

    inherit_cache = True


class Containing(FunctionElement[str]):
    """The pattern for texts that contain the argument, whose own wildcards stay active."""

    inherit_cache = True


class Lower(FunctionElement[str]):
    """ASCII lower-casing."""

    inherit_cache = True


class Numeric(FunctionElement[Any]):
    """The argument with the affinity of a number column."""

    inherit_cache = True


class Strftime(FunctionElement[str]):
    """SQLite's `strftime` with its formats, time values and modifiers."""

    inherit_cache = True


class GeoDistance(FunctionElement[float]):
    """Kilometres between (lonA, latA) and (lonB, latB) on a sphere."""

    inherit_cache = True


class InsertionOrder(FunctionElement[int]):
    """The order in which rows of a table (the argument, a column of it) were inserted."""

    inherit_cache = True


class RandomOrder(FunctionElement[int]):
    """A new random number for every row."""

    inherit_cache = True


class Lookup(sa.ColumnElement[Any]):
    """The cell `wanted` of the row whose column `by` equals `link`; NULL if there is none.

    Rendered directly: a SELECT of SQLAlchemy's costs ten times as much to build, and a hostile
    filter has hundreds.
    """

    inherit_cache = False

    def __init__(self, table: str, alias: str, wanted: str, by: str, link: Clause) -> None:
        self.table_name = table
        self.alias = alias
        self.wanted = wanted
        self.by = by
        self.link = link


Joins: TypeAlias = tuple[tuple[sa.FromClause, Clause], ...]
"""Tables to LEFT JOIN, each with its condition. What they join is a table of one row, so that an
empty set counts as one row of NULLs."""


class AnyJoined(sa.ColumnElement[Any]):
    """Whether a condition holds for at least one row of the joins. Never NULL."""

    inherit_cache = False

    def __init__(self, joins: Joins, where: Clause) -> None:
        self.joins = joins
        self.where = where


class Bracketed(sa.ColumnElement[Any]):
    """A condition in brackets that stay where they are put."""

    inherit_cache = False

    def __init__(self, condition: Clause) -> None:
        self.condition = condition


class FirstJoined(sa.ColumnElement[Any]):
    """A value from the first row of the joins."""

    inherit_cache = False

    def __init__(self, joins: Joins, value: Clause) -> None:
        self.joins = joins
        self.value = value


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> list[str]:
    return [compiler.process(clause.self_group(), **options) for clause in element.clauses]


def _source(joins: Joins, compiler: SQLCompiler, **options: Any) -> str:
    joined = "".join(
        f" LEFT JOIN {compiler.process(table, asfrom=True, **options)}"
        f" ON {compiler.process(condition, **options)}"
        for table, condition in joins
    )
    return f"(SELECT 1) AS {INTERNAL_PREFIX}one{joined}"


@compiles(Lookup, "sqlite")
def _lookup(element: Lookup, compiler: SQLCompiler, **options: Any) -> str:
    quote = compiler.preparer.quote
    alias = quote(element.alias)
    return (
        f"(SELECT {alias}.{quote(element.wanted)} FROM {quote(element.table_name)} AS {alias}"
        f" WHERE {alias}.{quote(element.by)} = {compiler.process(element.link, **options)})"
    )


@compiles(Bracketed)
def _bracketed(element: Bracketed, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.condition, **options)})"


@compiles(AnyJoined, "sqlite")
def _any_joined(element: AnyJoined, compiler: SQLCompiler, **options: Any) -> str:
    where = compiler.process(element.where, **options)
    return f"EXISTS (SELECT 1 FROM {_source(element.joins, compiler, **options)} WHERE {where})"


@compiles(FirstJoined, "sqlite")
def _first_joined(element: FirstJoined, compiler: SQLCompiler, **options: Any) -> str:
    value = compiler.process(element.value, **options)
    return f"(SELECT {value} FROM {_source(element.joins, compiler, **options)} LIMIT 1)"


@compiles(Items, "sqlite")
def _items(element: Items, compiler: SQLCompiler, **options: Any) -> str:
    (cell,) = _arguments(element, compiler, **options)
    return f"json_each({cell})"


@compiles(HasItem, "sqlite")
def _has_item(element: HasItem, compiler: SQLCompiler, **options: Any) -> str:
    cell, item = _arguments(element, compiler, **options)
    return f"({item} IN (SELECT value FROM json_each({cell})))"


@compiles(ItemCount, "sqlite")
def _item_count(element: ItemCount, compiler: SQLCompiler, **options: Any) -> str:
    (cell,) = _arguments(element, compiler, **options)
    return (
        f"(CASE WHEN coalesce({cell}, '') = '' THEN 0 WHEN NOT json_valid({cell}) THEN 1"
        f" WHEN json_type({cell}) = 'array' THEN json_array_length({cell}) ELSE 1 END)"
    )


@compiles(JsonValue, "sqlite")
def _json_value(element: JsonValue, compiler: SQLCompiler, **options: Any) -> str:
    cell, path = _arguments(element, compiler, **options)
    return f"json_extract({cell}, {path})"


@compiles(LooseJsonValue, "sqlite")
def _loose_json_value(element: LooseJsonValue, compiler: SQLCompiler, **options: Any) -> str:
    cell, path = _arguments(element, compiler, **options)
    loose = f"CASE WHEN json_valid({cell}) THEN {cell} ELSE json_quote({cell}) END"
    return f"json_extract({loose}, {path})"


@compiles(Like, "sqlite")
def _like(element: Like, compiler: SQLCompiler, **options: Any) -> str:
    left, pattern = _arguments(element, compiler, **options)
    return f"({left} LIKE {pattern} ESCAPE '\\')"


@compiles(NotLike, "sqlite")
def _not_like(element: NotLike, compiler: SQLCompiler, **options: Any) -> str:
    left, pattern = _arguments(element, compiler, **options)
    return f"({left} NOT LIKE {pattern} ESCAPE '\\')"


@compiles(Containing, "sqlite")
def _containing(element: Containing, compiler: SQLCompiler, **options: Any) -> str:
    (cell,) = _arguments(element, compiler, **options)
    return f"('%' || {cell} || '%')"


@compiles(Lower, "sqlite")
def _lower(element: Lower, compiler: SQLCompiler, **options: Any) -> str:
    (cell,) = _arguments(element, compiler, **options)
    return f"lower({cell})"


@compiles(Numeric, "sqlite")
def _numeric(element: Numeric, compiler: SQLCompiler, **options: Any) -> str:
    (cell,) = _arguments(element, compiler, **options)
    return f"CAST({cell} AS NUMERIC)"


@compiles(Strftime, "sqlite")
def _strftime(element: Strftime, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime({', '.join(_arguments(element, compiler, **options))})"


@compiles(GeoDistance, "sqlite")
def _geo_distance(element: GeoDistance, compiler: SQLCompiler, **options: Any) -> str:
    cells = _arguments(element, compiler, **options)
    lon_a, lat_a, lon_b, lat_b = (f"radians({cell})" for cell in cells)
    # Rounding can lift the cosine of one and the same point above 1, where acos is undefined.
    return (
        f"(6371 * acos(min(1.0, cos({lat_a}) * cos({lat_b}) * cos({lon_b} - {lon_a})"
        f" + sin({lat_a}) * sin({lat_b}))))"
    )


@compiles(InsertionOrder, "sqlite")
def _insertion_order(element: InsertionOrder, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = element.clauses
    return compiler.process(sa.table(column.table.name, sa.column("_rowid_")).c._rowid_, **options)


@compiles(RandomOrder, "sqlite")
def _random_order(element: RandomOrder, compiler: SQLCompiler, **options: Any) -> str:
    return "random()"
