"""When schedules are due, against a plain reading of their five fields minute by minute."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holobase.domain.schedule import BOUNDS, is_schedule
from holobase.runtime.moments import next_moment

START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
MINUTE = 60


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("* * * * *", "2026-11-29 18:00:00", "2026-11-29 18:01:00"),
        ("* * * * *", "2026-11-29 18:00:59", "2026-11-29 18:01:00"),
        ("0 */6 * * *", "2026-11-29 18:00:00", "2026-11-30 00:00:00"),
        ("0 0 29 2 *", "2026-11-29 18:00:00", "2028-02-29 00:00:00"),
        ("0 0 * * 0", "2026-11-28 00:00:00", "2026-11-29 00:00:00"),  # a Sunday
        ("0 0 * * 1-5", "2026-11-28 00:00:00", "2026-11-30 00:00:00"),
        ("0 0 13 * 5", "2026-11-28 00:00:00", "2027-08-13 00:00:00"),  # both must fit
        ("5,+10-20/20 * * * *", "2026-11-29 18:06:00", "2026-11-29 18:10:00"),
    ],
)
def test_schedules_are_due(expression: str, after: str, due: str) -> None:
    assert is_schedule(expression)
    assert next_moment(expression, at(after)) == at(due)


def test_a_day_that_no_calendar_has_never_comes() -> None:
    assert next_moment("0 0 31 2 *", START) is None


def _fields() -> st.SearchStrategy[str]:
    def field(least: int, most: int) -> st.SearchStrategy[str]:
        values = st.integers(least, most)
        spans = st.tuples(values, values).map(lambda two: f"{min(two)}-{max(two)}")
        steps = st.integers(1, most)
        part = st.one_of(
            st.just("*"),
            values.map(str),
            spans,
            st.tuples(spans, steps).map(lambda both: f"{both[0]}/{both[1]}"),
            steps.map(lambda step: f"*/{step}"),
        )
        return st.lists(part, min_size=1, max_size=3).map(",".join)

    return st.tuples(*(field(*bounds) for bounds in BOUNDS)).map(" ".join)


def _holds(field: str, value: int, least: int) -> bool:
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{least}-99" if span == "*" else span).partition("-")
        if int(first) <= value <= int(last or first) and not (value - int(first)) % int(step or 1):
            return True
    return False


@given(_fields(), st.integers(0, 500_000))
@settings(max_examples=60, deadline=None)
def test_the_next_moment_is_the_first_that_fits(expression: str, minutes: int) -> None:
    assert is_schedule(expression)
    after = START + minutes * MINUTE
    found = next_moment(expression, after)
    for moment in range(after + MINUTE, after + 2_000 * MINUTE, MINUTE):
        day = datetime.fromtimestamp(moment, UTC)
        parts = (day.minute, day.hour, day.day, day.month, day.isoweekday() % 7)
        fits = all(
            _holds(field, value, least)
            for field, value, (least, _) in zip(expression.split(" "), parts, BOUNDS, strict=True)
        )
        if fits:
            assert found == moment
            return
    assert found is None or found >= after + 2_000 * MINUTE
