"""Totals of lists: a filtered count is the dearest read there is, so it is kept until a
collection that it reads has changed, and who asks for it while it is counted waits for that.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from holobase.domain.event import Event
from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.engine.kept import Kept
from holobase.ports.statement import Statement
from holobase.ports.store import Store

KEPT_MAX = 10_000
"""Totals kept in memory."""

KEPT_LENGTH_MAX = 16_000_000
"""Characters of the statements and values that they are kept under."""

_Key: TypeAlias = tuple[str, tuple[Cell, ...]]
_State: TypeAlias = tuple[int, ...]


class Counts:
    """Counts rows, remembering each total with the state of the collections it was read from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._kept = Kept[tuple[_State, int]](KEPT_MAX, KEPT_LENGTH_MAX)
        self._counting: dict[tuple[_Key, _State], asyncio.Task[int]] = {}
        store.subscribe(self._on_events)

    async def count(
        self, statement: Statement, reads: frozenset[str] | None, request: Request
    ) -> int:
        """The number that a count statement gives now. `reads`: ids of the collections in it, None
        where it may give another although none of them has changed.

        The request must have caught up with the store, so that changes elsewhere have been told.
        """
        values = statement.bind(request)
        if reads is None:
            return await self._read(statement, values)
        key = (statement.sql, values)
        state = tuple(self._changes[collection] for collection in sorted(reads))
        if key in self._kept:
            kept_state, total = self._kept[key]
            if kept_state == state:
                return total
        counting = self._counting.get((key, state))
        if counting is None:
            counting = asyncio.create_task(self._count(statement, values, state))
            self._counting[key, state] = counting
            counting.add_done_callback(lambda _: self._counting.pop((key, state), None))
        return await asyncio.shield(counting)  # who waits no longer does not end it for others

    async def _count(self, statement: Statement, values: tuple[Cell, ...], state: _State) -> int:
        total = await self._read(statement, values)
        self._kept[statement.sql, values] = (state, total)
        return total

    async def _read(self, statement: Statement, values: tuple[Cell, ...]) -> int:
        return int((await self._store.fetch(statement, values))[0][0])

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            self._changes[event.stream.partition("/")[0]] += 1
