"""What one comparison of two values comes to in memory: true, false or unknown (None), as in SQL.

Follows `compare` condition by condition; there is the reason for each.
"""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from holobase.domain.fields import Cell
from holobase.rules.operands import Fill, Operand
from holobase.rules.predicate_cells import Affinity, as_number, as_text
from holobase.rules.predicate_like import like

Compare: TypeAlias = Callable[[Cell, Cell], bool | None]


def comparing(
    operator: str, left: Operand, left_affinity: Affinity, right: Operand, right_affinity: Affinity
) -> Compare:
    """The comparison of a value of each side. The right side of `~` is a pattern."""
    plain = operator.removeprefix("?")
    if plain in ("~", "!~"):
        return _like if plain == "~" else _not_like
    affinities = (left_affinity, right_affinity)
    if plain in ("=", "!="):
        return _equality(plain == "=", left, right, affinities)
    return _converted(_ORDERS[plain], *affinities)


def _equality(
    is_equal: bool, left: Operand, right: Operand, affinities: tuple[Affinity, Affinity]
) -> Compare:
    fills = (left.fill, right.fill)
    if left.is_strict or right.is_strict:
        return _converted(_is if is_equal else _is_not, *affinities)
    if fills == (Fill.EMPTY, Fill.EMPTY):
        return lambda _a, _b: is_equal
    if Fill.FILLED in fills:
        return _converted(_equal if is_equal else _is_not, *affinities)
    if left.fill is Fill.EMPTY:
        return lambda _, b: (b is None or b == "") is is_equal
    if right.fill is Fill.EMPTY:
        return lambda a, _: (a is None or a == "") is is_equal
    if fills == (Fill.UNKNOWN, Fill.REQUEST):
        return _against_request(is_equal, affinities[0])
    if fills == (Fill.REQUEST, Fill.UNKNOWN):
        swapped = _against_request(is_equal, affinities[1])
        return lambda a, b: swapped(b, a)
    return _same_or_empty if is_equal else _different_or_empty


def _against_request(is_equal: bool, affinity: Affinity) -> Compare:
    """A column against a value of the request, which is a plain one once it may be empty."""
    same, differs = _converted(_equal, affinity), _converted(_is_not, affinity)

    def equal(column: Cell, value: Cell) -> bool | None:
        if column is None:
            return True if value is None or value == "" else None
        return same(column, "" if value is None else value)

    def different(column: Cell, value: Cell) -> bool | None:
        if column is None:
            return not (value is None or value == "")
        return differs(column, "" if value is None else value)

    return equal if is_equal else different


def _converted(compare: Compare, left: Affinity, right: Affinity = Affinity.NONE) -> Compare:
    """The comparison of values as the affinities of both sides convert them."""
    if Affinity.NUMERIC in (left, right):
        return lambda a, b: compare(as_number(a), as_number(b))
    if {left, right} == {Affinity.TEXT, Affinity.NONE}:
        return lambda a, b: compare(a, b) if a.__class__ is b.__class__ else _texts(compare, a, b)
    return compare


def _texts(compare: Compare, a: Cell, b: Cell) -> bool | None:
    # Only a text makes the other side a text.
    if isinstance(a, str) and isinstance(b, int | float):
        return compare(a, as_text(b))
    if isinstance(b, str) and isinstance(a, int | float):
        return compare(as_text(a), b)
    return compare(a, b)


def _is(a: Cell, b: Cell) -> bool:
    return a == b


def _is_not(a: Cell, b: Cell) -> bool:
    return a != b


def _equal(a: Cell, b: Cell) -> bool | None:
    return None if a is None or b is None else a == b


def _same_or_empty(a: Cell, b: Cell) -> bool:
    return ("" if a is None else a) == ("" if b is None else b)


def _different_or_empty(a: Cell, b: Cell) -> bool:
    return not _same_or_empty(a, b)


def _ordered(order: Callable[[Any, Any], bool]) -> Compare:
    def compare(a: Cell, b: Cell) -> bool | None:
        if a is None or b is None:
            return None
        if isinstance(a, str) is isinstance(b, str):
            return order(a, b)
        return order(isinstance(a, str), isinstance(b, str))  # numbers come before texts

    return compare


_ORDERS = {"<": _ordered(lt), "<=": _ordered(le), ">": _ordered(gt), ">=": _ordered(ge)}


def _like(text: Cell, pattern: Cell) -> bool | None:
    return None if text is None or pattern is None else like(as_text(text), as_text(pattern))


def _not_like(text: Cell, pattern: Cell) -> bool | None:
    found = _like(text, pattern)
    return None if found is None else not found
