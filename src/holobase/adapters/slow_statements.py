"""Statements of commands that took too long. A rule that asks a heavy view is an example: all other
writes wait while it is checked, so it is broken off, and refused at once for a while."""

import time

from holobase.domain.errors import TooSlow

REFUSED_SECONDS = 5.0
"""How long a statement that took too long is refused without being tried again."""

REMEMBERED_MAX = 1_000
"""Statements remembered; they are forgotten all at once."""


class SlowStatements:
    """The memory of one writer."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def check(self, sql: str) -> None:
        """Raises TooSlow for a statement that took too long a moment ago."""
        if self._until and self._until.get(sql, 0.0) > time.monotonic():
            raise TooSlow("the statement took too long a moment ago")

    def note(self, sql: str) -> TooSlow:
        """Keeps in mind that a statement took too long; the error to raise."""
        if len(self._until) >= REMEMBERED_MAX:
            self._until.clear()
        self._until[sql] = time.monotonic() + REFUSED_SECONDS
        return TooSlow("the statement of a command took too long")
