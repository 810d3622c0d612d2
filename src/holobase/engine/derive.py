"""Keeping derived fields: at the end of every group, what was applied is folded into counters.

A record that is new, or has another key now, is counted from its sources: they may be older.
Collections are settled in an order in which each comes after those it counts, so that one derived
event per record and group is enough, chains included.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from holobase.domain.declaration import Declaration
from holobase.domain.derived import Count
from holobase.domain.errors import DamagedData
from holobase.domain.fields import RelationField, Value
from holobase.domain.record import Record
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.unit import Unit, compute
from holobase.ports import command
from holobase.ports.command import Applied, Command, Find, Load, RowChange


@dataclass(frozen=True, slots=True)
class Counter:
    """One counted field of one collection."""

    target: str
    field: str
    spec: Count
    is_late: bool
    """Whether a new target may have sources that were there before it."""


Opening: TypeAlias = tuple[str, str, str]
"""Collection, record id and counter that came along with a number, and nothing it was counted
from. It is gone when the record is, or has another key."""

Targets: TypeAlias = dict[str, tuple[Record, dict[str, Value], Applied]]
"""By id: a record as it is, its values as they will be, and what caused the change."""


class Pending:
    """What the changes of a group mean for one collection of targets."""

    def __init__(self) -> None:
        self.amounts: dict[tuple[str, str], tuple[dict[str, int], Applied]] = {}
        """By (key field, key): what to add to which fields, and the first event that caused it."""

        self.started: dict[str, tuple[set[str], Applied]] = {}
        """By id of a record that is new or has a new key: the fields to count from the start."""

    def add(self, counter: Counter, key: str, amount: int, cause: Applied) -> None:
        """Adds to the counter of whatever record has this key."""
        amounts, _ = self.amounts.setdefault((counter.spec.key, key), ({}, cause))
        amounts[counter.field] = amounts.get(counter.field, 0) + amount

    def forget(self, counter: Counter, key: str) -> None:
        """Leaves out what was added for a record of this key that is gone: another has it now."""
        amounts, _ = self.amounts.get((counter.spec.key, key), ({}, None))
        amounts.pop(counter.field, None)

    def start(self, record_id: str, field: str, cause: Applied) -> None:
        """Has the counter of this record counted from its sources."""
        fields, _ = self.started.setdefault(record_id, (set(), cause))
        fields.add(field)


class Derivation:
    """All counters of the declared collections."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        counters = [
            Counter(target.name, name, declared.derived, self._is_late(target, declared.derived))
            for target in catalogue.declarations.values()
            for name, declared in target.fields.items()
            if isinstance(declared.derived, Count)
        ]
        self.counters = counters
        self._by_source: dict[str, list[Counter]] = defaultdict(list)
        self._by_target: dict[str, list[Counter]] = defaultdict(list)
        for counter in counters:
            self._by_source[counter.spec.of].append(counter)
            self._by_target[counter.target].append(counter)
        self._order = _order(counters)

    def settle(self, unit: Unit, applied: list[Applied]) -> Command[None]:
        """Folds the changes into the counters they feed, one derived event per record."""
        pending: dict[str, Pending] = defaultdict(Pending)
        for change in applied:
            self._collect(change, pending)
        for name in self._order:
            if name in pending:
                for change in (yield from self._settle_collection(unit, name, pending.pop(name))):
                    self._collect(change, pending)

    def _settle_collection(self, unit: Unit, name: str, pending: Pending) -> Command[list[Applied]]:
        definition = self._catalogue.get(name)
        found = yield from self._targets(definition, pending)
        yield from self._start_counting(found, pending)
        settled: list[Applied] = []
        for record, values, cause in found.values():
            compute(definition, values)
            if values != record.values:
                settled.append((yield from unit.derive(definition, record, values, cause)))
        return settled

    def _targets(self, definition: Definition, pending: Pending) -> Command[Targets]:
        """The records whose counters change, with the amounts added."""
        fields = definition.collection.field_by_name
        keyed = [
            (field, key, amounts, cause)
            for (field, key), (amounts, cause) in pending.amounts.items()
            if any(amounts.values())
        ]
        answers = yield from command.gather(
            [
                *(Find(definition.collection, fields[field], key) for field, key, _, _ in keyed),
                *(Load(definition.collection, record_id) for record_id in pending.started),
            ]
        )
        found: Targets = {}
        for (_, _, amounts, cause), records in zip(keyed, answers, strict=False):
            for record in records:
                _, values, _ = found.setdefault(record.id, (record, dict(record.values), cause))
                for counted, amount in amounts.items():
                    values[counted] += amount
        for record, (_, cause) in zip(answers[len(keyed) :], pending.started.values(), strict=True):
            if record is not None:
                found.setdefault(record.id, (record, dict(record.values), cause))
        return found

    def _start_counting(self, found: Targets, pending: Pending) -> Command[None]:
        """Counts those that are new, or have a new key, from their sources as they are now."""
        starting = [
            (counter, found[record_id][1])
            for record_id, (fields, _) in pending.started.items()
            if record_id in found
            for counter in self._by_target[found[record_id][0].collection_name]
            if counter.field in fields
        ]
        keyed = [(counter, values) for counter, values in starting if values[counter.spec.key]]
        answers = yield from command.gather(
            self._sources(counter, values) for counter, values in keyed
        )
        for counter, values in starting:
            values[counter.field] = 0
        for (counter, values), sources in zip(keyed, answers, strict=True):
            spec, key = counter.spec, values[counter.spec.key]
            values[counter.field] = sum(
                spec.amount(source.values) for source in sources if key in spec.keys(source.values)
            )

    def _sources(self, counter: Counter, target: Mapping[str, Value]) -> Find:
        collection = self._catalogue.get(counter.spec.of).collection
        by = collection.field_by_name[counter.spec.by]
        return Find(collection, by, target[counter.spec.key])

    def counters_of(self, collection: str) -> list[Counter]:
        """The counters that records of a collection have."""
        return self._by_target.get(collection, [])

    def _collect(self, applied: Applied, pending: dict[str, Pending]) -> None:
        change = applied.change
        if not isinstance(change, RowChange):
            return
        for counter in self._by_source.get(change.collection.name, ()):
            for values, sign in ((change.before, -1), (change.after, 1)):
                if values is not None:
                    amount = sign * counter.spec.amount(values)
                    for key in counter.spec.keys(values):
                        pending[counter.target].add(counter, key, amount, applied)
        if change.before is None:
            self._collect_new(change, applied, pending)
        elif change.after is not None:
            for counter in self._by_target.get(change.collection.name, ()):
                if change.before[counter.spec.key] != change.after[counter.spec.key]:
                    pending[counter.target].start(change.id, counter.field, applied)

    def _collect_new(
        self, change: RowChange, applied: Applied, pending: dict[str, Pending]
    ) -> None:
        name = change.collection.name
        for counter in self._by_target.get(name, ()):
            if counter.is_late:
                pending[name].start(change.id, counter.field, applied)
            elif name in pending:
                pending[name].forget(counter, change.id)

    def _is_late(self, target: Declaration, spec: Count) -> bool:
        if spec.key != "id":
            return True
        # A relation cannot name what does not exist: the sources of a new id come after it.
        return not any(
            isinstance(by, RelationField) and by.collection_id == target.collection.id
            for source in self._catalogue.declarations.values()
            if source.name == spec.of and (by := source.collection.field_by_name.get(spec.by))
        )

    def recount(
        self, records: Mapping[str, Iterable[Record]], openings: Mapping[Opening, int]
    ) -> list[str]:
        """Counts every counter again from all records by collection, beginning with what it was
        opened with; tells each that differs."""
        differences: list[str] = []
        held = {name: list(found) for name, found in records.items()}
        for counter in self.counters:
            totals: dict[str, int] = defaultdict(int)
            for source in held.get(counter.spec.of, ()):
                for key in counter.spec.keys(source.values):
                    totals[key] += counter.spec.amount(source.values)
            for record in held.get(counter.target, ()):
                opened = openings.get((counter.target, record.id, counter.field), 0)
                recounted = opened + totals[str(record.values[counter.spec.key])]
                if record.values[counter.field] != recounted:
                    differences.append(
                        f"{counter.target}/{record.id} {counter.field}: is"
                        f" {record.values[counter.field]}, recounted {recounted}"
                    )
        return differences


def _order(counters: list[Counter]) -> tuple[str, ...]:
    """The counted collections, each after the counted ones it counts."""
    graph: dict[str, set[str]] = {counter.target: set() for counter in counters}
    for counter in counters:
        if counter.spec.of in graph and counter.spec.of != counter.target:
            graph[counter.target].add(counter.spec.of)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise DamagedData(
            f"Derived fields count each other in a circle: {error.args[1]}"
        ) from error
