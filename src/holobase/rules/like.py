"""How the right side of `~` becomes a LIKE pattern."""

import re
from typing import Final

PATTERN_BYTES_MAX: Final = 50_000
"""Longest pattern; SQLite refuses longer ones. What a client sends or a field holds may be longer:
then nothing fits."""

_UNESCAPED_PERCENT = re.compile(r"(?:[^\\%]|\\.)*+%", re.DOTALL)
_SPECIAL = re.compile(r"\\[\\%_]|[\\%_]")


def like_pattern(value: str) -> str | None:
    """The pattern for a bound value, with a backslash as the escape character; None where it would
    be too long.

    A value with an unescaped `%` is a pattern already. Any other is what the text must contain:
    what is not escaped yet is escaped, and `%` put around it.
    """
    if len(value) > PATTERN_BYTES_MAX:
        return None
    pattern = value if _UNESCAPED_PERCENT.match(value) else f"%{_escape(value)}%"
    return pattern if fits(pattern) else None


def fits(pattern: str) -> bool:
    """Whether the pattern is no longer than any may be."""
    return len(pattern.encode("utf-8", "surrogatepass")) <= PATTERN_BYTES_MAX


def _escape(value: str) -> str:
    return _SPECIAL.sub(lambda found: found[0] if len(found[0]) == 2 else "\\" + found[0], value)
