"""Operands after their names were resolved: what each reads, and how it may be compared.

Every operand can say its SQL in a place, and its value where the request alone knows it.
"""

# ruff: noqa: ARG002 - some operands need less than the promise offers them

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import msgspec
import sqlalchemy as sa

from holobase.domain.fields import Cell
from holobase.domain.fields.field import text_of
from holobase.domain.principal import Request
from holobase.rules import dialect
from holobase.rules.like import like_pattern
from holobase.rules.parameters import LIKE, parameter
from holobase.rules.place import Cells, Place
from holobase.rules.predicate_cells import folded
from holobase.rules.rows import Row, path_of


class Fill(Enum):
    """What is known about emptiness (NULL or the empty text) before the statement runs."""

    EMPTY = "empty"
    FILLED = "filled"
    REQUEST = "request"  # the request decides; a plain value without affinity
    UNKNOWN = "unknown"


class NeedsSql:
    """The type of `NEEDS_SQL`."""


NEEDS_SQL = NeedsSql()
"""Stands for a value that only a statement can give."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison.

    `is_strict`: compared by IS, so that NULL and '' differ. `is_many`: a plain operator must hold
    for every value. `is_date`: holds dates in the wire's format. `rows`: the plural rows it
    reads. `email_row`: the row whose e-mail address it is, where visibility matters.
    """

    fill: Fill = Fill.UNKNOWN
    is_strict: bool = False
    is_many: bool = False
    is_date: bool = False
    is_numeric: bool = False
    rows: tuple[Row, ...] = ()
    email_row: Row | None = None

    def sql(self, place: Place) -> Cells:
        """The value as a clause."""
        raise NotImplementedError

    def pattern(self, place: Place) -> Cells:
        """The value as the right side of LIKE: columns keep their wildcards."""
        return dialect.Containing(self.sql(place))

    def value(self, request: Request) -> Cell | NeedsSql:
        """The value where the request alone knows it."""
        return NEEDS_SQL

    @property
    def path(self) -> tuple[Row, ...]:
        """All rows on the way to it, outermost first."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Operand):
    """A literal."""

    content: Cell

    def sql(self, place: Place) -> Cells:
        return sa.literal(self.content, sa.types.NullType())

    def pattern(self, place: Place) -> Cells:
        text = None if self.content is None else like_pattern(text_of(self.content))
        return sa.literal(text, sa.types.NullType())

    def value(self, request: Request) -> Cell | NeedsSql:
        return self.content


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Operand):
    """A value of the request, by its parameter key.

    `is_column`: PocketBase reads it from a row, so that it behaves like one in LIKE.
    """

    key: str
    is_column: bool = False
    is_lower: bool = False

    def sql(self, place: Place) -> Cells:
        return self._dressed(sa.bindparam(self.key))

    def pattern(self, place: Place) -> Cells:
        if self.is_column:
            return dialect.Containing(self.sql(place))
        return self._dressed(sa.bindparam(self.key + LIKE))

    def _dressed(self, bound: Cells) -> Cells:
        if self.is_lower:
            return dialect.Lower(bound)
        return dialect.Numeric(bound) if self.is_numeric else bound

    def value(self, request: Request) -> Cell | NeedsSql:
        found = parameter(self.key, request)
        return folded(found) if self.is_lower and isinstance(found, str) else found


class Dress(msgspec.Struct, frozen=True):
    """What is made of a cell: as a clause, and of its value in memory."""

    sql: Callable[[Cells], Cells]
    memory: Callable[[Cell], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Operand):
    """A cell of a row, possibly dressed (lower-cased, counted, a JSON path).

    `sent` is the key of a parameter: where that is not 1 the value is NULL, whatever the cell is.
    """

    row: Row
    name: str
    dress: Dress | None = None
    sent: str = ""

    @property
    def path(self) -> tuple[Row, ...]:
        return path_of(self.row)

    def sql(self, place: Place) -> Cells:
        cell = place.cell(self.row, self.name)
        if self.email_row:
            is_shown = place.cell(self.email_row, "emailVisibility") == sa.literal(1)
            cell = sa.case((is_shown, cell))
        dressed = self.dress.sql(cell) if self.dress else cell
        if self.sent:
            return sa.case((sa.bindparam(self.sent) == sa.literal(1), dressed))
        return dressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Operand):
    """A call with its operands. `memory` is None where only a store can answer it."""

    arguments: tuple[Operand, ...]
    make: Callable[..., Cells]
    memory: Callable[..., Cell] | None = None

    @property
    def path(self) -> tuple[Row, ...]:
        return tuple(dict.fromkeys(row for each in self.arguments for row in each.path))

    def sql(self, place: Place) -> Cells:
        return self.make(*(argument.sql(place) for argument in self.arguments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Operand):
    """Whether a field was submitted with another value than the record's: 1 or 0."""

    name: str

    def sql(self, place: Place) -> Cells:
        key = f"@request.body.{self.name}"
        submitted = sa.bindparam(f"{key} isset") == sa.literal(1)
        differs = sa.func.coalesce(sa.bindparam(key), "") != sa.func.coalesce(
            place.base.c[self.name], ""
        )
        return sa.case((sa.and_(submitted, differs), sa.literal(1)), else_=sa.literal(0))


def all_rows(operands: tuple[Operand, ...]) -> tuple[Row, ...]:
    """The plural rows of several operands, each once, outermost first."""
    return tuple(dict.fromkeys(row for operand in operands for row in operand.rows))
