"""What operands are in memory: a function that reads the value from a frame, and its affinity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Field, RelationField, Storage
from holobase.domain.fields.field import text_of
from holobase.rules.like import fits, like_pattern
from holobase.rules.operands import Changed, Column, Constant, Function, Operand, Parameter
from holobase.rules.parameters import ISSET, LIKE, reader
from holobase.rules.predicate_cells import (
    INTEGER_LIMIT,
    Affinity,
    Undecided,
    as_stored,
    as_text,
    bound,
    cast_number,
    json_items,
    lower,
)
from holobase.rules.predicate_frame import Cells, Frame, Reader
from holobase.rules.rows import BackMany, BackOne, Base, Body, Caller, Hop, Items, Row


class NotInMemory(Exception):
    """The expression reads what is not about rows of one record: only a statement can tell."""


Record: TypeAlias = Callable[[Frame], Cells | None]
"""Finds the cells of one record."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a value is read, and what a comparison with it does to the other side."""

    read: Reader
    affinity: Affinity = Affinity.NONE


class Readings:
    """Compiles the operands of one expression; gives every plural row its slot.

    `is_virtual`: the record is no row of a table yet, so that its cells are plain values.
    """

    def __init__(self, collection: Collection, *, is_virtual: bool) -> None:
        self._fields = collection.field_by_name
        self._is_virtual = is_virtual
        self._slots: dict[Row, int] = {}

    @property
    def slots(self) -> int:
        """How many slots a frame needs, once everything is compiled."""
        return len(self._slots)

    def slot(self, row: Row) -> int:
        """The slot of a plural row."""
        return self._slots.setdefault(row, len(self._slots))

    def value(self, operand: Operand) -> Reading:
        """The operand as a value."""
        if isinstance(operand, Constant):
            content = operand.content
            return Reading(lambda _: content)
        if isinstance(operand, Parameter):
            return _dressed(_parameter(operand.key), operand)
        if isinstance(operand, Column):
            return self._column(operand)
        if isinstance(operand, Changed):
            return Reading(self._changed(operand.name))
        if isinstance(operand, Function) and operand.memory:
            return Reading(self._call(operand.memory, operand.arguments))
        raise NotInMemory

    def pattern(self, operand: Operand) -> Reader:
        """The operand as the right side of LIKE: columns keep their wildcards."""
        if isinstance(operand, Constant):
            content = operand.content
            text = None if content is None else like_pattern(text_of(content))
            return lambda _: text
        if isinstance(operand, Parameter) and not operand.is_column:
            return _dressed(_parameter(operand.key + LIKE), operand).read
        return _containing(self.value(operand).read)

    def shown(self, row: Row) -> Reader:
        """Whether the e-mail address of the row is for everybody: 1, 0 or None."""
        return self._cell(row, "emailVisibility").read

    def members(self, row: Row) -> Callable[[Frame], Sequence[Any]]:
        """What a plural row goes through: for its slot, one after the other."""
        if isinstance(row, Items) and row.parent:
            link = self._cell(row.parent, row.link).read
            return lambda frame: json_items(link(frame))
        if not (isinstance(row, BackMany) and row.parent and row.via):
            raise NotInMemory
        identify = _identifier(self._cell(row.parent, "id"))
        collection, via = _stored(row.collection), row.via

        def referring(frame: Frame) -> Sequence[Any]:
            identifier = identify(frame)
            if identifier is None:
                return ()
            return frame.known.referring(collection, via, identifier, is_single=False)

        return referring

    def record(self, row: Row) -> Record:
        """The cells of a row of records, None where there is no such record."""
        if isinstance(row, BackMany):
            slot = self.slot(row)
            return lambda frame: frame.rows[slot]
        if isinstance(row, BackOne) and row.parent and row.via:
            identify = _identifier(self._cell(row.parent, "id"))
            return _back_one(_stored(row.collection), row.via, identify)
        if isinstance(row, Hop) and row.parent:
            identify = _identifier(self._cell(row.parent, row.link))
            return _hop(_stored(row.collection), identify)
        raise NotInMemory

    def _column(self, column: Column) -> Reading:
        cell = self._cell(column.row, column.name)
        if column.email_row:
            cell = Reading(_guarded(cell.read, self.shown(column.email_row)))
        if column.dress is None:
            return cell
        read, dress = cell.read, column.dress.memory
        if not column.sent:
            return Reading(lambda frame: dress(read(frame)))
        sent = _parameter(column.sent)
        return Reading(lambda frame: dress(read(frame)) if sent(frame) == 1 else None)

    def _cell(self, row: Row, name: str) -> Reading:
        """The value of one column of a row, None where there is no such row."""
        if isinstance(row, Caller):
            return Reading(_parameter(f"@request.auth.{name}"))
        if isinstance(row, Body):
            return Reading(_parameter(f"@request.body.{name}"))
        if isinstance(row, Items):
            slot = self.slot(row)
            return Reading(lambda frame: frame.rows[slot], Affinity.BLOB)
        if isinstance(row, Base):
            return self._own_cell(_stored(row.collection).field_by_name[name])
        field, record = row.collection.field_by_name[name], self.record(row)
        if field.storage is Storage.NUMBER:
            return Reading(_number_of(record, name), Affinity.NUMERIC)
        return Reading(_cell_of(record, name), _affinity(field))

    def _own_cell(self, field: Field) -> Reading:
        name, is_virtual = field.name, self._is_virtual
        affinity = Affinity.NONE if is_virtual else _affinity(field)
        if field.storage is not Storage.NUMBER:
            return Reading(lambda frame: frame.cells[name], affinity)
        number = bound if is_virtual else as_stored
        return Reading(lambda frame: number(frame.cells[name]), affinity)

    def _changed(self, name: str) -> Reader:
        submitted = _parameter(f"@request.body.{name}")
        is_set = _parameter(f"@request.body.{name}{ISSET}")
        own = self._own_cell(self._fields[name]).read

        def changed(frame: Frame) -> Cell:
            if not is_set(frame):
                return 0
            before, after = own(frame), submitted(frame)
            return int(("" if after is None else after) != ("" if before is None else before))

        return changed

    def _call(self, function: Callable[..., Cell], arguments: tuple[Operand, ...]) -> Reader:
        reads = [self.value(argument).read for argument in arguments]
        return lambda frame: function(*[read(frame) for read in reads])


