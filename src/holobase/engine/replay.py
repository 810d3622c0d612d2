"""Replay: rebuilding every table from the log alone, which proves that the log is the truth."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from holobase.domain.declaration import Declaration
from holobase.domain.errors import DamagedData
from holobase.domain.event import (
    CREATED,
    DEFINITIONS,
    DELETED,
    DERIVED,
    IMPORTED,
    RECORD_KINDS,
    Event,
    chain_hash,
)
from holobase.domain.fields import Value
from holobase.domain.record import Record
from holobase.engine import encoding
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.definitions import from_event
from holobase.engine.derive import Derivation, Opening
from holobase.engine.render import public_body
from holobase.engine.sealing import Sealer, open_envelope
from holobase.ports.command import DefinitionChange, RowChange
from holobase.ports.store import Rebuild, Snapshot

EVENTS_PER_READ = 1_000
SHOWN_BEFORE, SHOWN_LENGTH = 30, 100
"""Characters of a differing row that are shown, beginning a little before the difference."""

DIFFERENCES_MAX = 50
"""Differences that a report lists; the first few tell as much as thousands."""


@dataclass(slots=True)
class ReplayReport:
    """What a replay found. Equal means: no differences."""

    events: int = 0
    records: int = 0
    recounted: int = 0
    differences: list[str] = field(default_factory=list)

    def differ(self, what: str) -> None:
        """Notes a difference, up to the bound."""
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(what)


class Replay:
    """Feeds a log into a fresh store, checking the chain on the way."""

    def __init__(
        self, source: Snapshot, target: Rebuild, sealer: Sealer, declarations: list[Declaration]
    ) -> None:
        self._source = source
        self._target = target
        self._sealer = sealer
        self._catalogue = Catalogue(declarations)
        self._definitions: dict[str, tuple[int, Definition]] = {}
        self._derivation = Derivation(self._catalogue)
        self._openings: dict[Opening, int] = {}
        self.report = ReplayReport()

    async def run(self, progress: Callable[[int], None]) -> None:
        """Applies every event in order; `progress` hears how many are done.

        Raises DamagedData where an event cannot be read or does not fit the chain.
        """
        position = 0
        while events := await self._source.log.events(position, EVENTS_PER_READ):
            for event in events:
                self._check_chain(event)
                self._target.apply(event, await self._change(event))
            position = events[-1].position
            self.report.events += len(events)
            progress(self.report.events)

    async def compare(self) -> None:
        """Compares the rebuilt tables with the stored ones, cell by cell."""
        async for fault in self._source.faults():
            self.report.differ(f"the store: {fault}")
        rebuilt = self._target.snapshot().dump()
        stored = self._source.dump()
        ours, theirs = await anext(stored, None), await anext(rebuilt, None)
        while ours is not None or theirs is not None:
            if ours == theirs:
                self.report.records += 1
                ours, theirs = await anext(stored, None), await anext(rebuilt, None)
            elif theirs is None or (ours is not None and ours[:2] < theirs[:2]):
                assert ours is not None  # noqa: S101 - told to the type checker
                self.report.differ(f"{ours[0]}/{ours[1]}: stored, but not in the log")
                ours = await anext(stored, None)
            elif ours is None or theirs[:2] < ours[:2]:
                self.report.differ(f"{theirs[0]}/{theirs[1]}: in the log, but not stored")
                theirs = await anext(rebuilt, None)
            else:
                self.report.differ(f"{ours[0]}/{ours[1]}: {_first_difference(ours[2], theirs[2])}")
                ours, theirs = await anext(stored, None), await anext(rebuilt, None)

    def recount(self) -> None:
        """Counts every derived field again from its sources."""
        counters = self._derivation.counters
        names = {c.target for c in counters} | {c.spec.of for c in counters}
        records: dict[str, list[Record]] = defaultdict(list)
        for _, definition in self._definitions.values():
            if definition.name in names:
                records[definition.name] = self._target.records(definition.collection)
        for difference in self._derivation.recount(records, self._openings):
            self.report.differ(difference)
        self.report.recounted = len(counters)

    def _check_chain(self, event: Event) -> None:
        version, digest = self._target.head(event.stream)
        if event.version != version + 1 or event.hash != chain_hash(digest, event.version, event):
            raise DamagedData(
                f"The log is damaged: event {event.position} ({event.stream} version"
                f" {event.version}) does not follow from the one before it."
            )

    async def _change(self, event: Event) -> RowChange | DefinitionChange | None:
        if event.collection == DEFINITIONS:
            return self._define(event)
        if event.kind not in RECORD_KINDS or event.stream.count("/") != 1:
            return None
        collection_id, _, record_id = event.stream.partition("/")
        if collection_id not in self._definitions:
            raise DamagedData(f"Event {event.position} is of a collection that nothing defines.")
        revision, definition = self._definitions[collection_id]
        told = await self._values(definition, event)
        before: dict[str, Value] | None = None
        after: dict[str, Value] | None = told
        edited = 0
        if event.kind not in (CREATED, IMPORTED):
            record = self._target.load(definition.collection, record_id)
            if record is None:
                raise DamagedData(f"Event {event.position} changes a record that does not exist.")
            before = dict(record.values)
            after = None if event.kind == DELETED else {**before, **told}
            edited = record.edited if event.kind == DERIVED else 0
            self._note_opening(event, definition, before, after)
        body = public_body(definition, after) if after is not None else None
        collection = definition.collection
        return RowChange(collection, revision, record_id, before, after, body, edited)

    def _note_opening(
        self,
        event: Event,
        definition: Definition,
        before: Mapping[str, Value],
        after: Mapping[str, Value] | None,
    ) -> None:
        """A derived event that nothing caused opens counters; see `derive.Opening`."""
        for counter in self._derivation.counters_of(definition.name):
            key, field_name = counter.spec.key, counter.field
            opening = (definition.name, event.record_id, field_name)
            if after is None or before[key] != after[key]:
                self._openings.pop(opening, None)
            elif event.kind == DERIVED and event.causation_id is None:
                amount = int(after[field_name]) - int(before[field_name])
                self._openings[opening] = self._openings.get(opening, 0) + amount

    def _define(self, event: Event) -> DefinitionChange:
        collection = from_event(event.data, event.sealed, event.stream, event.type, self._sealer)
        _, before = self._definitions.pop(collection.id, (0, None))
        if event.kind == DELETED:
            return DefinitionChange(before.collection if before else None, None)
        declaration = self._catalogue.declarations.get(collection.id)
        definition = Definition(collection, event.version, declaration)
        self._definitions[collection.id] = (event.version, definition)
        return DefinitionChange(before.collection if before else None, collection)

    async def _values(self, definition: Definition, event: Event) -> dict[str, Value]:
        openly = msgspec.json.decode(event.data, type=dict[str, msgspec.Raw])
        if event.sealed is None:
            return encoding.decode_values(definition, openly, {})
        envelope = open_envelope(event.sealed)
        wrapped = await self._source.person_key(envelope.subject) if envelope.subject else None
        opened = self._sealer.open(event.sealed, event.stream, event.type, wrapped)
        if opened is not None:
            return encoding.decode_values(definition, openly, opened)
        fields = definition.collection.field_by_name
        gone = {name: encoding.erased(fields[name], event.record_id) for name in envelope.fields}
        return {**encoding.decode_values(definition, openly, {}), **gone}


def _first_difference(stored: str, rebuilt: str) -> str:
    same = next((i for i, (a, b) in enumerate(zip(stored, rebuilt, strict=False)) if a != b), 0)
    start = max(same - SHOWN_BEFORE, 0)
    end = start + SHOWN_LENGTH
    return f"stored …{stored[start:end]}…, from the log …{rebuilt[start:end]}…"
