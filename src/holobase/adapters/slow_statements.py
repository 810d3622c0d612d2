"""Statements that took too long. A rule that asks a heavy view is an example: all other writes wait
while it is checked, so it is broken off, and refused at once for a while. Of reads it is remembered
too, so that they begin where they do not hold up others."""

import time

from holobase.domain.errors import TooSlow

REFUSED_SECONDS = 5.0
"""How long a statement that took too long is refused without being tried again, for whatever
values: whoever sends others each time could else hold up all writes for good."""

REMEMBERED_MAX = 1_000
"""Statements remembered; they are forgotten all at once, and each is tried anew."""


class Remembered:
    """Statements, each for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def __contains__(self, sql: str) -> bool:
        return bool(self._until) and self._until.get(sql, 0.0) > time.monotonic()

    def add(self, sql: str) -> None:
        """Remembers it from now on."""
        if len(self._until) >= REMEMBERED_MAX:
            self._until.clear()
        self._until[sql] = time.monotonic() + self._seconds

    def discard(self, sql: str) -> None:
        """Forgets it, if it is remembered."""
        self._until.pop(sql, None)


class SlowStatements:
    """The memory of one writer."""

    def __init__(self) -> None:
        self._refused = Remembered(REFUSED_SECONDS)

    def check(self, sql: str) -> None:
        """Raises TooSlow for a statement that took too long a moment ago."""
        if sql in self._refused:
            raise TooSlow("the statement took too long a moment ago")

    def note(self, sql: str) -> TooSlow:
        """Keeps in mind that a statement took too long; the error to raise."""
        self._refused.add(sql)
        return TooSlow("the statement of a command took too long")
