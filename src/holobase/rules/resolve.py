"""Third stage: names to operands, checked against the collections and the caller's access."""

from enum import Enum
from typing import Final

from holobase.domain.collection import Collection, Schema
from holobase.domain.fields import (
    AutodateField,
    BoolField,
    Cell,
    DateField,
    EmailField,
    Field,
    FileField,
    GeoPointField,
    JsonField,
    NumberField,
    RelationField,
    SelectField,
)
from holobase.rules import dialect
from holobase.rules.errors import RuleError
from holobase.rules.operands import Column, Constant, Dress, Fill, Operand, Parameter
from holobase.rules.parameters import SENT
from holobase.rules.place import Cells
from holobase.rules.predicate_cells import item_count, json_value, lower
from holobase.rules.rows import (
    BackMany,
    BackOne,
    Base,
    Body,
    Caller,
    Hop,
    Items,
    Row,
    is_plural,
    plural_rows,
)

HOPS_MAX: Final = 6
"""Relations that one path may follow."""

PLURAL_ROWS_MAX: Final = 40
"""Plural rows of one expression: SQLite joins at most 64 tables in one statement part."""

MODIFIERS: Final = frozenset({"", "isset", "changed", "length", "each", "lower"})


class Access(Enum):
    """Whose text it is: a stored rule (or a superuser's filter), or another client's filter."""

    RULE = "rule"
    CLIENT = "client"


class UnknownNameError(RuleError):
    """A path leads nowhere: an error, except under `@request.auth`, where it is NULL."""


class Paths:
    """Follows paths of fields, and notes which collections they enter."""

    def __init__(self, collection: Collection, schema: Schema, access: Access) -> None:
        self.collection = collection
        self.schema = schema
        self.access = access
        self.base = Base("", collection)
        self.entered: dict[Row, Collection] = {}

    def follow(self, start: Row, path: str, modifier: str, position: int) -> Operand:
        """The operand at the end of a dotted path that begins at `start`."""
        row = start
        segments = path.split(".")
        for hop, segment in enumerate(segments):
            rest = segments[hop + 1 :]
            field = row.collection.field_by_name.get(segment)
            if field is None:
                if not rest:
                    raise UnknownNameError("There is no such field.", position)
                row = self._back(row, segment, position)
            else:
                self._check_hidden(field, position)
                if isinstance(field, JsonField | GeoPointField):
                    return _json_operand(row, field, rest, modifier, position)
                if not rest or (rest == ["id"] and self._is_single(field) and not modifier):
                    return self._last(row, field, modifier)
                row = self._forth(row, field, position)
            if hop >= HOPS_MAX:
                raise RuleError("The path follows too many relations.", position)
        raise UnknownNameError("There is no such field.", position)

    def enter(self, row: Row, position: int) -> Row:
        """The row, once the caller's access to its collection is settled."""
        if self.access is Access.CLIENT and row.collection.list_rule is None:
            raise RuleError("The path leads to a collection that cannot be listed.", position)
        self.entered.setdefault(row, row.collection)
        if sum(is_plural(one) for one in self.entered) > PLURAL_ROWS_MAX:
            raise RuleError("The expression follows too many relations.", position)
        return row

    def target(self, field: RelationField, position: int) -> Collection:
        """The collection that a relation points to."""
        found = self.schema.find(field.collection_id)
        if found is None:
            raise UnknownNameError("The relation points to no collection.", position)
        return found

    def _forth(self, row: Row, field: Field, position: int) -> Row:
        if not isinstance(field, RelationField):
            raise UnknownNameError("The path goes on after a field that is no relation.", position)
        target = self.target(field, position)
        key = f"{row.key}.{field.name}"
        if field.is_multiple:
            items = Items(f"{key}[]", row.collection, row, field.name)
            return self.enter(Hop(key, target, items, "value"), position)
        return self.enter(Hop(key, target, row, field.name), position)

    def _back(self, row: Row, segment: str, position: int) -> Row:
        name, separator, via = segment.rpartition("_via_")
        source = self.schema.find(name) if separator else None
        if source is None:
            raise UnknownNameError("There is no such field.", position)
        field = source.field_by_name.get(via)
        if not isinstance(field, RelationField) or field.collection_id != row.collection.id:
            raise UnknownNameError("The back-relation does not lead here.", position)
        self._check_hidden(field, position)
        key = f"{row.key}.{source.id}_via_{via}"
        is_listed = self.access is Access.CLIENT and bool(source.list_rule)
        if not field.is_multiple and has_unique_index(source, via) and not is_listed:
            return self.enter(BackOne(key, source, row, field), position)
        return self.enter(BackMany(key, source, row, field), position)

    def _check_hidden(self, field: Field, position: int) -> None:
        if field.hidden and self.access is Access.CLIENT:
            raise UnknownNameError("There is no such field.", position)

    def _is_single(self, field: Field) -> bool:
        return isinstance(field, RelationField) and not field.is_multiple

    def _last(self, row: Row, field: Field, modifier: str) -> Operand:
        if modifier == "each" and isinstance(field, SelectField | RelationField | FileField):
            return _each(row, field)
        if isinstance(row, Caller) and modifier not in ("length",):
            return _caller_cell(field, modifier)
        email_row = row if self._is_guarded(row, field) else None
        rows = plural_rows(row)
        return Column(
            row=row,
            name=field.name,
            rows=rows,
            is_many=bool(rows),
            fill=Fill.FILLED if isinstance(row, Base) and field.name == "id" else Fill.UNKNOWN,
            is_date=isinstance(field, DateField | AutodateField) and not modifier,
            email_row=email_row,
            dress=_dress(field, modifier),
            sent=_sent(row) if modifier == "length" else "",
        )

    def _is_guarded(self, row: Row, field: Field) -> bool:
        is_email = isinstance(field, EmailField) and field.name == "email"
        return is_email and self.access is Access.CLIENT and row.collection.is_auth


