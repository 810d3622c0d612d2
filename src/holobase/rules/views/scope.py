"""What names mean in a query: the columns of its tables, of the tables around it, and its own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import sqlalchemy as sa
from sqlglot import exp

from holobase.domain.collection import Source
from holobase.rules.dialect.computing import Held
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import holds
from holobase.rules.views.errors import BadView

TABLES_MAX: Final = 40
"""Tables of one query with its subqueries: a store joins at most 64 in one part."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A collection as a query finds it: `hidden` are the columns that not everybody sees."""

    source: Source
    hidden: frozenset[str] = frozenset()


Find = Callable[[str], Readable | None]
"""A collection by its name in any case."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A column that a query can name. `origin`: the collection's id and the field's name, where it
    is one of a collection as it is."""

    name: str
    clause: Clause
    is_hidden: bool = False
    origin: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One table of a FROM under the name it goes by."""

    name: str
    table: sa.FromClause
    cells: Mapping[str, Cell]
    is_collection: bool = False

    def nullable(self) -> "Seen":
        """The same where there may be no row of it."""
        cells = {name: _nullable(cell) for name, cell in self.cells.items()}
        return replace(self, cells=cells)


def _nullable(cell: Cell) -> Cell:
    held = holds(cell.clause)
    if held.is_nullable:
        return cell
    return replace(cell, clause=Held(held.as_nullable(), cell.clause))


@dataclass(frozen=True, slots=True)
class Found:
    """A column and the table it is of; `depth` queries further out."""

    cell: Cell
    seen: Seen
    place: int
    depth: int


@dataclass(slots=True)
class Reads:
    """What a query has read so far, and the names it has given."""

    find: Find
    columns: dict[str, set[str]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    tables: int = 0
    has_clock: bool = False

    def new_name(self) -> str:
        """A name that no collection and no rule has."""
        self.tables += 1
        if self.tables > TABLES_MAX:
            raise BadView(f"It reads more than {TABLES_MAX} tables.")
        return f"hb_v{self.tables}"

    def table(self, name: str) -> Readable:
        """A collection by name. Raises BadView."""
        found = self.find(name)
        if found is None:
            raise BadView(f"There is no collection {name}.")
        self.sources[found.source.id] = found.source
        self.columns.setdefault(found.source.id, {"id"})
        return found

    def narrowed(self) -> tuple[Source, ...]:
        """What was read: the collections with the columns that were named, by id."""
        return tuple(
            Source(
                id=source.id,
                name=source.name,
                columns=tuple(
                    pair for pair in source.columns if pair[0] in self.columns[identifier]
                ),
                query=source.query,
                reads=source.reads,
            )
            for identifier, source in sorted(self.sources.items())
        )


class Scope:
    """The names inside one SELECT."""

    def __init__(self, reads: Reads, outer: "Scope | None" = None) -> None:
        self.reads = reads
        self.outer = outer
        self.seen: list[Seen] = []
        self.named: dict[str, exp.Expr] = {}
        self.common: dict[str, exp.CTE] = dict(outer.common) if outer else {}

    def add(self, seen: Seen) -> None:
        """Takes a table in. Raises BadView where another has its name."""
        if any(each.name == seen.name for each in self.seen):
            raise BadView(f"Two tables are called {seen.name}.")
        self.seen.append(seen)

    def tables(self) -> Iterator[sa.FromClause]:
        """The tables of this query and of those around it."""
        scope: Scope | None = self
        while scope is not None:
            for each in scope.seen:
                yield each.table
            scope = scope.outer

    def find(self, column: exp.Column) -> Found | None:
        """A column by its name, perhaps with that of its table. Raises BadView where there are
        several."""
        scope: Scope | None = self
        depth = 0
        while scope is not None:
            found = scope._here(column, depth)
            if found is not None:
                return found
            scope, depth = scope.outer, depth + 1
        return None

    def _here(self, column: exp.Column, depth: int) -> Found | None:
        table, name = column.table.lower(), column.name.lower()
        found = [
            Found(each.cells[name], each, place, depth)
            for place, each in enumerate(self.seen)
            if (not table or each.name == table) and name in each.cells
        ]
        if len(found) > 1:
            raise BadView(f"{column.name} may be a column of several tables.")
        if found and found[0].cell.origin:
            source, field_name = found[0].cell.origin
            self.reads.columns[source].add(field_name)
        return found[0] if found else None


def cells_of(
    table: sa.FromClause, source: Source, hidden: frozenset[str] = frozenset()
) -> dict[str, Cell]:
    """The columns of a collection, by name in lower case."""
    return {
        name.lower(): Cell(name, table.c[name], name in hidden, (source.id, name))
        for name, _ in source.columns
    }
