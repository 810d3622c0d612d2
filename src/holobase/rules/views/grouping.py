"""GROUP BY: what a query groups by, and which record of a group its other columns are of."""

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from holobase.rules.views.errors import BadView
from holobase.rules.views.functions import is_aggregate
from holobase.rules.views.text import only
from holobase.rules.views.values import Values


def prepare(query: exp.Select, values: Values) -> None:
    """Tells the values of a query what it groups by, if it does. Raises BadView."""
    group, having = query.args.get("group"), query.args.get("having")
    order = query.args.get("order")
    places = [*query.expressions, *([having] if having else []), *([order] if order else [])]
    aggregates = [
        node
        for place in places
        for node in _own(place)
        if isinstance(node, exp.Anonymous) and is_aggregate(node)
    ]
    if group is None and not aggregates:
        if having is not None:
            raise BadView("HAVING follows GROUP BY.")
        return
    if group is not None:
        only(group, "expressions")
    listed = group.expressions if group is not None else []
    groups = [_unnamed(each, query, values) for each in listed]
    extremes = {node: None for node in aggregates if str(node.this).lower() in ("min", "max")}
    if len(extremes) == 1:
        (node,) = extremes
        values.extreme = (node, values.row_value(node.expressions[0]))
    values.exposes_hidden = False
    values.groups = groups


def _unnamed(node: exp.Expr, query: exp.Select, values: Values) -> Any:
    """What a GROUP BY or ORDER BY means by a number or by the name of a result column."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        place = int(node.name)
        if not 1 <= place <= len(query.expressions):
            raise BadView(f"There is no result column {place}.")
        return bare(query.expressions[place - 1])
    if isinstance(node, exp.Column) and not node.table and values.scope.find(node) is None:
        return values.scope.named.get(node.name.lower(), node)
    return node


def _own(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression that belong to its query: no subqueries, no window functions."""
    yield node
    for child in node.iter_expressions():
        if isinstance(child, exp.Query):
            continue
        if isinstance(child, exp.Window):
            continue
        yield from _own(child)


def bare(written: exp.Expr) -> Any:
    """A result column without its name."""
    return written.this if isinstance(written, exp.Alias) else written
