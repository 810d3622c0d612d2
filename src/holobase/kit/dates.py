"""The one date format of the wire, `2024-01-31 12:00:00.000Z`, and what clients write instead.

The empty text is the zero date. All times are UTC, truncated to milliseconds.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

ZERO = ""

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_OTHER_FORMATS = (  # RFC 822/850/1123, ANSI C, Unix date and the plain "02 Jan 2006"
    "%d %b %y %H:%M %Z",
    "%d %b %y %H:%M %z",
    "%A, %d-%b-%y %H:%M:%S %Z",
    "%a, %d %b %Y %H:%M:%S %Z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %Z %Y",
    "%d %b %Y",
)


def from_milliseconds(milliseconds: int) -> str:
    """The wire text of a Unix time in milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest:03d}Z".rjust(24, "0")


def from_datetime(moment: datetime) -> str:
    """The wire text of an aware datetime, or the zero date where UTC cannot hold it."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return ZERO
    text = utc.strftime("%m-%d %H:%M:%S")
    if utc.year == 1 and text == "01-01 00:00:00" and utc.microsecond < 1000:
        return ZERO
    return f"{utc.year:04d}-{text}.{utc.microsecond // 1000:03d}Z"


def rfc3339(text: str) -> str:
    """A date in the wire's spelling as RFC 3339, without trailing zeros of a second."""
    return text[:-1].rstrip("0").removesuffix(".").replace(" ", "T") + "Z"


def normalise(text: str) -> str:
    """The wire text of a date in any of the accepted forms; `""` for anything else."""
    match = _ISO.fullmatch(text)
    moment = _from_iso(match) if match else _from_other(text)
    return ZERO if moment is None else from_datetime(moment)


def _from_iso(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            tzinfo=_zone(zone),
        )
    except ValueError:
        return None


def _zone(text: str | None) -> timezone:
    if text in (None, "Z", "UTC"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def _from_other(text: str) -> datetime | None:
    for form in _OTHER_FORMATS:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set below
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
