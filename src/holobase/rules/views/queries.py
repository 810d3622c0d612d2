"""SELECT statements, and what they are joined and nested of, as statements of the compiler."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlglot import exp

from holobase.rules.cell_types import ANY_VALUE, CellType, Kind
from holobase.rules.dialect import Items
from holobase.rules.dialect.computing import As, Held
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import holds
from holobase.rules.views import grouping
from holobase.rules.views.errors import BadView
from holobase.rules.views.grouping import bare
from holobase.rules.views.scope import Cell, Reads, Scope, Seen, cells_of
from holobase.rules.views.text import only
from holobase.rules.views.values import Inner, Values

COLUMNS_MAX: Final = 200
"""Result columns of one query."""

_SELECT: Final = (
    *("expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset"),
    *("distinct", "with_"),
)
_COMPOUND: Final = {
    exp.Union: (sa.union_all, sa.union),
    exp.Intersect: (None, sa.intersect),
    exp.Except: (None, sa.except_),
}


WORD: Final = re.compile(r"\w{1,100}", re.ASCII)


class Result(msgspec.Struct, frozen=True):
    """One result column. `node` is what was written, without its name."""

    name: str
    node: exp.Expr
    clause: Clause
    is_hidden: bool
    origin: tuple[str, str] | None


class Built(msgspec.Struct, frozen=True):
    """A query: the statement, its result columns, and what it is ordered by, as written and as
    clauses. The statement itself is ordered only where that decides what is in it."""

    statement: Any
    results: tuple[Result, ...]
    order: tuple[exp.Ordered, ...] = ()
    terms: tuple[Clause, ...] = ()
    values: Values | None = None
    is_distinct: bool = False


def built(query: exp.Expr, reads: Reads, outer: Scope | None = None) -> Built:
    """A query inside another, or on its own. Raises BadView."""
    if isinstance(query, exp.Subquery):
        only(query, "this")
        return built(query.this, reads, outer)
    if isinstance(query, exp.Select):
        return _select(query, reads, outer)
    if isinstance(query, exp.SetOperation):
        return _compound(query, reads, outer)
    raise BadView("A query is a SELECT.")


def _select(query: exp.Select, reads: Reads, outer: Scope | None) -> Built:
    only(query, *_SELECT)
    scope = Scope(reads, outer)
    _take_common(query, scope)
    source = _from(query, scope)
    values = Values(scope, lambda inner, around: _inner(inner, reads, around))
    scope.named = {
        each.alias.lower(): each.this for each in query.expressions if isinstance(each, exp.Alias)
    }
    grouping.prepare(query, values)
    results = tuple(_results(query, values))
    statement = sa.select(*(_labelled(each) for each in results))
    if source is not None:
        statement = statement.select_from(source)
    if outer is not None:
        statement = statement.correlate(*outer.tables())
    if where := query.args.get("where"):
        statement = statement.where(values.row_condition(where.this))
    statement = _grouped(query, statement, values)
    if query.args.get("distinct"):
        only(query.args["distinct"])
        statement = statement.distinct()
    order = tuple(query.args["order"].expressions) if query.args.get("order") else ()
    terms = tuple(_terms(order, results, values))
    statement = _limited(query, statement, terms)
    return Built(statement, results, order, terms, values, bool(query.args.get("distinct")))


def _inner(query: exp.Query, reads: Reads, around: Scope) -> Inner:
    made = built(query, reads, around)
    return made.statement, [each.clause for each in made.results], made.terms


def _take_common(query: exp.Query, scope: Scope) -> None:
    common = query.args.get("with_")
    if common is None:
        return
    only(common, "expressions")
    for each in common.expressions:
        only(each, "this", "alias")
        if each.args["alias"].args.get("columns"):
            raise BadView("A WITH names no columns here.")
        scope.common[each.alias.lower()] = each


def _from(query: exp.Select, scope: Scope) -> sa.FromClause | None:
    first = query.args.get("from_")
    if first is None:
        return None
    only(first, "this")
    source = _table(first.this, scope, None)
    for join in query.args.get("joins") or ():
        source = _joined(source, join, scope)
    return source


def _joined(source: sa.FromClause, join: exp.Join, scope: Scope) -> sa.FromClause:
    only(join, "this", "side", "kind", "on")
    side, kind = str(join.args.get("side") or ""), str(join.args.get("kind") or "")
    if side not in ("", "LEFT") or kind not in ("", "INNER", "CROSS", "OUTER"):
        raise BadView(f"There is no {side} {kind} JOIN here.".replace("  ", " "))
    before = len(scope.seen)
    table = _table(join.this, scope, source)
    if side == "LEFT":
        scope.seen[before:] = [each.nullable() for each in scope.seen[before:]]
    values = Values(scope, lambda inner, around: _inner(inner, scope.reads, around))
    on = values.row_condition(join.args["on"]) if join.args.get("on") else sa.true()
    return source.outerjoin(table, on) if side == "LEFT" else source.join(table, on)


def _table(node: exp.Expr, scope: Scope, before: sa.FromClause | None) -> sa.FromClause:
    """A table of a FROM, seen under its name from now on."""
    if isinstance(node, exp.Subquery):
        only(node, "this", "alias")
        return _derived(node.this, node.alias, scope)
    if not isinstance(node, exp.Table):
        raise BadView("FROM takes collections and queries.")
    only(node, "this", "alias")
    if node.args.get("alias") is not None:
        only(node.args["alias"], "this")
    if isinstance(node.this, exp.Anonymous):
        return _items(node.this, node.alias, scope, before)
    name = node.name
    common = scope.common.get(name.lower())
    if common is not None:
        return _derived(common.this, node.alias or name, scope, of=name.lower())
    found = scope.reads.table(name)
    from holobase.rules.views.table import source_table  # noqa: PLC0415 - one needs the other

    table = source_table(found.source).alias(scope.reads.new_name())
    cells = cells_of(table, found.source, found.hidden)
    scope.add(
        Seen((node.alias or name).lower(), table, cells, is_collection=not found.source.query)
    )
    return table


def _derived(query: exp.Expr, name: str, scope: Scope, of: str = "") -> sa.FromClause:
    """A query as a table: what is around it is not seen from inside, but for earlier WITHs."""
    around = Scope(scope.reads)
    around.common = {key: each for key, each in scope.common.items() if key != of}
    made = built(query, scope.reads, around)
    if any(_label(each) is None for each in made.results):
        raise BadView("The columns of a query in a FROM need names: letters, digits and _.")
    own_name = scope.reads.new_name()
    table: sa.FromClause = made.statement.subquery(own_name)
    cells = {
        each.name.lower(): Cell(each.name, table.c[each.name], each.is_hidden)
        for each in made.results
    }
    if len(cells) < len(made.results):
        raise BadView("Two columns have one name.")
    scope.add(Seen(name.lower() or own_name, table, cells))
    return table


def _items(
    call: exp.Anonymous, name: str, scope: Scope, before: sa.FromClause | None
) -> sa.FromClause:
    """The items of a list as rows: `json_each(field) AS name`, with the column `value`."""
    if str(call.this).lower() != "json_each" or len(call.expressions) != 1 or before is None:
        raise BadView("The only function in a FROM is json_each, of a field of a table before.")
    values = Values(scope, lambda inner, around: _inner(inner, scope.reads, around))
    cell = values.row_value(call.expressions[0])
    if not holds(cell).is_json:
        raise BadView("json_each takes a field that holds JSON.")
    table = Items(cell).table_valued(sa.column("value", ANY_VALUE), name=scope.reads.new_name())
    value = Cell("value", table.c.value, values.exposes_hidden)
    scope.add(Seen(name.lower() or "json_each", table, {"value": value}))
    return table


def _name_of(written: exp.Expr, node: exp.Expr) -> str:
    """What a result column is called; what has no name is called as it is written."""
    if isinstance(written, exp.Alias):
        return written.alias
    return node.name if isinstance(node, exp.Column) else node.sql("sqlite")


def _results(query: exp.Select, values: Values) -> Iterator[Result]:
    if len(query.expressions) > COLUMNS_MAX:
        raise BadView(f"It has more than {COLUMNS_MAX} columns.")
    for written in query.expressions:
        node = bare(written)
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and node.is_star):
            raise BadView("Wildcards are not possible: name the fields.")
        values.exposes_hidden = False
        clause = values.value(node)
        found = values.scope.find(node) if isinstance(node, exp.Column) else None
        is_plain = found is not None and (bool(node.table) or found.place == 0)
        yield Result(
            _name_of(written, node),
            node,
            clause,
            values.exposes_hidden,
            found.cell.origin if found is not None and is_plain else None,
        )


def _labelled(result: Result) -> Any:
    held = holds(result.clause)
    clause = result.clause
    if not (isinstance(clause, sa.ColumnClause) and isinstance(clause.type, CellType)):
        clause = Held(held.as_nullable(), clause)
    return clause.label(_label(result))


def _label(result: Result) -> str | None:
    """The name of a result column, where it can be one."""
    return result.name if WORD.fullmatch(result.name) else None


def _grouped(query: exp.Select, statement: Any, values: Values) -> Any:
    if values.groups:
        statement = statement.group_by(*(values.row_value(each) for each in values.groups))
    having = query.args.get("having")
    return statement.having(values.condition(having.this)) if having else statement


def _terms(
    order: tuple[exp.Ordered, ...], results: tuple[Result, ...], values: Values
) -> list[Clause]:
    return [term(each, results, values) for each in order]


def term(node: exp.Ordered, results: tuple[Result, ...], values: Values) -> Clause:
    """A term of the ORDER BY, which may name a result column or its number."""
    inner = node.this
    place = ordinal(inner, results)
    if place is None:
        return values.ordered(node)
    return values.ordered(exp.Ordered(**{**node.args, "this": results[place].node}))


def ordinal(node: exp.Expr, results: tuple[Result, ...]) -> int | None:
    """The result column that a term of an ORDER BY names; None where it names none."""
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        place = int(node.name) - 1
        if not 0 <= place < len(results):
            raise BadView(f"There is no result column {node.name}.")
        return place
    if isinstance(node, exp.Column) and not node.table:
        names = [each.name.lower() for each in results]
        return names.index(node.name.lower()) if node.name.lower() in names else None
    return next((place for place, each in enumerate(results) if each.node == node), None)


def _limited(query: exp.Query, statement: Any, order: tuple[Clause, ...]) -> Any:
    """Ordered only where it says how many: a table has no order."""
    limit, offset = query.args.get("limit"), query.args.get("offset")
    if limit is None and offset is None:
        return statement
    if order:
        statement = statement.order_by(*order)
    return statement.limit(_whole(limit)).offset(_whole(offset) if offset else None)


def _whole(node: exp.Expr | None) -> Clause:
    if node is None:
        raise BadView("OFFSET follows LIMIT.")
    only(node, "expression")
    written = node.expression
    if not (isinstance(written, exp.Literal) and written.name.isdigit() and not written.is_string):
        raise BadView("LIMIT and OFFSET take whole numbers.")
    return sa.literal(min(int(written.name), 2**62), sa.Integer())


def _compound(query: exp.SetOperation, reads: Reads, outer: Scope | None) -> Built:
    only(query, "this", "expression", "distinct", "order", "limit", "offset", "with_")
    around = Scope(reads, outer)
    _take_common(query, around)
    left, right = built(query.left, reads, around), built(query.right, reads, around)
    if len(left.results) != len(right.results):
        raise BadView("Both sides of a UNION have as many columns.")
    join = _COMPOUND.get(type(query), (None, None))[1 if query.args.get("distinct") else 0]
    if join is None:
        raise BadView("There is no such way to put queries together here.")
    kinds = [
        _common_kind(holds(a.clause), holds(b.clause))
        for a, b in zip(left.results, right.results, strict=True)
    ]
    joined = join(_of_kinds(left, kinds, reads), _of_kinds(right, kinds, reads))
    table = joined.subquery(reads.new_name())
    statement = sa.select(*table.c).select_from(table)
    results = tuple(
        Result(a.name, exp.Null(), column, a.is_hidden or b.is_hidden, None)
        for a, b, column in zip(left.results, right.results, table.c, strict=True)
    )
    order = tuple(query.args["order"].expressions) if query.args.get("order") else ()
    if any(ordinal(each.this, results) is None for each in order):
        raise BadView("The ORDER BY of a UNION names its columns.")
    terms = tuple(_by(each, results[ordinal(each.this, results) or 0].clause) for each in order)
    return Built(_limited(query, statement, terms), results, order, terms)


def _by(node: exp.Ordered, clause: Clause) -> Clause:
    descending: Clause = clause.desc()
    return descending if node.args.get("desc") else clause.asc()


def _common_kind(left: CellType, right: CellType) -> Kind:
    return left.kind if left.kind is right.kind else Kind.ANY


def _of_kinds(side: Built, kinds: list[Kind], reads: Reads) -> Any:
    table = side.statement.subquery(reads.new_name())
    columns = [
        As(CellType(kind), column).label(_label(each))
        for each, column, kind in zip(side.results, table.c, kinds, strict=True)
    ]
    return sa.select(*columns).select_from(table)
