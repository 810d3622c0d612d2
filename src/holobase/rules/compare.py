"""What one comparison means: its SQL for two operands, and its outcome for two known values."""

import re

import sqlalchemy as sa

from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.rules import dialect
from holobase.rules.operands import Fill, NeedsSql, Operand
from holobase.rules.place import Cells, Place

Condition = sa.ColumnElement[bool]

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


def condition(
    operator: str, left: Operand, left_place: Place, right: Operand, right_place: Place
) -> Condition:
    """The comparison as SQL; each side is read in its own place."""
    plain = operator.removeprefix("?")
    if plain in ("~", "!~"):
        like = dialect.Like if plain == "~" else dialect.NotLike
        return like(left.sql(left_place), right.pattern(right_place))
    if plain in ("=", "!="):
        return _equality(plain == "=", left, left.sql(left_place), right, right.sql(right_place))
    a, b = left.sql(left_place), right.sql(right_place)
    if plain == "<":
        return a < b
    if plain == "<=":
        return a <= b
    return a > b if plain == ">" else a >= b


def _equality(is_equal: bool, left: Operand, a: Cells, right: Operand, b: Cells) -> Condition:
    fills = (left.fill, right.fill)
    if left.is_strict or right.is_strict:
        return a.is_not_distinct_from(b) if is_equal else a.is_distinct_from(b)
    if fills == (Fill.EMPTY, Fill.EMPTY):
        return sa.true() if is_equal else sa.false()
    if Fill.FILLED in fills:
        return a == b if is_equal else a.is_distinct_from(b)
    if left.fill is Fill.EMPTY:
        return _emptiness(is_equal, right, b)
    if right.fill is Fill.EMPTY:
        return _emptiness(is_equal, left, a)
    if fills == (Fill.UNKNOWN, Fill.REQUEST):
        return _against_request(is_equal, a, b)
    if fills == (Fill.REQUEST, Fill.UNKNOWN):
        return _against_request(is_equal, b, a)
    a, b = _or_empty(a), _or_empty(b)
    return a == b if is_equal else a.is_distinct_from(b)


def _emptiness(is_equal: bool, operand: Operand, a: Cells) -> Condition:
    if operand.fill is Fill.REQUEST:
        return _or_empty(a) == _bound("") if is_equal else _or_empty(a) != _bound("")
    if is_equal:
        return sa.or_(a == _bound(""), a.is_(None))
    return sa.and_(a.is_distinct_from(_bound("")), a.is_not(None))


def _against_request(is_equal: bool, column: Cells, value: Cells) -> Condition:
    # The request decides whether the value is empty, so one statement has to serve both cases.
    # Written as an OR whose two sides can each use an index of the column.
    value = _or_empty(value)
    if is_equal:
        return sa.or_(column == value, sa.and_(value == _bound(""), column.is_(None)))
    return sa.and_(column.is_distinct_from(value), sa.or_(value != _bound(""), column.is_not(None)))


def _or_empty(clause: Cells) -> Cells:
    return sa.func.coalesce(clause, _bound(""))


def _bound(value: Cell) -> Cells:
    return sa.literal(value, sa.types.NullType())


def outcome(operator: str, left: Operand, right: Operand, request: Request) -> bool | None:
    """The comparison where the request alone decides it, else None."""
    a, b = left.value(request), right.value(request)
    plain = operator.removeprefix("?")
    if isinstance(a, NeedsSql) or isinstance(b, NeedsSql) or plain in ("~", "!~"):
        return None
    if left.is_numeric or right.is_numeric:
        a, b = _as_number(a), _as_number(b)
    if plain in ("=", "!="):
        same = (a in (None, "") and b in (None, "")) or (_sort_key(a) == _sort_key(b))
        return same if plain == "=" else not same
    if a is None or b is None:
        return False
    first, second = _sort_key(a), _sort_key(b)
    if plain == "<":
        return first < second
    if plain == "<=":
        return first <= second
    return first > second if plain == ">" else first >= second


def _as_number(value: Cell) -> Cell:
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _sort_key(value: Cell) -> tuple[int, float | int, bytes]:
    """Orders as SQLite does: NULL, numbers, texts by their bytes."""
    if value is None:
        return (0, 0, b"")
    if isinstance(value, int | float):
        return (1, value, b"")
    return (2, 0, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
