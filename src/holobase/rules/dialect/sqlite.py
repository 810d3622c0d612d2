"""SQLite's spelling of the constructs. SQLite converts and compares values by itself."""


# ruff: noqa: S608 - what these texts are made of is quoted names and compiled clauses

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from holobase.rules.dialect.constructs import (
    CONTAINED_BYTES_MAX,
    Against,
    Containing,
    FirstJoined,
    GeoDistance,
    HasItem,
    InsertionOrder,
    ItemCount,
    Items,
    JsonValue,
    Like,
    Lookup,
    LooseJsonValue,
    Lower,
    NotLike,
    Numeric,
    Strftime,
    source,
)


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> list[str]:
    return [compiler.process(clause.self_group(), **options) for clause in element.clauses]


def _path(element: JsonValue, compiler: SQLCompiler, **options: Any) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in element.steps)
    return compiler.process(sa.literal("$" + "".join(steps), sa.types.NullType()), **options)


@compiles(Lookup, "sqlite")
def _lookup(element: Lookup, compiler: SQLCompiler, **options: Any) -> str:
    quote = compiler.preparer.quote
    alias = quote(element.alias)
    return (
        f"(SELECT {alias}.{quote(element.wanted)} FROM {quote(element.table_name)} AS {alias}"
        f" WHERE {alias}.{quote(element.by)} = {compiler.process(element.link, **options)})"
    )


@compiles(Against, "sqlite")
def _against(element: Against, compiler: SQLCompiler, **options: Any) -> str:
    named = sa.bindparam(element.name, type_=sa.types.NullType())
    value = compiler.process(element.value, **options)
    return f"{value} {element.operator} {compiler.process(named, **options)}"


@compiles(FirstJoined, "sqlite")
def _first_joined(element: FirstJoined, compiler: SQLCompiler, **options: Any) -> str:
    value = compiler.process(element.value, **options)
    return f"(SELECT {value} FROM {source(element.joins, compiler, **options)} LIMIT 1)"


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
    (cell,) = _arguments(element, compiler, **options)
    return f"json_extract({cell}, {_path(element, compiler, **options)})"


@compiles(LooseJsonValue, "sqlite")
def _loose_json_value(element: LooseJsonValue, compiler: SQLCompiler, **options: Any) -> str:
    (cell,) = _arguments(element, compiler, **options)
    path = _path(element, compiler, **options)
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
    return f"CASE WHEN octet_length({cell}) <= {CONTAINED_BYTES_MAX} THEN '%' || {cell} || '%' END"


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
