"""PostgreSQL's spelling of what views compute, with SQLite's answers.

Texts that are computed get the collation "C", which columns have already.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from holobase.rules.cell_types import Kind
from holobase.rules.dialect import forms
from holobase.rules.dialect.computing import (
    FLAG,
    INTEGER,
    TEXT,
    Aggregate,
    AnyOfGroup,
    Arithmetic,
    As,
    Bare,
    Call,
    Cast,
    Computed,
    Held,
    IsTrue,
    Negative,
    Together,
    Truth,
)
from holobase.rules.dialect.computing_sqlite import window
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import bare, holds
from holobase.rules.dialect.postgres import Compiler

_ARITHMETIC: Final = {
    "+": "hb_add",
    "-": "hb_subtract",
    "*": "hb_multiply",
    "/": "hb_divide",
    "%": "hb_remainder",
}
_NUMBERS: Final = {Kind.NUMBER: "{}", Kind.TEXT: "hb_cast({})", Kind.ANY: "hb_tagged_cast({})"}
_SUMS: Final = {"sum": "sum({})", "total": "coalesce(sum({}), 0)", "avg": "avg({})"}


def _number(clause: Clause, compiler: Compiler, **options: Any) -> str:
    """The clause as the number that SQLite computes with."""
    clause = bare(clause)
    if isinstance(clause, sa.BindParameter):
        return compiler.bound(clause, forms.CAST)
    kind = holds(clause).kind
    return _NUMBERS[kind].format(compiler.spelled(clause, kind, **options))


def _text(clause: Clause, compiler: Compiler, **options: Any) -> str:
    """The clause as text; a real number shows that it is one."""
    held = holds(bare(clause))
    if held.kind is Kind.NUMBER and held.is_real:
        return f"hb_digits({compiler.spelled(clause, Kind.NUMBER, **options)})"
    return compiler.spelled(clause, Kind.TEXT, **options)


def _spelled(clause: Clause, kind: Kind, compiler: Compiler, **options: Any) -> str:
    if kind is Kind.NUMBER:
        return _number(clause, compiler, **options)
    return (
        _text(clause, compiler, **options)
        if kind is Kind.TEXT
        else compiler.spelled(clause, kind, **options)
    )


@compiles(Held, "postgresql")
@compiles(As, "postgresql")
@compiles(Bare, "postgresql")
def _as(element: Computed, compiler: Compiler, **options: Any) -> str:
    (part,) = element.parts
    written = compiler.spelled(part, element.holds.kind, **options)
    if element.holds.kind is Kind.NUMBER or isinstance(bare(part), sa.ColumnClause):
        return written
    return f'({written}) COLLATE "C"'


@compiles(Truth, "postgresql")
def _truth(element: Truth, compiler: Compiler, **options: Any) -> str:
    return f"({compiler.process(element.parts[0], **options)})::int::float8"


@compiles(IsTrue, "postgresql")
def _is_true(element: IsTrue, compiler: Compiler, **options: Any) -> str:
    return f"({_number(element.parts[0], compiler, **options)} <> 0)"


@compiles(Arithmetic, "postgresql")
def _arithmetic(element: Arithmetic, compiler: Compiler, **options: Any) -> str:
    left, right = (_number(part, compiler, **options) for part in element.parts)
    name = _ARITHMETIC[element.operator]
    if element.operator == "/" and element.holds.is_real:
        name = "hb_divide_real"
    return f"{name}({left}, {right})"


@compiles(Negative, "postgresql")
def _negative(element: Negative, compiler: Compiler, **options: Any) -> str:
    return f"hb_subtract(0, {_number(element.parts[0], compiler, **options)})"


@compiles(Together, "postgresql")
def _together(element: Together, compiler: Compiler, **options: Any) -> str:
    left, right = (_text(part, compiler, **options) for part in element.parts)
    return f"({left} || {right})"


@compiles(Cast, "postgresql")
def _cast(element: Cast, compiler: Compiler, **options: Any) -> str:
    (part,) = element.parts
    if element.to is TEXT:
        return f'({_text(part, compiler, **options)}) COLLATE "C"'
    number = _number(part, compiler, **options)
    if element.to is FLAG:
        return f"({number} <> 0)::int"
    return f"hb_whole({number})" if element.to is INTEGER else f"({number})::float8"


@compiles(Call, "postgresql")
def _call(element: Call, compiler: Compiler, **options: Any) -> str:
    kinds = [*element.takes, *[element.takes[-1]] * (len(element.parts) - len(element.takes))]
    written = (
        _spelled(part, kind, compiler, **options)
        for part, kind in zip(element.parts, kinds, strict=False)
    )
    return element.postgres.format(", ".join(written))


@compiles(Aggregate, "postgresql")
def _aggregate(element: Aggregate, compiler: Compiler, **options: Any) -> str:
    return _over(element, _aggregated(element, compiler, **options), compiler, **options)


def _over(element: Aggregate, written: str, compiler: Compiler, **options: Any) -> str:
    ending = window(element, compiler, **options)
    if ending and element.name == "total":
        raise TypeError("total has no window here")
    return written + ending


def _aggregated(element: Aggregate, compiler: Compiler, **options: Any) -> str:
    distinct = "DISTINCT " if element.is_distinct else ""
    if element.name in _SUMS:
        number = _number(element.parts[0], compiler, **options)
        return _SUMS[element.name].format(f"{distinct}({number})::float8")
    if element.name == "count":
        (part,) = element.parts or (None,)
        counted = "*" if part is None else _natural(part, compiler, **options)
        return f"count({distinct}{counted})"
    if element.name == "group_concat":
        value, *separators = (_text(part, compiler, **options) for part in element.parts)
        separator = separators[0] if separators else "','"
        return f"string_agg({distinct}{value}, {separator})"
    if element.name in ("min", "max"):
        value = _natural(element.parts[0], compiler, **options)
        collation = "" if element.holds.kind is Kind.NUMBER else ' COLLATE "C"'
        return f"{element.name}(({value}){collation})"
    return f"{element.name}()"


def _natural(clause: Clause, compiler: Compiler, **options: Any) -> str:
    return compiler.spelled(clause, holds(bare(clause)).kind, **options)


@compiles(AnyOfGroup, "postgresql")
def _any_of_group(element: AnyOfGroup, compiler: Compiler, **options: Any) -> str:
    written = _natural(element.parts[0], compiler, **options)
    order = ""
    if element.by is not None:
        direction = "DESC" if element.is_greatest else "ASC"
        order = f" ORDER BY {compiler.ordered(element.by, **options)} {direction} NULLS LAST"
    return f"(array_agg({written}{order}))[1]"
