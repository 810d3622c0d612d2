"""What a predicate is evaluated in: the request, the record, the rows looked at, and what other
rows are known already.

A predicate is plain functions of a frame. One that needs a row nobody knows yet raises `Unknown`;
whoever drives it finds the row out, tells it here and evaluates again from the start. That keeps
the common case, a rule about the record alone, as quick as function calls are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, RelationField
from holobase.domain.principal import Request
from holobase.rules.predicate_cells import Undecided

QUESTIONS_MAX: Final = 40
"""Rows, or sets of them, that one evaluation asks for: more are found sooner by one statement."""

ROWS_MAX: Final = 5_000
"""Rows that one evaluation goes through, repeats counted: some milliseconds."""

Cells: TypeAlias = Mapping[str, Cell]
"""A row: the cells of a record by field name."""

Found: TypeAlias = Sequence[Cells]
"""The rows that answer a question."""


class ById(msgspec.Struct, frozen=True):
    """Asks for the record with this id."""

    collection: Collection
    id: str


class Referring(msgspec.Struct, frozen=True):
    """Asks for the records whose relation `field` is this id, or holds it.

    `is_single`: an index allows one at most. Else there may be any number.
    """

    collection: Collection
    field: RelationField
    id: str
    is_single: bool


Wanted: TypeAlias = ById | Referring


class Unknown(Exception):
    """A row that has to be asked for: no error."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted


class Known:
    """What one evaluation has been told, each row once, and how much it has gone through."""

    __slots__ = ("_found", "_rows_left")

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Found] = {}
        self._rows_left = ROWS_MAX

    def by_id(self, collection: Collection, identifier: str) -> Cells | None:
        """The record with this id, or None. Raises Unknown."""
        found = self._found.get((collection.id, "id", identifier))
        if found is None:
            raise Unknown(ById(collection, identifier))
        return found[0] if found else None

    def referring(
        self, collection: Collection, field: RelationField, identifier: str, *, is_single: bool
    ) -> Found:
        """The records that refer to this id. Raises Unknown."""
        found = self._found.get((collection.id, field.name, identifier))
        if found is None:
            raise Unknown(Referring(collection, field, identifier, is_single))
        return found

    def may_ask(self) -> bool:
        """Whether one more question is within bounds."""
        return len(self._found) < QUESTIONS_MAX

    def tell(self, wanted: Wanted, found: Found) -> None:
        """The answer to a question."""
        name = wanted.field.name if isinstance(wanted, Referring) else "id"
        self._found[wanted.collection.id, name, wanted.id] = found

    def spend(self, rows: int) -> None:
        """Counts rows that are gone through. Raises Undecided where they become too many."""
        self._rows_left -= rows
        if self._rows_left < 0:
            raise Undecided


class Frame:
    """One evaluation. `rows` holds the plural rows looked at, each in its slot: the cells of a
    record, the value of an item, or None for the row that stands for an empty set."""

    __slots__ = ("cells", "known", "request", "rows")

    def __init__(self, request: Request, cells: Cells, slots: int, known: Known) -> None:
        self.request = request
        self.cells = cells
        self.rows: list[Any] = [None] * slots
        self.known = known

    def fresh(self) -> "Frame":
        """The same record without the plural rows."""
        return Frame(self.request, self.cells, len(self.rows), self.known)


Reader: TypeAlias = Callable[[Frame], Cell]
Holds: TypeAlias = Callable[[Frame], bool | None]
"""Whether something holds: None is SQL's unknown, and as good as no."""
