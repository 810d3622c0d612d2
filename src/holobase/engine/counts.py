"""Totals of lists: a filtered count is the dearest read there is, so it is kept until a
collection that it reads has changed.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence

from holobase.domain.event import Event
from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.ports.statement import Statement
from holobase.ports.store import Store

KEPT_MAX = 10_000
"""Totals kept in memory."""


class Counts:
    """Counts rows, remembering each total with the state of the collections it was read from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._kept: OrderedDict[tuple[str, tuple[Cell, ...]], tuple[tuple[int, ...], int]] = (
            OrderedDict()
        )
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
            return int((await self._store.fetch(statement, values))[0][0])
        key = (statement.sql, values)
        state = tuple(self._changes[collection] for collection in sorted(reads))
        kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            return kept[1]
        rows = await self._store.fetch(statement, values)
        total = int(rows[0][0])
        self._kept[key] = (state, total)
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return total

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            self._changes[event.stream.partition("/")[0]] += 1
