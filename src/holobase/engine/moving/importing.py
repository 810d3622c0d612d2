"""Carrying out a plan: definitions, settings and records in one transaction, compared before it is
kept. Whoever kills it at any moment finds all of it afterwards, or nothing.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.derived import Count
from holobase.domain.errors import (
    DamagedData,
    IndexRefused,
    Unavailable,
    UniqueViolation,
)
from holobase.domain.event import NewEvent, facts_of
from holobase.domain.fields import Value
from holobase.domain.patterns import generate
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine import instance_settings
from holobase.engine.catalogue import Catalogue, Definition, Revisions
from holobase.engine.definitions import define
from holobase.engine.derive import Derivation
from holobase.engine.kernel import Kernel
from holobase.engine.moving.plan import Plan, Way
from holobase.engine.moving.records import STEP, Progress, records
from holobase.engine.reactions import Reactions
from holobase.engine.unit import Unit, compute
from holobase.kit import ids
from holobase.ports import command
from holobase.ports.bulk import Bulk, IndexRefusedRows
from holobase.ports.command import Applied, Command, Load
from holobase.ports.foreign import ForeignFolder

IMPORTS: Final = "_imports"
"""Stream and type prefix of the facts that tell of imports."""

STREAM: Final = facts_of(IMPORTS, "pocketbase")
FINISHED: Final = f"{IMPORTS}.finished"
SERVICE: Final = "import"


class Importer:
    """Carries out one plan, through a kernel that nobody else uses meanwhile."""

    def __init__(self, kernel: Kernel, folder: ForeignFolder, plan: Plan) -> None:
        self._kernel = kernel
        self._folder = folder
        self._plan = plan
        self._catalogue = Catalogue(kernel.catalogue.declarations.values())
        self._derivation = Derivation(self._catalogue)
        self._request = Request(now=kernel.clock(), service=SERVICE)
        self._generated: set[str] = set()
        self.notes: list[str] = []
        self.counts: dict[str, int] = {}

    async def run(self, progress: Progress) -> None:
        """Does everything, or nothing.

        Raises DamagedData where a record cannot be kept, or is not what it was.
        """
        kernel = self._kernel
        self._catalogue.replace((d.revision, d.collection) for d in kernel.catalogue)
        async with kernel.store.bulk(self._settle) as bulk:
            [in_force] = await bulk.run([command.revisions])
            if in_force != self._catalogue.revisions:
                raise Unavailable("collections are being changed")
            for way in self._plan.ways:
                await self._define(bulk, way)
            if self._plan.settings is not None:
                append = instance_settings.append
                version = len(await kernel.store.log.stream(instance_settings.STREAM))
                await bulk.run([partial(append, self._unit(), self._plan.settings, version)])
            await self._records(bulk, progress)
            await self._openings(bulk)
            await self._compare(bulk, progress)
            self._folder.check_unchanged()
            await bulk.run([self._finished])
            try:
                await bulk.keep()
            except IndexRefusedRows as refused:
                raise DamagedData(
                    f"{refused.collection}: its records do not fit an index ({refused.reason})."
                ) from refused
        await kernel.store.catch_up()

    def _unit(self) -> Unit:
        catalogue = self._catalogue
        kernel = self._kernel
        return Unit(catalogue, kernel.sealer, kernel.reactions, self._request, catalogue.revisions)

    def _settle(self, applied: list[Applied]) -> Command[None]:
        return self._derivation.settle(self._quiet_unit("derivation"), applied)

    def _quiet_unit(self, service: str) -> Unit:
        """A unit in which nobody reacts: what came about long ago is no news."""
        request = Request(now=self._request.now, service=service)
        catalogue = self._catalogue
        return Unit(catalogue, self._kernel.sealer, Reactions(), request, catalogue.revisions)

    async def _define(self, bulk: Bulk, way: Way) -> None:
        after = way.after
        before = self._catalogue.by_id(way.here.id) if way.here else None
        if before is not None and before.collection == after:
            return
        while True:
            try:
                [in_force] = await bulk.run([partial(self._defined, before, after)])
                break
            except IndexRefused as refused:
                self.notes.append(
                    f"{way.source.name}: an index is left out, because this store cannot make it:"
                    f" {after.indexes[refused.position]}"
                )
                kept = [t for n, t in enumerate(after.indexes) if n != refused.position]
                after = msgspec.structs.replace(after, indexes=tuple(kept))
        revisions = dict(in_force)
        known = {d.collection.id: d.collection for d in self._catalogue} | {after.id: after}
        self._catalogue.replace((revisions[each.id], each) for each in known.values())
        if before is None and after.type != "view":
            await bulk.withhold_indexes(after)

    def _defined(self, before: Definition | None, after: Collection) -> Command[Revisions]:
        yield from define(self._unit(), before, after, keeps_dates=before is None)
        return (yield from command.revisions())

    async def _records(self, bulk: Bulk, progress: Progress) -> None:
        carried = [way for way in self._plan.ways if way.is_carried]
        total, done = sum(way.records for way in carried), 0
        for way in carried:
            definition = self._catalogue.get(way.after.id)
            unit, count = self._unit(), 0
            for batch in self._batches(way):
                values = [self._completed(way, definition, each) for each in batch]
                try:
                    await bulk.run([partial(unit.bring, definition, each) for each in values])
                except UniqueViolation as violation:
                    raise DamagedData(
                        f"{way.source.name}: a record of the folder has an id or another unique"
                        " value that a record here has already"
                        f" ({', '.join(violation.fields) or 'unknown'})."
                    ) from violation
                count += len(batch)
                progress("importing", done + count, total)
            done += way.records
            self.counts[definition.name] = self.counts.get(definition.name, 0) + count

    def _batches(self, way: Way) -> Iterator[list[dict[str, Value]]]:
        found = (values for values, _ in records(self._folder, way, self._plan))
        while batch := list(islice(found, STEP)):
            yield batch

    def _completed(
        self, way: Way, definition: Definition, values: Mapping[str, Value]
    ) -> Mapping[str, Value]:
        """The values of a whole record of ours: what is counted here begins at nothing."""
        if way.here is None or definition.declaration is None:
            return {**definition.zeros, **values}
        derived = {name for name, d in definition.declared.items() if d.derived is not None}
        kept = {name: value for name, value in values.items() if name not in derived}
        completed = {**definition.initial, **kept}
        for field in definition.generated:
            while not completed[field.name]:
                text = generate(field.autogenerate_pattern)
                if text not in self._generated:
                    self._generated.add(text)
                    completed[field.name] = text
        compute(definition, completed)
        return completed

    async def _openings(self, bulk: Bulk) -> None:
        """Counters that came along without what they counted become openings."""
        for way in self._plan.ways:
            definition = self._catalogue.by_id(way.after.id)
            if (
                definition is None
                or not way.is_carried
                or not (names := _counters(way, definition))
            ):
                continue
            for batch in self._batches(way):
                brought = [
                    (each["id"], amounts)
                    for each in batch
                    if (amounts := {n: int(each[n]) for n in names if each[n]})
                ]
                await bulk.run([partial(self._opened, definition, *each) for each in brought])

    def _opened(
        self, definition: Definition, record_id: str, amounts: Mapping[str, int]
    ) -> Command[None]:
        record = yield from command.load(definition.collection, record_id)
        if record is None:
            return
        lacking = {name: amount for name, amount in amounts.items() if not record.values[name]}
        if lacking:
            values = {**record.values, **lacking}
            compute(definition, values)
            yield from self._quiet_unit(SERVICE).derive(definition, record, values, None)

    async def _compare(self, bulk: Bulk, progress: Progress) -> None:
        """Reads everything again, there and here, and compares it field by field."""
        total = sum(self.counts.values())
        done = 0
        for way in self._plan.ways:
            if not way.is_carried:
                continue
            definition = self._catalogue.get(way.after.id)
            skipped = set(_counters(way, definition)) | {
                name for name, d in definition.declared.items() if d.derived is not None
            }
            for batch in self._batches(way):
                loads = [Load(definition.collection, each["id"]) for each in batch]
                [found] = await bulk.run([partial(command.gather, loads)])
                for values, record in zip(batch, found, strict=True):
                    _check_equal(way, values, record, skipped)
                done += len(batch)
                progress("comparing", done, total)
        if done != total:
            raise DamagedData(f"{total} records were imported, but {done} are there.")

    def _finished(self) -> Command[int]:
        request = self._request
        told: dict[str, Any] = {"fingerprint": self._folder.fingerprint(), "records": self.counts}
        event = NewEvent(
            id=ids.event_id(request.now),
            stream=STREAM,
            type=FINISHED,
            schema=0,
            data=msgspec.json.encode(told),
            sealed=None,
            actor=request.actor,
            request_id=request.id,
            causation_id=None,
            at=request.now,
        )
        return (yield from command.append(event))


def _counters(way: Way, definition: Definition) -> list[str]:
    """The counters of a collection of ours that the folder has values of."""
    if way.here is None:
        return []
    there = way.origin.field_by_name
    return [
        name
        for name, declared in definition.declared.items()
        if isinstance(declared.derived, Count) and name in there
    ]


def _check_equal(
    way: Way, values: Mapping[str, Value], record: Record | None, skipped: set[str]
) -> None:
    if record is None:
        raise DamagedData(f"{way.source.name}/{values['id']} was imported, but is not there.")
    for name, value in values.items():
        if name not in skipped and record.values[name] != value:
            raise DamagedData(f"{way.source.name}/{values['id']}: {name} is not what it was.")
