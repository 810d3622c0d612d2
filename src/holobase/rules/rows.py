"""Where a path reads: rows reached from the record, the caller, the body or a whole collection.

A row is reached by at most one record from its parent (`Hop`, `BackOne`), or by any number
(`Items`, `BackMany`, `Whole`): these are the *plural* rows, each a LEFT JOIN in some EXISTS.
"""

from dataclasses import dataclass, field

from holobase.domain.collection import Collection
from holobase.domain.fields import RelationField


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `key` is its identity: equal paths in one expression are the same row."""

    key: str
    collection: Collection = field(compare=False)
    parent: "Row | None" = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Base(Row):
    """The record that the condition is about."""


@dataclass(frozen=True, slots=True)
class Caller(Row):
    """The auth record of the request: its cells are parameters."""


@dataclass(frozen=True, slots=True)
class Body(Row):
    """The submitted values of the request: its cells are parameters."""


@dataclass(frozen=True, slots=True)
class Hop(Row):
    """The record whose id is in the cell `link` of the parent."""

    link: str = ""


@dataclass(frozen=True, slots=True)
class BackOne(Row):
    """The only record whose relation `via` holds the parent's id."""

    via: RelationField | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Items(Row):
    """The items of the list in the cell `link` of the parent; its only cell is `value`."""

    link: str = ""


@dataclass(frozen=True, slots=True)
class BackMany(Row):
    """The records whose relation `via` holds the parent's id."""

    via: RelationField | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Whole(Row):
    """All records of a collection, unconditionally."""


def is_plural(row: Row) -> bool:
    """Whether there may be several of it for one parent."""
    return isinstance(row, Items | BackMany | Whole)


def path_of(row: Row) -> tuple[Row, ...]:
    """The rows on the way to this one, itself included, outermost first."""
    return (*path_of(row.parent), row) if row.parent else (row,)


def plural_rows(row: Row) -> tuple[Row, ...]:
    """The plural rows on the way to this one, itself included, outermost first."""
    return tuple(each for each in path_of(row) if is_plural(each))
