"""Schedules of repeated work: five fields of a crontab, or a macro such as `@daily`."""

import re

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""The five fields that each macro stands for."""

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
"""Least and largest value of minute, hour, day of the month, month, day of the week."""

_PART = re.compile(r"(?:\*|\+?([0-9]{1,9})(?:-\+?([0-9]{1,9}))?)(?:/\+?([0-9]{1,9}))?")


def is_schedule(text: str) -> bool:
    """Whether the text is a macro or five fields with one blank between them."""
    fields = MACROS.get(text, text).split(" ")
    return len(fields) == len(BOUNDS) and all(
        _is_part(part, *bounds)
        for field, bounds in zip(fields, BOUNDS, strict=True)
        for part in field.split(",")
    )


def _is_part(part: str, least: int, most: int) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    first, last, step = match.groups()
    if step is not None and not 1 <= int(step) <= most:
        return False
    if first is None:
        return True
    if last is None:
        return least <= int(first) <= most and int(step or 1) == 1
    return least <= int(first) <= int(last) <= most
