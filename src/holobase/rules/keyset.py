"""Going on behind a record instead of counting those before it: the condition over the values by
which a list is sorted.

It costs the same however far the reader is, and records that come or go between two pages never
make others appear twice or not at all.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell
from holobase.rules.cell_types import CellType
from holobase.rules.dialect import Against, InsertionOrder, RandomOrder
from holobase.rules.sort import Key, last_tie
from holobase.rules.tables import natural_order

Place: TypeAlias = Sequence[Cell]
"""The values of all keys of a record, as a store gives them; none at the start of a list."""


def unsorted(collection: Collection, base: sa.FromClause) -> list[Key]:
    """The keys of a list that nobody sorts: a view has an order of its own."""
    if collection.is_view:
        return [Key(base.c[name], is_down) for name, is_down in natural_order(collection)]
    return [Key(last_tie(collection, base), is_descending=False)]


def is_total(keys: Sequence[Key]) -> bool:
    """Whether the keys order all records, each time alike: only then can a place be found again."""
    return not any(isinstance(key.value, RandomOrder) for key in keys) and any(
        isinstance(key.value, InsertionOrder) or getattr(key.value, "name", "") == "id"
        for key in keys
    )


def key_name(number: int) -> str:
    """The parameter for the value of a key."""
    return f"key {number}"


def beyond(keys: Sequence[Key], place: Place) -> sa.ColumnElement[bool]:
    """That a record comes after a place in the order of the keys.

    Which of the place's values are NULL is part of the condition; the others are parameters. It is
    nested, as in `a <= :a AND (a < :a OR b < :b)`, so that an index on the first key is walked.
    """
    if not place:
        return sa.true()
    names = [None if value is None else key_name(n) for n, value in enumerate(place)]
    *outer, last = zip(keys, names, strict=True)
    condition = _after(*last)
    for key, name in reversed(outer):
        condition = sa.and_(_from(key, name), sa.or_(_after(key, name), condition))
    return condition


def _after(key: Key, name: str | None) -> sa.ColumnElement[bool]:
    """That the value comes after the named one, or after NULL: which is the least of all."""
    if name is None:
        return sa.false() if key.is_descending else key.value.is_not(None)
    return _or_null(key, Against(key.value, "<" if key.is_descending else ">", name))


def _from(key: Key, name: str | None) -> sa.ColumnElement[bool]:
    """That the value is the named one (or NULL), or comes after it."""
    if name is None:
        return key.value.is_(None) if key.is_descending else sa.true()
    return _or_null(key, Against(key.value, "<=" if key.is_descending else ">=", name))


def _or_null(key: Key, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    if key.is_descending and _may_be_null(key.value):
        return sa.or_(condition, key.value.is_(None))
    return condition


def _may_be_null(value: sa.ColumnElement[Any]) -> bool:
    if isinstance(value, InsertionOrder):
        return False
    held = value.type if isinstance(value, sa.ColumnClause) else None
    return not isinstance(held, CellType) or held.is_nullable
