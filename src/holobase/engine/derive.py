"""Keeping derived fields: at the end of every group, what was applied is folded into counters.

Collections are settled in an order in which each comes after those it counts, so that one derived
event per record and group is enough, chains included.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from holobase.domain.derived import Count
from holobase.domain.errors import DamagedData
from holobase.domain.fields import Value
from holobase.domain.record import Record
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.unit import Unit, compute
from holobase.ports import command
from holobase.ports.command import Applied, Command, RowChange


@dataclass(frozen=True, slots=True)
class Counter:
    """One counted field of one collection."""

    target: str
    field: str
    spec: Count


Deltas: TypeAlias = dict[tuple[str, str], tuple[dict[str, int], Applied]]
"""By (key field, key): what to add to which fields, and the first event that caused it."""


class Derivation:
    """All counters of the declared collections."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        counters = [
            Counter(declaration.name, name, declared.derived)
            for declaration in catalogue.declarations.values()
            for name, declared in declaration.fields.items()
            if isinstance(declared.derived, Count)
        ]
        self.counters = counters
        self._by_source: dict[str, list[Counter]] = defaultdict(list)
        for counter in counters:
            self._by_source[counter.spec.of].append(counter)
        self._order = _order(counters)

    def settle(self, unit: Unit, applied: list[Applied]) -> Command[None]:
        """Folds the changes into the counters they feed, one derived event per record."""
        pending: dict[str, Deltas] = defaultdict(dict)
        for change in applied:
            self._collect(change, pending)
        for name in self._order:
            deltas = pending.pop(name, None)
            if deltas:
                definition = self._catalogue.get(name)
                for (key_field, key), (amounts, cause) in deltas.items():
                    settled = yield from _add(unit, definition, key_field, key, amounts, cause)
                    for change in settled:
                        self._collect(change, pending)

    def _collect(self, applied: Applied, pending: dict[str, Deltas]) -> None:
        change = applied.change
        if not isinstance(change, RowChange):
            return
        for counter in self._by_source.get(change.collection.name, ()):
            spec = counter.spec
            for values, sign in ((change.before, -1), (change.after, 1)):
                if values is None:
                    continue
                amount = sign * spec.amount(values)
                for key in spec.keys(values):
                    amounts, _ = pending[counter.target].setdefault((spec.key, key), ({}, applied))
                    amounts[counter.field] = amounts.get(counter.field, 0) + amount

    def recount(self, records: Mapping[str, Iterable[Record]]) -> list[str]:
        """Counts every counter again from all records by collection; tells each that differs."""
        differences: list[str] = []
        held = {name: list(found) for name, found in records.items()}
        for counter in self.counters:
            totals: dict[str, int] = defaultdict(int)
            for source in held.get(counter.spec.of, ()):
                for key in counter.spec.keys(source.values):
                    totals[key] += counter.spec.amount(source.values)
            differences += [
                f"{counter.target}/{record.id} {counter.field}: is {record.values[counter.field]},"
                f" recounted {totals[str(record.values[counter.spec.key])]}"
                for record in held.get(counter.target, ())
                if record.values[counter.field] != totals[str(record.values[counter.spec.key])]
            ]
        return differences


def _add(
    unit: Unit,
    definition: Definition,
    key_field: str,
    key: str,
    amounts: Mapping[str, int],
    cause: Applied,
) -> Command[list[Applied]]:
    if not any(amounts.values()):
        return []
    field = definition.collection.field_by_name[key_field]
    settled: list[Applied] = []
    for record in (yield from command.find(definition.collection, field, key)):
        values: dict[str, Value] = dict(record.values)
        for name, amount in amounts.items():
            values[name] += amount
        compute(definition, values)
        if values != record.values:
            settled.append((yield from unit.derive(definition, record, values, cause)))
    return settled


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
