"""What the queries of views compute beyond rules: arithmetic, casts, functions, aggregates.

`holds` tells what the value of one is, as for the other constructs.
"""

from typing import Any

import msgspec
import sqlalchemy as sa

from holobase.rules.cell_types import (
    NUMBER_VALUE,
    REAL_VALUE,
    TEXT_VALUE,
    CellType,
    Kind,
)
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import holds as held_of


class Computed(sa.ColumnElement[Any]):
    """Something that is spelled here, of the clauses `parts`."""

    inherit_cache = False
    holds: CellType

    def __init__(self, holds: CellType, *parts: Clause) -> None:
        self.holds = holds
        self.type = holds
        self.parts = parts


class Held(Computed):
    """A clause of which more is known than itself tells: what it holds."""

    inherit_cache = False


class Bare(Computed):
    """A value that converts nothing it is compared with, even if it is a column."""

    inherit_cache = False

    def __init__(self, value: Clause) -> None:
        held = held_of(value)
        super().__init__(CellType(held.kind, is_real=held.is_real), value)


class Scalar(Computed):
    """The only value of a query."""

    inherit_cache = False


class As(Computed):
    """The clause as a value of a kind, where a dialect has to decide on one."""

    inherit_cache = False


class Arithmetic(Computed):
    """Two numbers and what is made of them: `+ - * / %`. Whole ones are divided without a rest,
    nothing is divided by zero, and what is no number counts as what it begins with, or as 0."""

    inherit_cache = False

    def __init__(self, operator: str, left: Clause, right: Clause, *, is_real: bool) -> None:
        super().__init__(REAL_VALUE if is_real else NUMBER_VALUE, left, right)
        self.operator = operator


class Negative(Computed):
    """A number with the other sign."""

    inherit_cache = False


class Together(Computed):
    """Two texts, one behind the other."""

    inherit_cache = False

    def __init__(self, left: Clause, right: Clause) -> None:
        super().__init__(TEXT_VALUE, left, right)


class Truth(Computed):
    """A condition as a number: 1, 0 or NULL."""

    inherit_cache = False

    def __init__(self, condition: Clause) -> None:
        super().__init__(NUMBER_VALUE, condition)


class IsTrue(Computed):
    """A value as a condition: whether it is a number other than 0."""

    inherit_cache = False

    def __init__(self, value: Clause) -> None:
        super().__init__(NUMBER_VALUE, value)


class CastType(msgspec.Struct, frozen=True):
    """A type to cast to: SQLite's word for it, and what the result holds."""

    name: str
    holds: CellType


INTEGER = CastType("INTEGER", CellType(Kind.NUMBER, has_affinity=True))
REAL = CastType("REAL", CellType(Kind.NUMBER, has_affinity=True, is_real=True))
NUMERIC = CastType("NUMERIC", CellType(Kind.NUMBER, has_affinity=True))
TEXT = CastType("TEXT", CellType(Kind.TEXT, has_affinity=True))
FLAG = CastType("BOOLEAN", NUMBER_VALUE)


class Cast(Computed):
    """SQLite's CAST; of a `FLAG` it is 1 or 0."""

    inherit_cache = False

    def __init__(self, value: Clause, to: CastType) -> None:
        super().__init__(to.holds, value)
        self.to = to


class Call(Computed):
    """A function of values that both dialects have. `takes`: the kind of each argument, the last
    for all that follow; `postgres`: how PostgreSQL spells it, with `{}` for the arguments."""

    inherit_cache = False

    def __init__(
        self, name: str, takes: tuple[Kind, ...], postgres: str, holds: CellType, *parts: Clause
    ) -> None:
        super().__init__(holds, *parts)
        self.name = name
        self.takes = takes
        self.postgres = postgres


class Aggregate(Computed):
    """One value of many: `count sum total avg min max group_concat row_number rank dense_rank`.

    With `over`, of a window.
    """

    inherit_cache = False

    def __init__(
        self,
        name: str,
        holds: CellType,
        *parts: Clause,
        is_distinct: bool = False,
        over: "Over | None" = None,
    ) -> None:
        super().__init__(holds, *parts)
        self.name = name
        self.is_distinct = is_distinct
        self.over = over


class Over(msgspec.Struct, frozen=True):
    """A window: what it is divided by, and the order in it."""

    partition: tuple[Clause, ...]
    order: tuple[Clause, ...]


class AnyOfGroup(Computed):
    """The value of some record of the group; with `by`, of the one where that is least (or, with
    `is_greatest`, greatest)."""

    inherit_cache = False

    def __init__(self, value: Clause, by: Clause | None, *, is_greatest: bool) -> None:
        super().__init__(held_of(value).as_nullable(), value)
        self.by = by
        self.is_greatest = is_greatest
