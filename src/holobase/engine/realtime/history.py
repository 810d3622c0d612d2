"""What a record was at one of its versions: as its row tells while that is the newest one, else as
the log tells.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
import sqlalchemy as sa

from holobase.domain.event import CREATED, DELETED, IMPORTED, Event
from holobase.domain.fields import Value
from holobase.domain.record import Record
from holobase.engine import encoding
from holobase.engine.access import Rules
from holobase.engine.catalogue import Definition
from holobase.engine.sealing import Sealer, open_envelope
from holobase.ports.statement import Statement
from holobase.ports.store import Reads, Store
from holobase.rules.tables import record_columns, record_table

EVENTS_MAX: Final = 500
"""Events of one record that are looked at to tell what it was; one that has changed so often since
is told of soon again."""

WHOLE: Final = (CREATED, IMPORTED)
"""Kinds of events that tell every value."""

FIELD = "field value"
"""Key of the parameter that a row is looked up by."""


class History:
    """Records as they were, and as they are."""

    def __init__(self, store: Store, rules: Rules, sealer: Sealer) -> None:
        self._store = store
        self._rules = rules
        self._sealer = sealer

    async def after(self, definition: Definition, event: Event) -> Record | None:
        """The record as an event left it; one that was deleted, as it was before that. None where
        it has changed too often since."""
        if event.kind == DELETED or (event.kind in WHOLE and event.schema == definition.revision):
            version = event.version - (event.kind == DELETED)
            return _record(definition, event, version, await self._told(definition, event))
        row = await self.now(definition, event.record_id)
        if row is not None and row.version == event.version:
            return row
        return await self._at(definition, event, event.version, row)

    async def before(self, definition: Definition, event: Event) -> Record | None:
        """The record as it was before an event; None where there was none, or nobody knows."""
        if event.kind in WHOLE:
            return None
        if event.kind == DELETED:
            return await self.after(definition, event)
        row = await self.now(definition, event.record_id)
        return await self._at(definition, event, event.version - 1, row)

    async def now(self, definition: Definition, record_id: str) -> Record | None:
        """The record as it is."""
        found = await self.holding(self._store, definition, "id", record_id)
        return found[0] if found else None

    async def holding(
        self, store: Reads, definition: Definition, field: str, value: str
    ) -> list[Record]:
        """The records with this value in a field, in what is read."""
        statement = self._rules.cached(
            ("holding", definition.key, field), lambda: self._statement(definition, field)
        )
        rows = await store.fetch(statement, statement.bind(given={FIELD: value}))
        return [Record.from_cells(definition.collection, row) for row in rows]

    def _statement(self, definition: Definition, field: str) -> Statement:
        table = record_table(definition.collection)
        columns = record_columns(table, definition.collection)
        return self._store.statement(
            sa.select(*columns).where(table.c[field] == sa.bindparam(FIELD))
        )

    async def _at(
        self, definition: Definition, event: Event, version: int, row: Record | None
    ) -> Record | None:
        """The record at a version, by what its row and its newest events tell."""
        events = await self._store.log.newest(event.stream, EVENTS_MAX)
        later = [each for each in events if each.version > version]
        values: dict[str, Value] = {}
        if row is not None and all(each.kind not in (*WHOLE, DELETED) for each in later):
            changed = {name for each in later for name in _names(each)}
            values = {name: value for name, value in row.values.items() if name not in changed}
        for each in events[len(later) :]:
            told = await self._told(definition, each)
            values = {**told, **values}
            if each.kind in WHOLE or values.keys() >= definition.zeros.keys():
                return _record(definition, event, version, values)
        return None

    async def _told(self, definition: Definition, event: Event) -> dict[str, Value]:
        """The values that an event tells, of the fields that there still are."""
        fields = definition.collection.field_by_name
        openly = _known(msgspec.json.decode(event.data, type=dict[str, msgspec.Raw]), fields)
        if event.sealed is None:
            return encoding.decode_values(definition, openly, {})
        envelope = open_envelope(event.sealed)
        wrapped = await self._store.person_key(envelope.subject) if envelope.subject else None
        opened = self._sealer.open(event.sealed, event.stream, event.type, wrapped)
        if opened is not None:
            return encoding.decode_values(definition, openly, _known(opened, fields))
        names = [name for name in envelope.fields if name in fields]
        gone = {name: encoding.erased(fields[name], event.record_id) for name in names}
        return {**encoding.decode_values(definition, openly, {}), **gone}


def _known(told: Mapping[str, msgspec.Raw], fields: Mapping[str, object]) -> dict[str, msgspec.Raw]:
    return {name: raw for name, raw in told.items() if name in fields}


def _names(event: Event) -> Iterable[str]:
    """The fields that an event tells of."""
    yield from msgspec.json.decode(event.data, type=dict[str, msgspec.Raw])
    if event.sealed is not None:
        yield from open_envelope(event.sealed).fields


def _record(
    definition: Definition, event: Event, version: int, values: Mapping[str, Value]
) -> Record:
    collection = definition.collection
    whole = {**definition.zeros, **values}
    ordered = {name: whole[name] for name in collection.field_names}
    return Record(collection.id, collection.name, event.record_id, version, ordered)
