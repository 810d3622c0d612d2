"""The promise of a console: one reading statement of a person over everything that is stored.

It cannot write, whatever the statement says, and takes bounded time and memory. A store's own
sentence about what is wrong with a statement is the point of asking.
"""

from dataclasses import dataclass
from typing import Protocol

SECONDS_MAX = 30.0
"""What a statement may take: more than a person waits for, and no open transaction of minutes."""

ROWS_MAX = 1_000
"""Rows that are given, as in PocketBase; the rest is left out."""

CELL_BYTES_MAX = 8 * 1024 * 1024
"""Longest value that a statement may make."""

ANSWER_BYTES_MAX = 32 * 1024 * 1024
"""What all rows together may hold."""

AT_ONCE_MAX = 2
"""Statements of one process that run at once; a further one is refused."""


@dataclass(frozen=True, slots=True)
class Found:
    """Columns, as name and declared type, and rows in which every value is a text or None."""

    columns: tuple[tuple[str, str], ...]
    rows: list[list[str | None]]


class Console(Protocol):
    """Statements as the store itself speaks them."""

    async def ask(self, sql: str) -> Found:
        """The first rows that a statement finds.

        Raises BadRequest for what is no single reading statement or fails, with the store's
        sentence as its detail, and Unavailable past the time limit.
        """