def _stored(collection: Collection) -> Collection:
    # What a view shows has the affinities of its query's columns, which only the store knows.
    if collection.is_view:
        raise NotInMemory
    return collection


def _affinity(field: Field) -> Affinity:
    is_numeric = field.storage in (Storage.NUMBER, Storage.BOOL)
    return Affinity.NUMERIC if is_numeric else Affinity.TEXT


def _parameter(key: str) -> Reader:
    read = reader(key)

    def parameter(frame: Frame) -> Cell:
        value = read(frame.request)
        return value if value.__class__ is str else _as_bound(value)

    return parameter


def _as_bound(value: Cell) -> Cell:
    if isinstance(value, int) and not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        raise Undecided
    return bound(value)


def _dressed(read: Reader, parameter: Parameter) -> Reading:
    if parameter.is_lower:
        return Reading(lambda frame: lower(read(frame)))
    if parameter.is_numeric:
        return Reading(lambda frame: cast_number(read(frame)), Affinity.NUMERIC)
    return Reading(read)


def _containing(read: Reader) -> Reader:
    def containing(frame: Frame) -> Cell:
        value = read(frame)
        pattern = None if value is None else f"%{as_text(value)}%"
        return pattern if pattern is not None and fits(pattern) else None

    return containing


def _guarded(read: Reader, shown: Reader) -> Reader:
    return lambda frame: read(frame) if shown(frame) == 1 else None


def _cell_of(record: Record, name: str) -> Reader:
    def read(frame: Frame) -> Cell:
        cells = record(frame)
        return None if cells is None else cells[name]

    return read


def _number_of(record: Record, name: str) -> Reader:
    read = _cell_of(record, name)
    return lambda frame: as_stored(read(frame))


def _identifier(reading: Reading) -> Callable[[Frame], str | None]:
    """The value as an id. Relations hold texts; how a number would compare is left to SQL."""
    read = reading.read

    def identify(frame: Frame) -> str | None:
        value = read(frame)
        if value is None or isinstance(value, str):
            return value
        raise Undecided

    return identify


def _hop(collection: Collection, identify: Callable[[Frame], str | None]) -> Record:
    def hop(frame: Frame) -> Cells | None:
        identifier = identify(frame)
        return frame.known.by_id(collection, identifier) if identifier else None

    return hop


def _back_one(
    collection: Collection, via: RelationField, identify: Callable[[Frame], str | None]
) -> Record:
    def back(frame: Frame) -> Cells | None:
        identifier = identify(frame)
        if identifier is None:
            return None
        found = frame.known.referring(collection, via, identifier, is_single=True)
        return found[0] if found else None

    return back
