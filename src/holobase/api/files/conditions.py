"""What a request for a file asks besides its address: only if it has changed, or only parts of it.

Files have a time and no ETag, as in PocketBase.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

RANGES_MAX: Final = 16
"""Parts of one answer; who asks for more gets the whole, as the standard allows."""

HEADER_LENGTH_MAX: Final = 1_000
"""Longest `Range` that is looked at."""

_RANGE: Final = re.compile(r"\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to, not including, `end`."""

    start: int
    end: int

    def content_range(self, size: int) -> str:
        """The value of `Content-Range` for this part of so many bytes."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class Unsatisfiable(Exception):
    """No byte of what was asked for is there."""


def http_date(modified: int) -> str:
    """A moment in Unix milliseconds as HTTP writes it."""
    return formatdate(modified // 1000, usegmt=True)


def precondition(headers: Mapping[str, str], modified: int) -> int:
    """304 or 412 where the conditions of the request end it, else 200."""
    if_match = headers.get("if-match", "")
    if if_match and if_match.strip() != "*":
        return 412
    if not if_match and _is_later(modified, headers.get("if-unmodified-since", "")):
        return 412
    if_none_match = headers.get("if-none-match", "")
    if if_none_match.strip() == "*":
        return 304
    since = headers.get("if-modified-since", "")
    if not if_none_match and _seconds(since) is not None and not _is_later(modified, since):
        return 304
    return 200


def parts(headers: Mapping[str, str], size: int, modified: int) -> list[Part]:
    """The parts that are asked for; none where the whole is. Raises Unsatisfiable."""
    asked = headers.get("range", "")
    if not asked or len(asked) > HEADER_LENGTH_MAX:
        return []
    if_range = headers.get("if-range", "")
    if if_range and _seconds(if_range) != modified // 1000:
        return []
    if not asked.startswith("bytes="):
        raise Unsatisfiable
    matches = [_RANGE.fullmatch(text) for text in asked[6:].split(",") if text.strip()]
    if not all(matches):
        raise Unsatisfiable
    found = [part for match in matches if match and (part := _part(match[1], match[2], size))]
    if not found:
        if size == 0 and matches:
            return []
        raise Unsatisfiable
    if len(found) > RANGES_MAX or sum(part.end - part.start for part in found) > size:
        return []
    return found


def _part(first: str, last: str, size: int) -> Part | None:
    if not first and not last:
        raise Unsatisfiable
    if not first:
        return Part(max(size - int(last), 0), size) if int(last) and size else None
    if last and int(last) < int(first):
        raise Unsatisfiable
    start = int(first)
    return Part(start, min(int(last) + 1, size) if last else size) if start < size else None


def _is_later(modified: int, date: str) -> bool:
    """Whether the file is newer than a date of a header; no for what is no date."""
    seconds = _seconds(date)
    return seconds is not None and modified // 1000 > seconds


def _seconds(date: str) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
