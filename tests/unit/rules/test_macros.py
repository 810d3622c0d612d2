"""The date macros at chosen moments."""

from datetime import UTC, datetime

import pytest

from holobase.rules import parameter
from holobase.rules.macros import MACROS
from tests.unit.rules import world


def _at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("@now", "2024-02-25 13:14:15.016Z"),
        ("@yesterday", "2024-02-24 13:14:15.016Z"),
        ("@tomorrow", "2024-02-26 13:14:15.016Z"),
        ("@todayStart", "2024-02-25 00:00:00.000Z"),
        ("@todayEnd", "2024-02-25 23:59:59.999Z"),
        ("@monthStart", "2024-02-01 00:00:00.000Z"),
        ("@monthEnd", "2024-02-29 23:59:59.999Z"),
        ("@yearStart", "2024-01-01 00:00:00.000Z"),
        ("@yearEnd", "2024-12-31 23:59:59.999Z"),
        ("@second", 15),
        ("@minute", 14),
        ("@hour", 13),
        ("@day", 25),
        ("@month", 2),
        ("@weekday", 0),
        ("@year", 2024),
    ],
)
def test_a_macro_is_taken_from_the_requests_time(name: str, value: str | int) -> None:
    assert parameter(name, world.request(now=_at(2024, 2, 25, 13, 14, 15) + 16)) == value


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ((2023, 12, 31), "2023-12-31 23:59:59.999Z"),
        ((2023, 2, 1), "2023-02-28 23:59:59.999Z"),
        ((2023, 4, 30), "2023-04-30 23:59:59.999Z"),
    ],
)
def test_a_month_ends_on_its_last_day(moment: tuple[int, ...], end: str) -> None:
    assert parameter("@monthEnd", world.request(now=_at(*moment))) == end


def test_every_macro_has_a_value() -> None:
    assert all(parameter(name, world.request()) is not None for name in MACROS)