def _each(row: Row, field: Field) -> Operand:
    if not field.is_multiple:
        return Column(
            row=row, name=field.name, rows=plural_rows(row), is_many=bool(plural_rows(row))
        )
    items = Items(f"{row.key}.{field.name}[]", row.collection, row, field.name)
    return Column(row=items, name="value", rows=plural_rows(items), is_many=True)


def _caller_cell(field: Field, modifier: str) -> Operand:
    if field.hidden and field.system:
        return Constant(content=None, fill=Fill.EMPTY)
    return Parameter(
        key=f"@request.auth.{field.name}",
        fill=Fill.FILLED if field.name == "id" else Fill.REQUEST,
        is_column=not field.system,
        is_lower=modifier == "lower",
        is_numeric=isinstance(field, NumberField | BoolField),
    )


def _sent(row: Row) -> str:
    """Under a relation of the body: the key of whether any id of it was submitted, else ""."""
    while row.parent is not None and not isinstance(row.parent, Body):
        row = row.parent
    return row.key.removesuffix("[]") + SENT if row.parent else ""


def _dress(field: Field, modifier: str) -> Dress | None:
    if modifier == "lower":
        return Dress(dialect.Lower, lower)
    if modifier == "length" and isinstance(field, SelectField | RelationField | FileField):
        return Dress(dialect.ItemCount, item_count)
    return None


def _json_operand(row: Row, field: Field, path: list[str], modifier: str, position: int) -> Operand:
    rows = plural_rows(row)
    if isinstance(field, GeoPointField) and not path:
        return Column(row=row, name=field.name, rows=rows, is_many=bool(rows))
    steps = _json_steps(path, position)
    extract = dialect.LooseJsonValue if row.collection.is_view else dialect.JsonValue

    def sql(cell: Cells) -> Cells:
        value = extract(cell, steps)
        return dialect.Lower(value) if modifier == "lower" else value

    def memory(cell: Cell) -> Cell:
        value = json_value(cell, steps)
        return lower(value) if modifier == "lower" else value

    return Column(
        row=row,
        name=field.name,
        rows=rows,
        is_many=bool(rows),
        is_strict=True,
        dress=Dress(sql, memory),
    )


def _json_steps(segments: list[str], position: int) -> tuple[int | str, ...]:
    if any(not segment or ":" in segment or len(segment) > 250 for segment in segments):
        raise RuleError("The JSON path is malformed.", position)
    return tuple(
        int(segment) if segment.isdecimal() and len(segment) < 10 else segment
        for segment in segments
    )


def has_unique_index(collection: Collection, column: str) -> bool:
    """Whether an index of the collection lets no two rows have the same in this single column,
    but for an empty text."""
    return any(_unique_over(index, column) in _ALL_ROWS for index in collection.indexes)


def has_unique_index_of_some(collection: Collection, column: str) -> bool:
    """Whether an index of the collection is unique over this single column, for whatever rows."""
    return any(_unique_over(index, column) is not None for index in collection.indexes)


_QUOTES: Final = "`\"[]'"
_ALL_ROWS: Final = ("", "where ? != ''", "where ? <> ''")
"""Conditions of an index that leave out no row which refers to another."""


def _unique_over(index: str, column: str) -> str | None:
    """The condition of an index that is unique over this column, with `?` for the column; None
    where it is over others, or not unique."""
    head, _, rest = index.partition("(")
    listed, _, tail = rest.partition(")")
    names = listed.replace(",", " , ").split()
    if "UNIQUE" not in head.upper().split() or "," in names or not names:
        return None
    if names[0].strip(_QUOTES) != column:
        return None
    words = tail.rstrip("; \n\t").split()
    return " ".join("?" if word.strip(_QUOTES) == column else word for word in words).lower()
