"""How the right side of `~` becomes a LIKE pattern."""

import re

_UNESCAPED_PERCENT = re.compile(r"(?:[^\\%]|\\.)*+%", re.DOTALL)
_SPECIAL = re.compile(r"\\[\\%_]|[\\%_]")


def like_pattern(value: str) -> str:
    """The pattern for a bound value, with a backslash as the escape character.

    A value with an unescaped `%` is a pattern already. Any other is what the text must contain:
    what is not escaped yet is escaped, and `%` put around it.
    """
    if _UNESCAPED_PERCENT.match(value):
        return value
    return f"%{_escape(value)}%"


def _escape(value: str) -> str:
    return _SPECIAL.sub(lambda found: found[0] if len(found[0]) == 2 else "\\" + found[0], value)
