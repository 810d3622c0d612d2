"""The table that stands for a view in statements: its query under its name, in a WITH."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from holobase.domain.collection import Source
from holobase.rules.cell_types import CellType, Kind, stored_type
from holobase.rules.dialect.computing import TEXT, As, Cast, Held
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import holds
from holobase.rules.views.errors import BadView
from holobase.rules.views.functions import literal
from holobase.rules.views.queries import WORD, Built, Result, built, ordinal
from holobase.rules.views.scope import Find, Readable, Reads
from holobase.rules.views.text import parsed

VIEWS_MAX = 500
"""Views kept compiled; an instance with more compiles some again."""

ORDER = "hb_order"
"""Columns that a view is ordered by and does not show begin so."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A view compiled. `order`: the columns that it is ordered by, and whether descending;
    `has_clock`: it may give others as time goes by; `origins`: collection and field by column."""

    table: sa.CTE
    order: tuple[tuple[str, bool], ...]
    has_clock: bool
    results: tuple[Result, ...]
    reads: tuple[Source, ...]

    @property
    def origins(self) -> Mapping[str, tuple[str, str]]:
        """By column: the id of the collection and the name of the field that it shows as it is."""
        return {each.name: each.origin for each in self.results if each.origin is not None}


@lru_cache(maxsize=VIEWS_MAX)
def view_of(name: str, query: str, reads: tuple[Source, ...]) -> View:
    """A view by its definition. Raises BadView where that does not hold together."""
    known = {source.name.lower(): Readable(source) for source in reads}
    return compiled(name, query, lambda wanted: known.get(wanted.lower()))


def compiled(name: str, query: str, find: Find) -> View:
    """A query as a view. Raises BadView."""
    reads = Reads(find)
    made = built(parsed(query), reads)
    names = [each.name.lower() for each in made.results]
    if len(set(names)) < len(names):
        raise BadView("Two columns have one name.")
    hidden, order = _order(made)
    columns = [*(_column(each) for each in made.results), *hidden]
    statement = made.statement.with_only_columns(*columns, maintain_column_froms=True)
    table = statement.cte(name).prefix_with("NOT MATERIALIZED")
    has_clock = reads.has_clock or any(_has_clock(source) for source in reads.narrowed())
    return View(table, order, has_clock, made.results, reads.narrowed())


def nothing(name: str, columns: Mapping[str, CellType]) -> View:
    """A view of these columns that has no records."""
    held = (
        Held(kind.as_nullable(), literal(None)).label(column) for column, kind in columns.items()
    )
    return View(sa.select(*held).where(sa.false()).cte(name), (), False, (), ())


def source_table(source: Source) -> sa.FromClause:
    """What stands for a collection that a view reads."""
    if source.query:
        return view_of(source.name, source.query, source.reads).table
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name, stored_type(storage)) for name, storage in source.columns
    ]
    return sa.table(source.name, *columns)


def _has_clock(source: Source) -> bool:
    return bool(source.query) and view_of(source.name, source.query, source.reads).has_clock


def _column(result: Result) -> Any:
    """A result column as others read it: an id is a text, and so is what may be anything."""
    clause, held = result.clause, holds(result.clause)
    if result.name == "id" and held.kind is not Kind.TEXT:
        clause = Cast(clause, TEXT)
    elif held.kind is Kind.ANY:
        clause = As(CellType(Kind.TEXT), clause)
    if not (isinstance(clause, sa.ColumnClause) and isinstance(clause.type, CellType)):
        clause = Held(holds(clause).as_nullable(), clause)
    return clause.label(result.name if WORD.fullmatch(result.name) else None)


def _order(made: Built) -> tuple[list[Any], tuple[tuple[str, bool], ...]]:
    """The columns that only serve the order, and the whole order."""
    hidden: list[Any] = []
    order: list[tuple[str, bool]] = []
    for node in made.order:
        is_descending = bool(node.args.get("desc"))
        place = ordinal(node.this, made.results)
        if place is not None and _keeps_order(made, place):
            order.append((made.results[place].name, is_descending))
            continue
        if made.values is None or made.is_distinct:
            raise BadView("It is ordered by its result columns alone.")
        clause: Clause = made.values.value(node.this if place is None else made.results[place].node)
        name = f"{ORDER}_{len(hidden) + 1}"
        hidden.append(Held(holds(clause).as_nullable(), clause).label(name))
        order.append((name, is_descending))
    return hidden, tuple(order)


def _keeps_order(made: Built, place: int) -> bool:
    return made.values is None or holds(made.results[place].clause).kind is not Kind.ANY
