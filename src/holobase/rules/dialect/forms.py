"""What becomes of a cell before it is bound, for a dialect that is told the types of parameters.

Numbers are told to PostgreSQL as float64. A value whose type only the request knows is *tagged*:
a text that sorts as SQLite sorts such values, numbers by size before texts by their bytes.
`hb_tagged` in the PostgreSQL adapter's `functions.sql` makes the same of values in the database.
"""

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from holobase.domain.fields import Cell
from holobase.rules.predicate_cells import folded

MATCHES_NOTHING: Final = "A"
"""A pattern that no lower-cased text is like."""

_NUMBER = re.compile(
    r"[ \t-\r]*+([+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)([ \t-\r]*+)"
)
_COMPLEMENT = str.maketrans("0123456789abcdef", "fedcba9876543210")


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """`bind` makes what is bound of a cell, `sql_type` is its type there."""

    bind: Callable[[Cell], Cell]
    sql_type: str


def _same(cell: Cell) -> Cell:
    return cell


def _flag(cell: Cell) -> int:
    return 1 if cell else 0


def text(cell: Cell) -> str | None:
    """The text SQLite makes of a value.

    U+0000, which PostgreSQL cannot hold, becomes U+0001: no text in a column has either's meaning.
    """
    if isinstance(cell, str):
        return cell.replace("\x00", "\x01") if "\x00" in cell else cell
    if isinstance(cell, float):
        return _digits(cell)
    return None if cell is None else str(int(cell))


def number(cell: Cell) -> float | None:
    """The number a number column is compared with: what is none is greater than all."""
    if isinstance(cell, str):
        found = _NUMBER.fullmatch(cell)
        return float(found[1]) if found else math.inf
    return _float(cell)


def _cast(cell: Cell) -> float | None:
    if isinstance(cell, str):
        found = _NUMBER.match(cell)
        return float(found[1]) if found else 0.0
    return _float(cell)


def tagged(cell: Cell) -> str | None:
    """The value as a text that sorts like it."""
    if isinstance(cell, str):
        return f"t{text(cell)}"
    value = _float(cell)
    if value is None:
        return None
    bits = struct.pack(">d", value + 0.0).hex()
    return f"-{bits.translate(_COMPLEMENT)}" if value < 0 else f"0{bits}"


def _pattern(cell: Cell) -> str | None:
    written = text(cell)
    if written is None:
        return None
    is_open = (len(written) - len(written.rstrip("\\"))) % 2 == 1
    return MATCHES_NOTHING if is_open else folded(written)


def _time(cell: Cell) -> str | None:
    return repr(cell) if isinstance(cell, float) and cell == cell else text(cell)  # noqa: PLR0124


def _float(cell: Cell) -> float | None:
    if cell is None or cell != cell:  # noqa: PLR0124 - SQLite takes NaN for NULL
        return None
    try:
        return float(cell)
    except OverflowError:
        return math.copysign(math.inf, -1 if cell < 0 else 1)  # type: ignore[operator]


def _digits(value: float) -> str | None:
    if not math.isfinite(value):
        return None if value != value else "Inf" if value > 0 else "-Inf"  # noqa: PLR0124
    scientific = f"{value:.16e}"
    # Of 17 digits SQLite drops those that are the noise of a shorter decimal.
    noise = scientific.lstrip("-").replace(".", "")
    places = 13 if noise[14:16] == "99" else 12 if noise[13:16] == "000" else 16
    if float(shorter := f"{value:.{places}e}") == value:
        scientific = shorter
    mantissa, _, power = scientific.partition("e")
    sign, digits = "-" * (value < 0), mantissa.lstrip("-").replace(".", "").rstrip("0") or "0"
    point = int(power) + 1
    if not -3 <= point <= 17:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}e{int(power):+03d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    digits = digits.ljust(point, "0")
    return f"{sign}{digits[:point]}.{digits[point:] or '0'}"


READY: Final = Form(_same, "")
"""Of a constant, which was made what is bound when it was compiled."""

WHOLE: Final = Form(_same, "bigint")
PLACE: Final = Form(_same, "int")
FLAG: Final = Form(_flag, "smallint")
TEXT: Final = Form(text, "text")
NUMBER: Final = Form(number, "float8")
CAST: Final = Form(_cast, "float8")
ANY: Final = Form(tagged, "text")
PATTERN: Final = Form(_pattern, "text")
TIME: Final = Form(_time, "text")
