"""The date macros: what each makes of the request's time. All in UTC."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from holobase.kit.dates import from_datetime


def _day_start(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _day_end(now: datetime) -> datetime:
    return now.replace(hour=23, minute=59, second=59, microsecond=999_000)


def _month_end(now: datetime) -> datetime:
    inside_next_month = now.replace(day=28) + timedelta(days=4)
    return _day_end(inside_next_month - timedelta(days=inside_next_month.day))


_DATES: Mapping[str, Callable[[datetime], datetime]] = {
    "@now": lambda now: now,
    "@yesterday": lambda now: now - timedelta(days=1),
    "@tomorrow": lambda now: now + timedelta(days=1),
    "@todayStart": _day_start,
    "@todayEnd": _day_end,
    "@monthStart": lambda now: _day_start(now.replace(day=1)),
    "@monthEnd": _month_end,
    "@yearStart": lambda now: _day_start(now.replace(month=1, day=1)),
    "@yearEnd": lambda now: _day_end(now.replace(month=12, day=31)),
}
_NUMBERS: Mapping[str, Callable[[datetime], int]] = {
    "@second": lambda now: now.second,
    "@minute": lambda now: now.minute,
    "@hour": lambda now: now.hour,
    "@day": lambda now: now.day,
    "@month": lambda now: now.month,
    "@weekday": lambda now: now.isoweekday() % 7,
    "@year": lambda now: now.year,
}

MACROS: Final = frozenset(_DATES) | frozenset(_NUMBERS)
"""The names of all macros."""


def macro_value(name: str, now_milliseconds: int) -> str | int:
    """The value of a macro at a moment."""
    seconds, milliseconds = divmod(now_milliseconds, 1000)
    now = datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
    if name in _DATES:
        return from_datetime(_DATES[name](now))
    return _NUMBERS[name](now)
