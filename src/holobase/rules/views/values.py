"""Expressions of a query as clauses: values, and conditions.

What is not listed here is refused. In a query that groups, a column that is neither grouped nor
inside an aggregate is that of some record of the group, as in SQLite.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlglot import exp

from holobase.rules.cell_types import NUMBER_VALUE, REAL_VALUE
from holobase.rules.dialect import Bracketed, Like, NotLike
from holobase.rules.dialect.computing import (
    Aggregate,
    AnyOfGroup,
    Arithmetic,
    Bare,
    Cast,
    Held,
    IsTrue,
    Negative,
    Over,
    Scalar,
    Together,
    Truth,
)
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import holds
from holobase.rules.views import functions
from holobase.rules.views.errors import BadView
from holobase.rules.views.functions import literal
from holobase.rules.views.scope import Found, Scope
from holobase.rules.views.text import only

ITEMS_MAX: Final = 200
"""Values listed behind IN."""

_ARITHMETIC: Final[Mapping[type[exp.Expr], str]] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
_COMPARISONS: Final[Mapping[type[exp.Expr], Callable[[Any, Any], Clause]]] = {
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.NullSafeEQ: lambda a, b: a.is_not_distinct_from(b),
    exp.NullSafeNEQ: lambda a, b: a.is_distinct_from(b),
}
_CONDITIONS: Final = (
    *(*_COMPARISONS, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
    *(exp.Exists, exp.Like, exp.Escape),
)

Inner: TypeAlias = tuple[sa.Select[Any], list[Clause], tuple[Clause, ...]]
"""A query inside another: the statement, its columns, and what it is ordered by."""

Subquery: TypeAlias = Callable[[exp.Query, Scope], Inner]
"""Builds a query inside another."""


class Values:
    """Builds the expressions of one SELECT. `groups`: what it groups by; None where it does not."""

    def __init__(self, scope: Scope, subquery: Subquery) -> None:
        self.scope = scope
        self.groups: list[exp.Expr] | None = None
        self.extreme: tuple[exp.Anonymous, Clause] | None = None
        self.exposes_hidden = False
        self._subquery = subquery
        self._is_inside = False
        self._is_summed = False
        self._is_counted = False
        self._naming: set[str] = set()

    @contextmanager
    def _within(self, *, summed: bool = False) -> Iterator[None]:
        """Inside a grouped expression or an aggregate, where columns are as they are."""
        before = self._is_inside, self._is_summed
        self._is_inside, self._is_summed = True, self._is_summed or summed
        yield
        self._is_inside, self._is_summed = before

    @contextmanager
    def _counting(self, is_counted: bool) -> Iterator[None]:
        """Inside an aggregate; `is_counted`: of one that shows none of the values themselves."""
        before, self._is_counted = self._is_counted, self._is_counted or is_counted
        with self._within(summed=True):
            yield
        self._is_counted = before

    def value(self, node: exp.Expr) -> Clause:
        """The expression as a value. Raises BadView."""
        if self.groups and not self._is_inside and node in self.groups:
            with self._within():
                return self.value(node)
        if isinstance(node, _CONDITIONS):
            return Truth(self.condition(node))
        build = _VALUES.get(type(node))
        if build is None:
            raise BadView(f"{node.key.upper()} cannot be used here.")
        return build(self, node)

    def condition(self, node: exp.Expr) -> Clause:
        """The expression as a condition. Raises BadView."""
        build = _BUILDERS.get(type(node))
        if build is not None:
            return Bracketed(build(self, node))
        return IsTrue(self.value(node))

    def row_condition(self, node: exp.Expr) -> Clause:
        """A condition on the rows before they are grouped. Raises BadView."""
        with self._within(summed=True):
            return self.condition(node)

    def row_value(self, node: exp.Expr) -> Clause:
        """A value of the rows before they are grouped. Raises BadView."""
        with self._within(summed=True):
            return self.value(node)

    def column(self, node: exp.Column) -> Clause:
        """The column, or the result column of this name."""
        only(node, "this", "table")
        if not isinstance(node.this, exp.Identifier):
            raise BadView("Wildcards are not possible: name the fields.")
        found = self.scope.find(node)
        if found is not None:
            return self._found(found)
        named = None if node.table else self.scope.named.get(node.name.lower())
        if named is None or node.name in self._naming:
            raise BadView(f"There is no column {node.sql('sqlite')}.")
        self._naming.add(node.name)
        value = self.value(named)
        self._naming.discard(node.name)
        return value

    def _found(self, found: Found) -> Clause:
        clause = found.cell.clause
        if found.cell.is_hidden and not self._is_counted:
            self.exposes_hidden = True
        if self.groups is None or self._is_inside or found.depth or self._is_grouped(found):
            return clause
        node, by = self.extreme or (None, None)
        is_greatest = node is not None and node.name.lower() == "max"
        return AnyOfGroup(clause, by, is_greatest=is_greatest)

    def _is_grouped(self, found: Found) -> bool:
        """Whether the groups are by the id of the column's own table, or by the column."""
        for each in self.groups or ():
            if isinstance(each, exp.Column):
                grouped = self.scope.find(each)
                if grouped is None or grouped.depth or grouped.place != found.place:
                    continue
                is_id = grouped.seen.is_collection and grouped.cell.name == "id"
                if is_id or grouped.cell.name == found.cell.name:
                    return True
        return False

    def literal(self, node: exp.Literal) -> Clause:
        """A text or a number."""
        if node.is_string:
            return literal(node.name)
        try:
            if any(mark in node.name for mark in ".eE"):
                return Held(REAL_VALUE, literal(float(node.name)))
            return literal(int(node.name))
        except ValueError as error:
            raise BadView(f"{node.name} is no number.") from error

    def arithmetic(self, node: exp.Binary) -> Clause:
        """A sum, a product and so on."""
        left, right = self.value(node.this), self.value(node.expression)
        is_real = holds(left).is_real or holds(right).is_real
        return Arithmetic(_ARITHMETIC[type(node)], left, right, is_real=is_real)

    def together(self, node: exp.DPipe) -> Clause:
        """Texts, one behind the other."""
        return Together(self.value(node.this), self.value(node.expression))

    def negative(self, node: exp.Neg) -> Clause:
        """A number with the other sign."""
        value = self.value(node.this)
        held = holds(value)
        return Negative(REAL_VALUE if held.is_real else NUMBER_VALUE, value)

    def cast(self, node: exp.Cast) -> Clause:
        """A value of another type."""
        only(node, "this", "to")
        to = functions.CASTS.get(node.to.this.name) if isinstance(node.to.this, exp.DType) else None
        if to is None:
            raise BadView(f"There is no cast to {node.to.sql('sqlite')} here.")
        return Cast(self.value(node.this), to)

    def case(self, node: exp.Case) -> Clause:
        """The value behind the first condition that holds."""
        only(node, "this", "ifs", "default")
        whens = [
            (self._when(node.this, each), self.value(each.args["true"]))
            for each in node.args["ifs"]
        ]
        default = node.args.get("default")
        return functions.choice(whens, None if default is None else self.value(default))

    def _when(self, subject: exp.Expr | None, when: exp.If) -> Clause:
        only(when, "this", "true")
        if subject is None:
            return self.condition(when.this)
        compared: Clause = self.value(subject) == self.value(when.this)
        return compared

    def call(self, node: exp.Anonymous) -> Clause:
        """A function."""
        only(node, "this", "expressions")
        name = str(node.this).lower()
        if functions.is_aggregate(node):
            return self._aggregate(node, name, None)
        if name in functions.CLOCKS:
            self.scope.reads.has_clock = True
        return functions.call(name, [self.value(each) for each in node.expressions])

    def _aggregate(self, node: exp.Anonymous, name: str, over: Over | None) -> Clause:
        if self._is_summed:
            raise BadView(f"{name} has no place here: there is nothing to aggregate yet.")
        listed, is_distinct = list(node.expressions), False
        if len(listed) == 1 and isinstance(listed[0], exp.Distinct):
            only(listed[0], "expressions")
            listed, is_distinct = listed[0].expressions, True
        if name == "count" and len(listed) == 1 and isinstance(listed[0], exp.Star):
            listed = []
        with self._counting(name in ("count", "sum", "total", "avg")):
            arguments = [self.value(each) for each in listed]
        held = functions.aggregated(name, arguments)
        if is_distinct and len(arguments) != 1:
            raise BadView("DISTINCT takes one argument.")
        return Aggregate(name, held, *arguments, is_distinct=is_distinct, over=over)

    def window(self, node: exp.Window) -> Clause:
        """An aggregate over other rows than its own."""
        only(node, "this", "partition_by", "order", "over")
        function = node.this
        name = str(function.this).lower() if isinstance(function, exp.Anonymous) else ""
        if name not in functions.WINDOWED:
            raise BadView("There is no such window function here.")
        order = node.args.get("order")
        over = Over(
            tuple(self.value(each) for each in node.args.get("partition_by") or ()),
            tuple(self.ordered(each) for each in order.expressions) if order else (),
        )
        if self.groups is not None or self._is_inside:
            raise BadView("A window function has no place here.")
        return self._aggregate(function, name, over)

    def ordered(self, node: exp.Expr) -> Clause:
        """A term of an ORDER BY."""
        if not isinstance(node, exp.Ordered):
            raise BadView("ORDER BY takes expressions.")
        only(node, "this", "desc", "nulls_first")
        is_descending = bool(node.args.get("desc"))
        if bool(node.args.get("nulls_first")) == is_descending:
            raise BadView("NULLs come first, or last where the order is descending.")
        value = self.value(node.this)
        return value.desc() if is_descending else value.asc()

    def json_at(self, node: exp.JSONExtractScalar) -> Clause:
        """The value at a JSON path."""
        only(node, "this", "expression")
        return functions.json_at(self.value(node.this), node.expression)

    def scalar(self, node: exp.Subquery) -> Clause:
        """The first value of a query."""
        only(node, "this")
        query, columns, order = self._subquery(node.this, self.scope)
        if len(columns) != 1:
            raise BadView("A query that is a value has one column.")
        first = query.order_by(None).order_by(*order).limit(1)
        return Scalar(holds(columns[0]).as_nullable(), first.scalar_subquery())

    def together_all(self, node: exp.And | exp.Or) -> Clause:
        """Conditions joined."""
        join = sa.and_ if isinstance(node, exp.And) else sa.or_
        return join(self.condition(node.left), self.condition(node.right))

    def compared(self, node: exp.Binary) -> Clause:
        """Two values compared."""
        return _COMPARISONS[type(node)](self.value(node.left), self.value(node.right))

    def negated(self, node: exp.Not) -> Clause:
        """The opposite."""
        if isinstance(node.this, exp.Is) and isinstance(node.this.expression, exp.Null):
            return self.value(node.this.this).is_not(None)
        return sa.not_(self.condition(node.this))

    def is_(self, node: exp.Is) -> Clause:
        """Whether a value is NULL, or another."""
        if isinstance(node.expression, exp.Null):
            return self.value(node.this).is_(None)
        raise BadView("IS TRUE and IS FALSE cannot be used here.")

    def between(self, node: exp.Between) -> Clause:
        """Whether a value lies between two others."""
        only(node, "this", "low", "high")
        value = self.value(node.this)
        return sa.and_(
            value >= self.value(node.args["low"]), value <= self.value(node.args["high"])
        )

    def in_(self, node: exp.In) -> Clause:
        """Whether a value is one of several."""
        only(node, "this", "expressions", "query")
        value = self.value(node.this)
        if node.args.get("query") is None:
            if len(node.expressions) > ITEMS_MAX:
                raise BadView(f"IN takes {ITEMS_MAX} values at most.")
            return sa.or_(
                sa.false(), *(value == Bare(self.value(each)) for each in node.expressions)
            )
        query, columns, _ = self._subquery(node.args["query"].this, self.scope)
        if len(columns) != 1:
            raise BadView("The query behind IN has one column.")
        return value.in_(query)

    def exists(self, node: exp.Exists) -> Clause:
        """Whether a query finds anything."""
        query, *_ = self._subquery(node.this, self.scope)
        return query.exists()

    def like(self, node: exp.Like | exp.Escape) -> Clause:
        """Whether a text fits a pattern; a backslash is one unless it is named as the escape."""
        escape = None
        if isinstance(node, exp.Escape):
            node, escape = node.this, node.expression
        if not isinstance(node, exp.Like):
            raise BadView("ESCAPE follows LIKE.")
        only(node, "this", "expression", "negate")
        pattern = self.value(node.expression)
        if escape is None:
            pattern = functions.call("replace", [pattern, literal("\\"), literal("\\\\")])
        elif not (isinstance(escape, exp.Literal) and escape.name == "\\"):
            raise BadView("The escape character is a backslash.")
        made = NotLike if node.args.get("negate") else Like
        return made(self.value(node.this), pattern)


_BUILDERS: Final[Mapping[type[exp.Expr], Callable[[Values, Any], Clause]]] = {
    **dict.fromkeys(_COMPARISONS, Values.compared),
    **dict.fromkeys((exp.And, exp.Or), Values.together_all),
    exp.Not: Values.negated,
    exp.Is: Values.is_,
    exp.Between: Values.between,
    exp.In: Values.in_,
    exp.Exists: Values.exists,
    exp.Like: Values.like,
    exp.Escape: Values.like,
}
_VALUES: Final[Mapping[type[exp.Expr], Callable[[Values, Any], Clause]]] = {
    **dict.fromkeys(_ARITHMETIC, Values.arithmetic),
    exp.Column: Values.column,
    exp.Literal: Values.literal,
    exp.Null: lambda _, __: literal(None),
    exp.Boolean: lambda _, node: literal(int(bool(node.this))),
    exp.Paren: lambda values, node: values.value(node.this),
    exp.DPipe: Values.together,
    exp.Neg: Values.negative,
    exp.Cast: Values.cast,
    exp.Case: Values.case,
    exp.Anonymous: Values.call,
    exp.Window: Values.window,
    exp.JSONExtractScalar: Values.json_at,
    exp.Subquery: Values.scalar,
}
