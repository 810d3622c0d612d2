"""When a schedule is due: the domain's five fields as a trigger of APScheduler.

The trigger counts weekdays from Monday and refuses steps past a range, where crontabs count from
Sunday and do not; so each field is handed over as the list of its values.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from holobase.domain.schedule import BOUNDS

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
ANY: Final = "*"

SCHEDULES_MAX = 100
"""Schedules that are kept as triggers; making one takes a tenth of a millisecond."""


def next_moment(expression: str, after: int) -> int | None:
    """The first moment past another at which a schedule is due, both in Unix seconds; None where
    it never is, which takes a fifth of a second to find out."""
    start = datetime.fromtimestamp(after + 1, UTC)
    due: datetime | None = _trigger(expression).get_next_fire_time(None, start)
    return None if due is None else int(due.timestamp())


@lru_cache(maxsize=SCHEDULES_MAX)
def _trigger(expression: str) -> "CronTrigger":
    # Imported here, because no start has to wait for it.
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415

    minute, hour, day, month, weekday = (
        _values(field, *bounds) for field, bounds in zip(expression.split(" "), BOUNDS, strict=True)
    )
    return CronTrigger(
        minute=_listed(minute),
        hour=_listed(hour),
        day=_listed(day),
        month=_listed(month),
        day_of_week=ANY if weekday is None else ",".join(WEEKDAYS[n] for n in sorted(weekday)),
        timezone=UTC,
    )


def _values(field: str, least: int, most: int) -> set[int] | None:
    """The values of a field that is one, None where all are."""
    if field == ANY:
        return None
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start, end = (least, most) if first == ANY else (int(first), int(last or first))
        found.update(range(start, end + 1, int(step or 1)))
    return found


def _listed(values: set[int] | None) -> str:
    return ANY if values is None else ",".join(map(str, sorted(values)))
