"""From a foreign cell to a value: by what the field is, never by what its column was declared as.

Old folders carry old columns: numbers as texts, NULL where nothing is allowed, one value where
there should be a list. NULL is the zero value of every field.
"""

import json as lenient_json
import math
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

import msgspec

from holobase.domain.fields import (
    AutodateField,
    BoolField,
    DateField,
    EditorField,
    EmailField,
    Field,
    GeoPointField,
    JsonField,
    NumberField,
    PasswordField,
    TextField,
    UrlField,
    Value,
)
from holobase.domain.fields.listing import ListField
from holobase.kit import json
from holobase.ports.foreign import ForeignCell

NUL: Final = "hold U+0000, which is left out"
BYTES: Final = "are not UTF-8: what cannot be read is replaced"
FINITE: Final = "are not finite numbers: they become 0"
DATE: Final = "are not dates: they become empty"
SPELLED: Final = "are JSON that others may read differently: they are spelled anew"

_PLAIN: Final = (TextField, EditorField, EmailField, UrlField, PasswordField)


class Loss(msgspec.Struct, frozen=True):
    """What a value loses: in which field, and what, in words."""

    field: str
    what: str


Decode: TypeAlias = Callable[[ForeignCell, list[Loss]], Value]
"""Gives the value in a cell, and adds what it loses."""


def decoder(field: Field) -> Decode:
    """What reads the cells of a field."""
    numbers = _of_number(field)
    texts = _of_text(field)

    def decode(cell: ForeignCell, losses: list[Loss]) -> Value:
        if cell is None:
            return field.zero
        if not isinstance(cell, bytes):
            return numbers(cell, losses)
        try:
            text = cell.decode()
        except UnicodeDecodeError:
            text = cell.decode(errors="replace")
            losses.append(Loss(field.name, BYTES))
        if "\0" in text:
            text = text.replace("\0", "")
            losses.append(Loss(field.name, NUL))
        return texts(text, losses)

    return decode


def _of_number(field: Field) -> Callable[[float, list[Loss]], Value]:
    def read(cell: float, losses: list[Loss]) -> Value:
        if isinstance(field, BoolField):
            return cell != 0
        if isinstance(cell, float) and not math.isfinite(cell):
            losses.append(Loss(field.name, FINITE))
            return field.zero
        if isinstance(field, NumberField):
            return json.number(cell)
        if isinstance(field, JsonField):
            # SQLite has made a number of the JSON text of one, for the column's affinity.
            return json.encode(cell if isinstance(cell, int) else json.wire_number(cell)).decode()
        if isinstance(field, GeoPointField):
            return field.zero
        if isinstance(field, DateField | AutodateField):
            losses.append(Loss(field.name, DATE))
        return field.normalise(cell)

    return read


def _of_text(field: Field) -> Callable[[str, list[Loss]], Value]:
    def number(text: str, losses: list[Loss]) -> Value:
        value = field.normalise(text)
        if math.isfinite(value):
            return value
        losses.append(Loss(field.name, FINITE))
        return 0

    def date(text: str, losses: list[Loss]) -> Value:
        value = field.normalise(text)
        if text and not value:
            losses.append(Loss(field.name, DATE))
        return value

    def json_text(text: str, losses: list[Loss]) -> Value:
        spelled = _json_text(text)
        if spelled is None:
            losses.append(Loss(field.name, SPELLED))
            spelled = _respelled(text)
        return spelled

    if isinstance(field, _PLAIN):
        return lambda text, _: text
    if isinstance(field, NumberField):
        return number
    if isinstance(field, DateField | AutodateField):
        return date
    if isinstance(field, JsonField):
        return json_text
    if isinstance(field, ListField):
        return lambda text, _: field.normalise(_items(text))
    return lambda text, _: field.normalise(text)


def _items(text: str) -> Any:
    """What a cell of a list holds: JSON, or one bare value."""
    if text[:1] == "[":
        try:
            return msgspec.json.decode(text, type=list[Any])
        except (msgspec.DecodeError, ValueError):
            pass
    return text


def _json_text(text: str) -> str | None:
    """The JSON text in a cell; a text that is no JSON stands for itself. None where decoders may
    disagree about what it says."""
    try:
        compact = msgspec.json.format(text, indent=-1)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None if _is_json_to_others(text) else json.encode(text).decode()
    try:
        json.decode_strict(compact.encode())
    except json.MalformedJson:
        return None
    return compact


def _is_json_to_others(text: str) -> bool:
    """Whether a decoder that forgives half a character reads it."""
    try:
        lenient_json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _respelled(text: str) -> str:
    """JSON with members that occur twice, halves of characters or numbers that no float64 holds."""
    try:
        value = _clean(lenient_json.loads(text))
        return json.encode(json.sorted_wire(value)).decode()
    except (ValueError, RecursionError, OverflowError):
        return json.encode(text).decode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(member) for key, member in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    return value
