"""The promise of a place for request logs, apart from the data: what is slow or broken here slows
or breaks nothing else.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from holobase.domain.fields import Cell
from holobase.domain.request_logs import Entry
from holobase.ports.statement import Statement


class RequestLog(Protocol):
    """Entries in the order in which they were written, in a table laid out like one of records
    (see `domain.request_logs.ENTRIES`). Everything may raise Unavailable or OSError."""

    async def write(self, entries: Sequence[Entry]) -> None:
        """Adds entries, but for those whose ids are there already. They survive the end of the
        process, not a power cut."""

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query over the table."""

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows. Raises Unavailable past the read time limit."""

    async def trim(self, before: str, below: int) -> None:
        """Deletes what was created before a date, and what is less serious than a level."""

    async def clear(self) -> None:
        """Deletes everything."""

    async def close(self) -> None:
        """Lets go of everything."""
