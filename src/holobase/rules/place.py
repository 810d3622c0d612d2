"""Where SQL is being built: the row of the outer query, and the plural rows joined so far.

Single hops need no join: they are scalar subqueries, each by the id that the one inside gives.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sqlalchemy as sa

from holobase.domain.collection import Collection
from holobase.rules.cell_types import ANY_VALUE, stored_type
from holobase.rules.dialect import FirstJoined, HasItem, Joins, Lookup
from holobase.rules.dialect import Items as ItemsTable
from holobase.rules.dialect.computing import Held
from holobase.rules.dialect.held import holds
from holobase.rules.rows import (
    BackMany,
    BackOne,
    Base,
    Body,
    Caller,
    Hop,
    Items,
    Row,
    Whole,
    is_plural,
)
from holobase.rules.tables import INTERNAL_PREFIX, record_table

if TYPE_CHECKING:
    from holobase.rules.expression import Expression

Cells: TypeAlias = sa.ColumnElement[Any]
"""A clause with a value; which SQL type it has matters to no one here."""

ListRules: TypeAlias = "Mapping[Row, Expression]"
"""The list rules of the collections that a client's paths enter, by the row they enter by."""

NO_RULES: Final[ListRules] = MappingProxyType({})


def alias_names() -> Iterator[str]:
    """Alias names that no collection can have, so that none hides a table of an outer query."""
    number = 0
    while True:
        number += 1
        yield f"{INTERNAL_PREFIX}r{number}"


class Place:
    """A point in the statement: which table stands for which row. Immutable.

    Of the rows in `list_rules`, plural ones are joined with the records alone that the rule shows.
    """

    def __init__(
        self,
        base: sa.FromClause,
        names: Iterator[str],
        list_rules: ListRules = NO_RULES,
        tables: "dict[Row, sa.FromClause] | None" = None,
    ) -> None:
        self.base = base
        self.names = names
        self.list_rules = list_rules
        self._tables = tables or {}

    def joins(self, row: Row) -> bool:
        """Whether a table stands for this plural row already."""
        return row in self._tables

    def table(self, row: Row) -> sa.FromClause:
        """The table that stands for a plural row; it must have been joined."""
        return self._tables[row]

    def fresh(self) -> "Place":
        """The same statement without the joined rows."""
        return Place(self.base, self.names, self.list_rules)

    def cell(self, row: Row, name: str) -> Cells:
        """The value of one column of a row, NULL where there is no such row."""
        if isinstance(row, Base):
            return self.base.c[name]
        if isinstance(row, Caller):
            return sa.bindparam(f"@request.auth.{name}")
        if isinstance(row, Body):
            return sa.bindparam(f"@request.body.{name}")
        if row in self._tables:
            return self._tables[row].c[name]
        return self._single(row, name)

    def joined(self, rows: Iterable[Row]) -> "tuple[Joins, Place]":
        """The joins that bring the given plural rows (outermost first), and the place inside."""
        place = Place(self.base, self.names, self.list_rules, dict(self._tables))
        joins = []
        for row in rows:
            table = place.new_table(row)
            joins.append((table, place.link(row, table)))
            place._tables[row] = table
        return tuple(joins), place

    def new_table(self, row: Row) -> sa.FromClause:
        """A table to join for the row."""
        if isinstance(row, Items) and row.parent:
            items = ItemsTable(self.cell(row.parent, row.link))
            return items.table_valued(sa.column("value", ANY_VALUE), name=next(self.names))
        return self._alias(row.collection)

    def link(self, row: Row, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """The condition under which a row of `table` is the row, or one of them."""
        rule = self.list_rules.get(row) if is_plural(row) else None
        link = self._link(row, table)
        return sa.and_(link, rule.condition(table, self.names)) if rule else link

    def _link(self, row: Row, table: sa.FromClause) -> sa.ColumnElement[bool]:
        if row.parent is None or isinstance(row, Items | Whole):
            return sa.true()
        if isinstance(row, Hop):
            return table.c.id == self.cell(row.parent, row.link)
        identifier = self.cell(row.parent, "id")
        via = row.via if isinstance(row, BackOne | BackMany) else None
        if via is None:
            return sa.false()
        if not via.is_multiple:
            return table.c[via.name] == identifier
        return HasItem(table.c[via.name], identifier)

    def _single(self, row: Row, name: str) -> Cells:
        parent = row.parent
        if parent is None:
            raise TypeError(f"{row.key} was never joined")
        by, key = "id", "id"
        if isinstance(row, Hop):
            key = row.link
        elif isinstance(row, BackOne) and row.via:
            by = row.via.name
        if row.collection.is_view:
            table = self.new_table(row)
            link = table.c[by] == self.cell(parent, key)
            found = FirstJoined(((table, link),), table.c[name])
            return Held(holds(table.c[name]).as_nullable(), found)
        held = stored_type(row.collection.field_by_name[name].storage)
        alias = next(self.names)
        return Lookup(row.collection.name, alias, name, by, self.cell(parent, key), held)

    def _alias(self, collection: Collection) -> sa.FromClause:
        return record_table(collection).alias(next(self.names))
