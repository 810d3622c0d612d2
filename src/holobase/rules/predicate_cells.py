"""SQLite's scalar semantics in Python: affinities, texts of numbers, JSON paths, distances.

Whatever cannot be said exactly as SQLite would say it is left to SQLite: `Undecided`.
"""

import math
import re
from enum import Enum
from typing import Final

import msgspec

from holobase.domain.fields import Cell
from holobase.kit import json
from holobase.kit.json import Json

INTEGER_LIMIT: Final = 2**63
"""From here on a whole number is no integer of SQLite's."""

WHOLE_LIMIT: Final = 2**51
"""Below, SQLite keeps whole numbers of number columns as integers; beyond, it depends."""

TEXT_DIGITS_MAX: Final = 12
"""Digits of a float up to which its text is ours to tell: SQLite rounds longer ones its own way."""

NUMBER_DIGITS_MAX: Final = 17
"""Digits of a text up to which SQLite reads the nearest float, as Python does for any number."""

_NUMBER = re.compile(
    r"[ \t-\r]*([+-]?(?:[0-9]+(?:\.[0-9]*)?+|\.[0-9]+)(?:[eE][+-]?[0-9]+)?+)[ \t-\r]*+"
)


class Undecided(Exception):
    """Memory cannot give SQLite's answer: no error, SQL has to be asked."""


class Affinity(Enum):
    """What a comparison makes of its other side. `NONE` is a plain value, `BLOB` a column that
    converts nothing."""

    NONE = "none"
    BLOB = "blob"
    TEXT = "text"
    NUMERIC = "numeric"


def as_text(value: Cell) -> str:
    """The text SQLite makes of a value that is not NULL."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float):
        raise Undecided
    text = repr(value + 0.0 if value else 0.0)
    digits = text.lstrip("-").partition("e")[0].replace(".", "").strip("0")
    if len(digits) > TEXT_DIGITS_MAX or not 1e-4 <= abs(value or 1.0) < 1e15:
        raise Undecided
    return text


def as_number(value: Cell) -> Cell:
    """A text that is a number, as that number; anything else as it is."""
    if not isinstance(value, str):
        return value
    found = _NUMBER.fullmatch(value)
    return _read(found[1]) if found else value


def cast_number(value: Cell) -> Cell:
    """`CAST(value AS NUMERIC)`: of a text, the number that it begins with."""
    if not isinstance(value, str):
        return value
    found = _NUMBER.match(value)
    return as_stored(_read(found[1])) if found else 0


def as_stored(value: Cell) -> Cell:
    """The value as a column of numbers holds it: whole ones as integers.

    From `WHOLE_LIMIT` on they may stay floats: only their texts differ, which `as_text` refuses.
    """
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < WHOLE_LIMIT
        return int(value) if is_whole else bound(value)
    return value


def bound(value: Cell) -> Cell:
    """The value as SQLite takes it for a parameter: NaN is NULL."""
    return None if value != value else value  # noqa: PLR0124 - only NaN differs from itself


def lower(value: Cell) -> Cell:
    """`lower(value)`: the text with A-Z lowered."""
    return None if value is None else folded(as_text(value))


def folded(text: str) -> str:
    """The text with A-Z lowered, and no other letter."""
    if text.isascii():
        return text.lower()
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def json_value(cell: Cell, path: tuple[int | str, ...]) -> Cell:
    """`json_extract` with a path of member names and places in arrays."""
    if cell is None:
        return None
    found = _json(cell)
    for step in path:
        if isinstance(step, int):
            if not isinstance(found, list) or step >= len(found):
                return None
            found = found[step]
        elif isinstance(found, dict) and step in found:
            found = found[step]
        else:
            return None
    return _sql_value(found)


def json_items(cell: Cell) -> list[Cell]:
    """The values of `json_each(cell)`."""
    if cell is None:
        return []
    found = _json(cell)
    items = found.values() if isinstance(found, dict) else found
    return [_sql_value(item) for item in (items if isinstance(found, dict | list) else [found])]


def item_count(cell: Cell) -> Cell:
    """How many items: 0 for NULL and the empty text, 1 for any text that is no array."""
    if cell is None or cell == "":
        return 0
    if not (isinstance(cell, str) and cell.lstrip(" \t\r\n").startswith("[")):
        return 1
    return len(_json(cell))


def distance(lon_a: Cell, lat_a: Cell, lon_b: Cell, lat_b: Cell) -> Cell:
    """Kilometres between two points of a sphere, None where there are not two points."""
    points = [as_number(value) for value in (lon_a, lat_a, lon_b, lat_b)]
    numbers = [math.radians(value) for value in points if isinstance(value, int | float)]
    if len(numbers) < len(points):
        return None
    a, b, c, d = numbers
    try:
        cosine = math.cos(b) * math.cos(d) * math.cos(c - a) + math.sin(b) * math.sin(d)
        return 6371 * math.acos(min(1.0, cosine))
    except ValueError:  # infinite, or beyond where an arc has a cosine
        return None


def _read(text: str) -> int | float:
    # A whole number that fits is one exactly; the digits of others are bounded.
    if text.lstrip("+-").isdigit():
        whole = int(text) if len(text) <= 20 else INTEGER_LIMIT
        if -INTEGER_LIMIT <= whole < INTEGER_LIMIT:
            return whole
    if sum(character.isdigit() for character in text.lower().partition("e")[0]) > NUMBER_DIGITS_MAX:
        raise Undecided
    return float(text)


def _json(cell: Cell) -> Json:
    """The JSON value of a text in its one spelling: what repeats members, escapes without need or
    spells numbers otherwise is read differently by different readers."""
    text = as_text(cell)
    try:
        value = msgspec.json.decode(text)
        if json.encode(value) == text.encode():
            return value
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    raise Undecided


def _sql_value(value: Json) -> Cell:
    if isinstance(value, str):
        if "\x00" in value:
            raise Undecided
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        raise Undecided
    if isinstance(value, list | dict):
        return json.encode(value).decode()
    scalar: Cell = value
    return scalar
