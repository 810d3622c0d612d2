"""The one date format of the wire, `2024-01-31 12:00:00.000Z`, and what clients write instead.

The empty text is the zero date. All times are UTC, truncated to milliseconds; the years are 1 to
9999, so texts of this format sort as the moments do.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

ZERO = ""

_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_FIRST_MOMENT = "0001-01-01 00:00:00.000Z"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = rf"(?P<month_name>(?i:{'|'.join(_MONTHS)}))"
_DAY_NAME = r"(?i:mon|tue|wed|thu|fri|sat|sun)"
_LONG_DAY_NAME = r"(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_DAY = r"(?P<day>[0-9]{2})"
_YEAR = r"(?P<year>[0-9]{4})"
_SHORT_YEAR = r"(?P<short_year>[0-9]{2})"
_ISO_DATE = rf"{_YEAR}-(?P<month>[0-9]{{2}})-{_DAY}"
_MINUTES = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
_TIME = rf"{_MINUTES}:(?P<second>[0-9]{{2}})(?:[.,](?P<fraction>[0-9]+))?"
_OFFSET = r"(?P<offset>[+-][0-9]{4})"
_ISO_OFFSET = r"(?P<offset>[+-][0-9]{2}:?[0-9]{2})"
# Abbreviations name no offset that everybody agrees on: they are accepted and mean UTC.
_ABBREVIATION = r"[A-Z]{3,4}"

_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_ISO_DATE}(?:T{_TIME}(?:Z|{_ISO_OFFSET})?)?",
        rf"{_ISO_DATE} +{_TIME}(?:Z| *{_ISO_OFFSET}(?: {_ABBREVIATION})?)?",
        rf"{_DAY} {_MONTH_NAME} {_YEAR}",
        rf"{_DAY} {_MONTH_NAME} {_SHORT_YEAR} {_MINUTES} (?:{_OFFSET}|{_ABBREVIATION})",
        rf"{_LONG_DAY_NAME}, {_DAY}-{_MONTH_NAME}-{_SHORT_YEAR} {_TIME} {_ABBREVIATION}",
        rf"{_DAY_NAME}, {_DAY} {_MONTH_NAME} {_YEAR} {_TIME} (?:{_OFFSET}|{_ABBREVIATION})",
        rf"{_DAY_NAME} {_MONTH_NAME} +(?P<day>[0-9]{{1,2}}) {_TIME}"
        rf"(?: {_OFFSET}| {_ABBREVIATION})? {_YEAR}",
    )
)
"""ISO 8601 and RFC 3339, the plain date, RFC 822, RFC 850, RFC 1123, ANSI C and Unix."""

SECONDS_KEPT_MAX = 64
"""Texts of seconds that are kept: what is written in a second carries the same one."""

LENGTH_MAX = 100
"""No accepted form needs more characters, a fraction of a second aside."""


def from_milliseconds(milliseconds: int) -> str:
    """The wire text of a Unix time in milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{_second(seconds)}.{rest:03}Z"
    return ZERO if text == _FIRST_MOMENT else text


@lru_cache(maxsize=SECONDS_KEPT_MAX)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(" ")


def from_datetime(moment: datetime) -> str:
    """The wire text of an aware datetime, or the zero date where UTC cannot hold it."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return ZERO
    text = f"{utc.replace(tzinfo=None).isoformat(' ', 'milliseconds')}Z"
    return ZERO if text == _FIRST_MOMENT else text


def rfc3339(text: str) -> str:
    """A date in the wire's spelling as RFC 3339, without trailing zeros of a second."""
    return text[:-1].rstrip("0").removesuffix(".").replace(" ", "T") + "Z"


def normalise(text: str) -> str:
    """The wire text of a date in any of the accepted forms; `""` for anything else."""
    if _CANONICAL.fullmatch(text):
        return text if _exists(text) and text != _FIRST_MOMENT else ZERO
    if len(text) > LENGTH_MAX:
        return ZERO
    for form in _FORMS:
        if match := form.fullmatch(text):
            moment = _moment(match.groupdict())
            return ZERO if moment is None else from_datetime(moment)
    return ZERO


def _exists(canonical: str) -> bool:
    try:
        datetime.fromisoformat(canonical)
    except ValueError:
        return False
    return True


def _moment(parts: dict[str, str | None]) -> datetime | None:
    try:
        return datetime(
            _year(parts),
            _month(parts),
            int(parts["day"] or 0),
            int(parts.get("hour") or 0),
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
            int((parts.get("fraction") or "0").ljust(6, "0")[:6]),
            tzinfo=_zone(parts.get("offset")),
        )
    except (ValueError, OverflowError):
        return None


def _year(parts: dict[str, str | None]) -> int:
    if short := parts.get("short_year"):
        # POSIX: 69 to 99 are of the twentieth century.
        return int(short) + (1900 if int(short) >= 69 else 2000)
    return int(parts["year"] or 0)


def _month(parts: dict[str, str | None]) -> int:
    if name := parts.get("month_name"):
        return _MONTHS.index(name.lower()) + 1
    return int(parts["month"] or 0)


def _zone(offset: str | None) -> timezone:
    if offset is None:
        return UTC
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))
