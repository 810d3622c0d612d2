"""The moment that a change is judged in: everything as it is now, but for the record itself, which
is as the event left it, and, for a deletion, what was written together with it, which is as it was
before.
"""

from typing import Any

import sqlalchemy as sa

from holobase.domain.event import DELETED, Event
from holobase.domain.fields import Cell
from holobase.domain.record import Record
from holobase.engine.access import stored_cells
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.realtime.history import History
from holobase.engine.realtime.transactions import written_with
from holobase.ports.statement import Statement
from holobase.ports.store import Past, Store
from holobase.rules import ById, Cells, Found, Wanted

Key = tuple[str, str]
"""Collection and id of a record."""


class Moment:
    """Keeps `ports.store.Reads`; what it was asked once it knows."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        history: History,
        event: Event,
        record: Record,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._history = history
        self._event = event
        self._past: dict[str, Past] | None = None
        self._found: dict[tuple[str, str, str], Found] = {}
        self.record = record

    def statement(self, query: sa.Select[Any]) -> Statement:
        """Compiles a query to the store's SQL."""
        return self._store.statement(query)

    async def fetch(self, statement: Statement, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        """All rows, of this moment."""
        past = await self._everything()
        read = [each for each in past.values() if each.collection.name in statement.sql]
        if read:
            return await self._store.fetch_past(statement, values, read)
        return await self._store.fetch(statement, values)

    async def rows(self, wanted: Wanted) -> Found | None:
        """The rows that a rule wants to see; None where there may be any number of them."""
        definition = self._catalogue.by_id(wanted.collection.id)
        if definition is None:
            return None
        field = "id"
        if not isinstance(wanted, ById):
            if not wanted.is_single or wanted.field.is_multiple:
                return None
            field = wanted.field.name
        key = (definition.collection.id, field, wanted.id)
        if key not in self._found:
            records = await self._history.holding(self, definition, field, wanted.id)
            self._found[key] = [cells_of(definition, record) for record in records]
        return self._found[key]

    async def _everything(self) -> dict[str, Past]:
        """What was otherwise, by collection."""
        if self._past is None:
            found: dict[str, tuple[Definition, dict[str, Record | None]]] = {}
            for event in await self._others():
                collection_id = event.stream.partition("/")[0]
                definition = self._catalogue.by_id(collection_id)
                if definition is not None:
                    _, records = found.setdefault(collection_id, (definition, {}))
                    records[event.record_id] = await self._history.before(definition, event)
            own = self._catalogue.by_id(self.record.collection_id)
            if own is not None:
                _, records = found.setdefault(own.collection.id, (own, {}))
                records[self.record.id] = self.record
            self._past = {
                key: Past(definition.collection, records)
                for key, (definition, records) in found.items()
            }
        return self._past

    async def _others(self) -> list[Event]:
        if self._event.kind != DELETED:
            return []
        return await written_with(self._store.log, self._event)


def cells_of(definition: Definition, record: Record) -> Cells:
    """The cells of a record as its row held them."""
    return stored_cells(definition.collection, record.values)
