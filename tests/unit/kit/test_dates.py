"""Dates: every accepted form, and the one form they all become."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.kit import dates


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2022-01-01 11:23:45.678Z", "2022-01-01 11:23:45.678Z"),
        ("2022-01-01 11:23:45.678", "2022-01-01 11:23:45.678Z"),
        ("2022-01-01 11:23:45,678Z", "2022-01-01 11:23:45.678Z"),
        ("2022-01-01T11:23:45Z", "2022-01-01 11:23:45.000Z"),
        ("2022-01-01T11:23:45.6789999Z", "2022-01-01 11:23:45.678Z"),
        ("2022-01-01 11:23:45.67899999999999Z", "2022-01-01 11:23:45.678Z"),
        ("2022-01-01", "2022-01-01 00:00:00.000Z"),
        ("2024-02-29", "2024-02-29 00:00:00.000Z"),
        ("2022-01-01 1:02:03", "2022-01-01 01:02:03.000Z"),
        ("2022-01-01  11:23:45", "2022-01-01 11:23:45.000Z"),
        ("2022-01-01 11:23:45+02:00", "2022-01-01 09:23:45.000Z"),
        ("2022-01-01 11:23:45 +02:00", "2022-01-01 09:23:45.000Z"),
        ("2022-01-01 11:23:45 +0200 CEST", "2022-01-01 09:23:45.000Z"),
        ("2022-01-01T11:23:45-0730", "2022-01-01 18:53:45.000Z"),
        ("2022-01-01 00:00:00+01:00", "2021-12-31 23:00:00.000Z"),
        ("02 Jan 2006", "2006-01-02 00:00:00.000Z"),
        ("02 Jan 06 15:04 MST", "2006-01-02 15:04:00.000Z"),
        ("02 Jan 68 15:04 -0700", "2068-01-02 22:04:00.000Z"),
        ("02 Jan 69 15:04 GMT", "1969-01-02 15:04:00.000Z"),
        ("Monday, 02-Jan-06 15:04:05 MST", "2006-01-02 15:04:05.000Z"),
        ("mon, 02 jan 2006 15:04:05 GMT", "2006-01-02 15:04:05.000Z"),
        ("Mon, 02 Jan 2006 15:04:05 -0700", "2006-01-02 22:04:05.000Z"),
        ("Mon Jan  2 15:04:05 2006", "2006-01-02 15:04:05.000Z"),
        ("Mon Jan  2 15:04:05 CET 2006", "2006-01-02 15:04:05.000Z"),
        ("Mon Jan 02 15:04:05 -0700 2006", "2006-01-02 22:04:05.000Z"),
    ],
)
def test_a_date_is_read_in_the_forms_clients_write(text: str, canonical: str) -> None:
    assert dates.normalise(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "invalid",
        "2022-01-01 11:23",
        "2022-01-01 11:23:45.Z",
        "2022-01-01 11:23:45z",
        "2022-01-01t11:23:45Z",
        "2022-01-01 11:23:45 UTC",
        "2022-01-01T11:23:45 +0200",
        "2022-01-01 11:23:45+02",
        "2022-01-01 11:23:45+25:00",
        " 2022-01-01",
        "2022-01-01 ",
        "2022-01-01\n",
        "2022-02-29",
        "2022-02-29 00:00:00.000Z",
        "2022-01-01 24:00:00",
        "2022-01-01 23:59:60.000Z",
        "2022-1-1",
        "2022",
        "2022-01",
        "20220101",
        "2022/01/01",
        "1640995200",
        "10000-01-01",
        "0000-01-01",
        "9999-12-31 23:59:59-01:00",
        "0001-01-01 00:00:00+01:00",
        "0001-01-01 00:00:00Z",
        "0001-01-01 00:00:00.000Z",
        "2 Jan 2006",
        "02 January 2006",
        "\uff12022-01-01",
        "2022-01-01 11:23:45." + "1" * 100_000,
    ],
)
def test_anything_else_is_the_zero_date(text: str) -> None:
    assert dates.normalise(text) == dates.ZERO


MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the zones are drawn apart
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(MOMENTS)
def test_a_moment_keeps_its_milliseconds_whatever_its_zone(moment: datetime) -> None:
    text = dates.from_datetime(moment)
    assert len(text) == 24
    assert dates.normalise(text) == text
    assert dates.normalise(moment.isoformat()) == text
    truncated = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert datetime.fromisoformat(text) == truncated


@given(MOMENTS, MOMENTS)
def test_texts_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    assert dates.from_datetime(earlier) <= dates.from_datetime(later)


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,+\-Z ]*"))
def test_normalising_never_fails_and_is_stable(text: str) -> None:
    once = dates.normalise(text)
    assert dates.normalise(once) == once


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01 00:00:00.000Z"),
        (1_706_702_400_007, "2024-01-31 12:00:00.007Z"),
        (-1, "1969-12-31 23:59:59.999Z"),
    ],
)
def test_unix_milliseconds_become_dates(milliseconds: int, text: str) -> None:
    assert dates.from_milliseconds(milliseconds) == text


def test_moments_that_utc_cannot_hold_are_the_zero_date() -> None:
    east = timezone(timedelta(hours=1))
    assert dates.from_datetime(datetime(1, 1, 1, tzinfo=east)) == dates.ZERO
    assert dates.from_datetime(datetime(1, 1, 1, tzinfo=UTC)) == dates.ZERO


@pytest.mark.parametrize(
    ("text", "rfc3339"),
    [
        ("2020-01-01 00:00:00.000Z", "2020-01-01T00:00:00Z"),
        ("2020-01-01 00:00:00.500Z", "2020-01-01T00:00:00.5Z"),
        ("2020-01-01 00:00:10.000Z", "2020-01-01T00:00:10Z"),
    ],
)
def test_rfc_3339_drops_the_zeros_of_a_fraction(text: str, rfc3339: str) -> None:
    assert dates.rfc3339(text) == rfc3339
