"""The text of a view's query: parsed within bounds, and spelled anew where a collection is renamed.

Functions are left as they are named: the parser would make other dialects' of them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

import sqlglot
from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite
from sqlglot.parsers.sqlite import SQLiteParser

from holobase.rules.views.errors import BadView

QUERY_BYTES_MAX: Final = 16 * 1024
"""Longest query: hundreds of columns. It is part of every statement that reads the view."""

NODES_MAX: Final = 2_500
"""Names, literals and operators of a query; each one costs some 50 µs to compile."""

DEPTH_MAX: Final = 60
"""How deep a query nests: SQLite reads 1,000 levels, a stack in Python about as many."""

PARSED_MAX: Final = 200
"""Queries kept parsed: all views of an instance and what somebody tries out."""


class _Parser(SQLiteParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: parse for name, parse in SQLiteParser.FUNCTION_PARSERS.items() if name == "CAST"
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}


class _Dialect(SQLite):
    Parser = _Parser


@lru_cache(maxsize=PARSED_MAX)
def parsed(text: str) -> exp.Query:
    """The query as a tree, which nobody changes. Raises BadView."""
    if len(text.encode()) > QUERY_BYTES_MAX:
        raise BadView(f"It has more than {QUERY_BYTES_MAX} bytes.")
    if "\x00" in text:
        raise BadView("It holds U+0000.")
    try:
        trees = [tree for tree in _Dialect().parse(text) if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError) as error:
        raise BadView("It is not SQL.") from error
    if not trees:
        raise BadView("It is empty.")
    if len(trees) > 1:
        raise BadView("It is more than one statement.")
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise BadView("It is no SELECT.")
    _check_size(tree)
    return tree


def _check_size(tree: exp.Expr) -> None:
    level: list[exp.Expr] = [tree]
    nodes = 0
    for _ in range(DEPTH_MAX):
        nodes += len(level)
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            break
    if level or nodes > NODES_MAX:
        raise BadView("It is too large.")


def only(node: exp.Expr, *known: str) -> None:
    """Raises BadView where a node has another part than those that are known."""
    for name, value in node.args.items():
        if value and name not in known:
            raise BadView(f"{name.strip('_').replace('_', ' ')} cannot be used here.")


def tables_of(text: str) -> Iterable[exp.Table]:
    """The tables that a query names, those with a name of a subquery left out. Raises BadView."""
    tree = parsed(text)
    named = {each.alias.lower() for each in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name.lower() not in named:
            yield table


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The query with new names for collections, by their old ones in lower case.

    What has no other name keeps the old one as that, so that the rest of the query holds.
    """
    changes = [
        (table.this.meta["start"], table.this.meta["end"] + 1, table)
        for table in tables_of(text)
        if table.name.lower() in names
    ]
    for start, end, table in sorted(changes, key=lambda change: change[0], reverse=True):
        new = f"`{names[table.name.lower()]}`"
        written = new if table.alias else f"{new} AS `{table.name}`"
        text = text[:start] + written + text[end:]
    return text
