"""PostgreSQL's spelling of statements: constructs, comparisons, orders and parameters.

PostgreSQL has static types, so what SQLite does to values when it compares them is written into
the statement, by what the clauses hold (`cell_types`): a clause is spelled *as* text, as number or
as a tagged value (`forms`). Functions that begin with `hb_` are the PostgreSQL adapter's.
"""

# ruff: noqa: ARG001, ARG002 - the signatures are SQLAlchemy's
# ruff: noqa: S608 - what these texts are made of is quoted names and compiled clauses

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect, PGIdentifierPreparer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import elements, operators
from sqlalchemy.sql.functions import FunctionElement, coalesce
from sqlalchemy.sql.selectable import AliasedReturnsRows, TableValuedAlias

from holobase.domain.fields import Cell
from holobase.rules.cell_types import CellType, Kind
from holobase.rules.dialect import forms
from holobase.rules.dialect.constructs import (
    CONTAINED_BYTES_MAX,
    Against,
    Clause,
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
from holobase.rules.dialect.forms import Form
from holobase.rules.dialect.held import bare, compared_as, holds, is_flag
from holobase.rules.dialect.names import identifier
from holobase.rules.tables import INTERNAL_PREFIX

ORDER: Final = f"{INTERNAL_PREFIX}order"
"""Column of record tables: rows count up in the order in which they were inserted."""

_COMPARISONS: Final[Mapping[Any, str]] = MappingProxyType(
    {
        operators.eq: "=",
        operators.ne: "<>",
        operators.lt: "<",
        operators.le: "<=",
        operators.gt: ">",
        operators.ge: ">=",
        operators.is_distinct_from: "IS DISTINCT FROM",
        operators.is_not_distinct_from: "IS NOT DISTINCT FROM",
    }
)
_FORMS = {Kind.TEXT: forms.TEXT, Kind.NUMBER: forms.NUMBER, Kind.ANY: forms.ANY}
_CONVERSIONS = {
    (Kind.TEXT, Kind.NUMBER): "hb_number({})",
    (Kind.TEXT, Kind.ANY): "('t' || {})",
    (Kind.NUMBER, Kind.TEXT): "hb_text({})",
    (Kind.NUMBER, Kind.ANY): "hb_tagged({})",
    (Kind.ANY, Kind.TEXT): "hb_untagged({})",
    (Kind.ANY, Kind.NUMBER): "hb_tagged_number({})",
}
_JSON = {Kind.TEXT: "hb_json_text", Kind.NUMBER: "hb_json_number", Kind.ANY: "hb_json_tagged"}


class Compiler(PGCompiler):
    """Compiles one statement, and notes what is bound where.

    `slots`: the keys and forms of the parameters, by number from 1. `defaults`: values by key.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.slots: dict[tuple[str, Form], int] = {}
        self.defaults: dict[str, Cell] = {}
        self._constants: dict[tuple[Cell, Form], str] = {}
        super().__init__(*arguments, **options)

    def bound(self, parameter: sa.BindParameter[Any], form: Form) -> str:
        """A parameter, bound in a form."""
        if parameter.unique:  # a literal
            return self.constant(parameter.value, form)
        if not parameter.required:
            self.defaults[parameter.key] = parameter.value
        number = self.slots.setdefault((parameter.key, form), len(self.slots) + 1)
        return f"${number}::{form.sql_type}"

    def constant(self, value: Cell, form: Form) -> str:
        """A parameter with a value of the statement's own, the same for equal ones: only so does
        PostgreSQL see that what is grouped by is what is selected."""
        bound = form.bind(value)
        key = self._constants.setdefault((bound, form), f"constant {len(self.slots)}")
        self.defaults[key] = bound
        number = self.slots.setdefault((key, forms.READY), len(self.slots) + 1)
        return f"${number}::{form.sql_type}"

    def spelled(self, clause: Clause, kind: Kind, **options: Any) -> str:
        """The clause as SQL of a kind; NULL stays NULL."""
        clause = bare(clause)
        if isinstance(clause, sa.BindParameter):
            return self.bound(clause, _FORMS[kind])
        if isinstance(clause, JsonValue):
            return f"{_JSON[kind]}({_json_at(clause, self, **options)})"
        if isinstance(clause, coalesce):
            inside = (self.spelled(each, kind, **options) for each in clause.clauses)
            return f"coalesce({', '.join(inside)})"
        if isinstance(clause, sa.Case):
            return self._spelled_case(clause, kind, **options)
        held, written = holds(clause).kind, self.process(clause, **options)
        return written if held is kind else _CONVERSIONS[held, kind].format(written)

    def _spelled_case(self, clause: sa.Case[Any], kind: Kind, **options: Any) -> str:
        whens = "".join(
            f" WHEN {self.process(when, **options)} THEN {self.spelled(then, kind, **options)}"
            for when, then in clause.whens
        )
        otherwise = clause.else_
        end = "" if otherwise is None else f" ELSE {self.spelled(otherwise, kind, **options)}"
        return f"CASE{whens}{end} END"

    def visit_bindparam(  # type: ignore[override]
        self, bindparam: sa.BindParameter[Any], **options: Any
    ) -> str:
        held = bindparam.type
        if isinstance(held, sa.Integer):
            return self.bound(bindparam, forms.WHOLE)
        if isinstance(held, sa.Text):
            return self.bound(bindparam, forms.TEXT)
        return self.bound(bindparam, _FORMS[held.kind if isinstance(held, CellType) else Kind.ANY])

    def visit_binary(
        self, binary: sa.BinaryExpression[Any], *arguments: Any, **options: Any
    ) -> str:
        operator = _COMPARISONS.get(binary.operator)
        if operator is None or isinstance(binary.right, elements.Null):
            written: str = super().visit_binary(binary, *arguments, **options)  # type: ignore[no-untyped-call]
            return written
        if is_flag(binary.left) and is_flag(binary.right):
            sides = (self._flag(each, **options) for each in (binary.left, binary.right))
            return f" {operator} ".join(sides)
        kind, has_affinity = compared_as(holds(binary.left), holds(binary.right))
        left = self.spelled(binary.left, kind, **options)
        right = self.spelled(binary.right, kind, **options)
        collation = "" if has_affinity or kind is Kind.NUMBER else ' COLLATE "C"'
        return f"{left} {operator} {right}{collation}"

    def _flag(self, side: Clause, **options: Any) -> str:
        """A flag as the column holds it, so that the planner knows how often it is which."""
        clause = bare(side)
        if isinstance(clause, sa.BindParameter):
            return self.bound(clause, forms.FLAG)
        return self.process(clause, **options)

    def visit_in_op_binary(
        self, binary: sa.BinaryExpression[Any], operator: Any, **options: Any
    ) -> str:
        """`column IN (SELECT value …)`, the values made what the column is compared with."""
        wanted = bare(binary.right)
        if not isinstance(wanted, sa.Select):
            raise TypeError("IN takes a SELECT of one column")
        (column,) = wanted.selected_columns
        kind, _ = compared_as(holds(binary.left), holds(column))
        wanted = wanted.with_only_columns(_Spelled(column, kind), maintain_column_froms=True)
        listed = self.process(wanted, **options)
        return f"{self.spelled(binary.left, kind, **options)} IN ({listed})"

    def visit_unary(self, unary: sa.UnaryExpression[Any], *arguments: Any, **options: Any) -> str:
        if unary.modifier not in (operators.asc_op, operators.desc_op):
            plain: str = super().visit_unary(unary, *arguments, **options)  # type: ignore[no-untyped-call]
            return plain
        held = holds(unary.element)
        written = self.ordered(unary.element, **options)
        is_descending = unary.modifier is operators.desc_op
        direction = "DESC" if is_descending else "ASC"
        if not held.is_nullable and isinstance(unary.element, sa.ColumnClause | InsertionOrder):
            return f"{written} {direction}"  # as ordinary indexes have it
        return f"{written} {direction} NULLS {'LAST' if is_descending else 'FIRST'}"

    def ordered(self, clause: Clause, **options: Any) -> str:
        """The clause as something to order by."""
        held, written = holds(clause), self.process(clause, **options)
        is_sorted_so = held.has_affinity or held.kind is Kind.NUMBER
        return written if is_sorted_so else f'{written} COLLATE "C"'


class _Names(PGIdentifierPreparer):
    def quote(self, ident: str, force: Any = None) -> str:
        return '"' + identifier(ident).replace('"', '""') + '"'


class Dialect(PGDialect):
    """Makes texts alone: no driver is behind it."""

    statement_compiler = Compiler
    preparer = _Names
    supports_statement_cache = True

    def __init__(self) -> None:
        super().__init__(paramstyle="named")  # type: ignore[no-untyped-call]


class _Spelled(sa.ColumnElement[Any]):
    """A clause as SQL of a kind."""

    inherit_cache = False

    def __init__(self, clause: Clause, kind: Kind) -> None:
        self.clause = clause
        self.kind = kind


@compiles(_Spelled)
def _spelled(element: _Spelled, compiler: Compiler, **options: Any) -> str:
    return compiler.spelled(element.clause, element.kind, **options)


def _texts(element: FunctionElement[Any], compiler: Compiler, **options: Any) -> list[str]:
    return [compiler.spelled(clause, Kind.TEXT, **options) for clause in element.clauses]


def _json(cell: Clause, compiler: Compiler, **options: Any) -> str:
    """The cell as JSON; only of a stored one is it certain that it is some."""
    written = compiler.spelled(cell, Kind.TEXT, **options)
    return f"({written})::json" if holds(cell).is_json else f"hb_json({written})"


def _json_at(element: JsonValue, compiler: Compiler, **options: Any) -> str:
    (cell,) = element.clauses
    if isinstance(element, LooseJsonValue):
        written = f"hb_loose_json({compiler.spelled(cell, Kind.TEXT, **options)})"
    else:
        written = _json(cell, compiler, **options)
    for step in element.steps:
        form = forms.TEXT if isinstance(step, str) else forms.PLACE
        written = f"({written} -> {compiler.constant(step, form)})"
    return written


@compiles(JsonValue, "postgresql")
def _json_value(element: JsonValue, compiler: Compiler, **options: Any) -> str:
    return compiler.spelled(element, Kind.ANY, **options)


@compiles(Lookup, "postgresql")
def _lookup(element: Lookup, compiler: Compiler, **options: Any) -> str:
    quote = compiler.preparer.quote
    alias = quote(element.alias)
    link = compiler.spelled(element.link, Kind.TEXT, **options)
    return (
        f"(SELECT {alias}.{quote(element.wanted)} FROM {quote(element.table_name)} AS {alias}"
        f" WHERE {alias}.{quote(element.by)} = {link} LIMIT 1)"
    )


@compiles(Against, "postgresql")
def _against(element: Against, compiler: Compiler, **options: Any) -> str:
    kind = holds(element.value).kind  # any value comes tagged, which is a text
    form = forms.NUMBER if kind is Kind.NUMBER else forms.TEXT
    if isinstance(element.value, InsertionOrder):
        form = forms.WHOLE
    named = compiler.bound(sa.bindparam(element.name), form)
    return f"{compiler.ordered(element.value, **options)} {element.operator} {named}"


@compiles(FirstJoined, "postgresql")
def _first_joined(element: FirstJoined, compiler: Compiler, **options: Any) -> str:
    value = compiler.process(element.value, **options)
    order = ", ".join(_place(table, compiler) for table, _ in element.joins)
    rows = source(element.joins, compiler, **options)
    return f"(SELECT {value} FROM {rows} ORDER BY {order} LIMIT 1)"


def _place(table: sa.FromClause, compiler: Compiler) -> str:
    """By what the rows of a joined table come in the order in which SQLite meets them."""
    if not isinstance(table, AliasedReturnsRows):
        raise TypeError("joined tables have aliases")
    column = "place" if isinstance(table, TableValuedAlias) else ORDER
    column = "id" if isinstance(table, sa.CTE) else column  # a view is ordered by ids
    return f"{compiler.preparer.quote(table.name)}.{column}"


@compiles(Items, "postgresql")
def _items(element: Items, compiler: Compiler, **options: Any) -> str:
    (cell,) = element.clauses
    return f"hb_items({_json(cell, compiler, **options)})"


@compiles(HasItem, "postgresql")
def _has_item(element: HasItem, compiler: Compiler, **options: Any) -> str:
    cell, item = _texts(element, compiler, **options)
    return f"(({cell})::jsonb ? {item})"


@compiles(ItemCount, "postgresql")
def _item_count(element: ItemCount, compiler: Compiler, **options: Any) -> str:
    (cell,) = _texts(element, compiler, **options)
    return f"hb_item_count({cell})"


@compiles(Like, "postgresql")
def _like(element: Like, compiler: Compiler, **options: Any) -> str:
    left, pattern = element.clauses
    operator = "NOT LIKE" if isinstance(element, NotLike) else "LIKE"
    written = compiler.spelled(left, Kind.TEXT, **options)
    like = _pattern(bare(pattern), compiler, **options)
    return f'(lower({written} COLLATE "C") {operator} {like})'


def _pattern(pattern: Clause, compiler: Compiler, **options: Any) -> str:
    if isinstance(pattern, Lower):
        pattern = bare(next(iter(pattern.clauses)))  # all patterns are lower-cased
    if isinstance(pattern, sa.BindParameter):
        return compiler.bound(pattern, forms.PATTERN)
    return f"hb_pattern({compiler.spelled(pattern, Kind.TEXT, **options)})"


@compiles(Containing, "postgresql")
def _containing(element: Containing, compiler: Compiler, **options: Any) -> str:
    (cell,) = _texts(element, compiler, **options)
    return f"CASE WHEN octet_length({cell}) <= {CONTAINED_BYTES_MAX} THEN '%' || {cell} || '%' END"


@compiles(Lower, "postgresql")
def _lower(element: Lower, compiler: Compiler, **options: Any) -> str:
    (cell,) = _texts(element, compiler, **options)
    return f'lower({cell} COLLATE "C")'


@compiles(Numeric, "postgresql")
def _numeric(element: Numeric, compiler: Compiler, **options: Any) -> str:
    (parameter,) = element.clauses
    return compiler.bound(bare(parameter), forms.CAST)


@compiles(Strftime, "postgresql")
def _strftime(element: Strftime, compiler: Compiler, **options: Any) -> str:
    written, *others = element.clauses
    time = _time(others[0], compiler, **options) if others else "'now'"
    modifiers = (compiler.spelled(each, Kind.TEXT, **options) for each in others[1:])
    return (
        f"hb_strftime({compiler.spelled(written, Kind.TEXT, **options)}, {time},"
        f" ARRAY[{', '.join(modifiers)}]::text[])"
    )


def _time(clause: Clause, compiler: Compiler, **options: Any) -> str:
    """A time value as text; numbers with all their digits, which are fractions of days."""
    clause = bare(clause)
    if isinstance(clause, sa.BindParameter):
        return compiler.bound(clause, forms.TIME)
    kind = holds(clause).kind
    written = compiler.spelled(clause, kind, **options)
    return {Kind.TEXT: written, Kind.NUMBER: f"({written})::float8::text"}.get(
        kind, f"hb_time_text({written})"
    )


@compiles(GeoDistance, "postgresql")
def _geo_distance(element: GeoDistance, compiler: Compiler, **options: Any) -> str:
    cells = (compiler.spelled(clause, Kind.NUMBER, **options) for clause in element.clauses)
    return f"hb_geo_distance({', '.join(cells)})"


@compiles(InsertionOrder, "postgresql")
def _insertion_order(element: InsertionOrder, compiler: Compiler, **options: Any) -> str:
    (column,) = element.clauses
    return compiler.process(sa.table(column.table.name, sa.column(ORDER)).c[ORDER], **options)
