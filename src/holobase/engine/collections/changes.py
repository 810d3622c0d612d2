"""Changing collections for a superuser: judged outside, made in one transaction.

What was judged under definitions that change before its turn comes is judged again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from holobase.domain.collection import Collection, Schema
from holobase.domain.errors import (
    BadRequest,
    DefinitionRefused,
    DefinitionsChanged,
    ErrorTree,
    IndexRefused,
    Invalid,
    NotFound,
    Unavailable,
    UniqueViolation,
    VersionConflict,
)
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine import instance_settings
from holobase.engine.accounts.purging import forget_collections
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.collections import check_indexes, drafting, importing, older, views
from holobase.engine.collections.check import Change, errors_of, paths_of
from holobase.engine.collections.importing import Import
from holobase.engine.collections.trying import BadSample, sample
from holobase.engine.definitions import define
from holobase.engine.instance_settings import ATTEMPTS_MAX, KeptSettings
from holobase.engine.kernel import Kernel
from holobase.engine.steady import steady
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command
from holobase.rules import COMPARISONS_MAX

T = TypeVar("T")

TRIED: Final = "dry_run_view"
"""What a view is called that is only tried out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One definition event to come: `before` None creates, `after` None drops."""

    before: Definition | None
    after: Collection | None


class Collections:
    """The write side of definitions."""

    def __init__(self, kernel: Kernel, settings: KeptSettings, comparisons_max: int) -> None:
        self._kernel = kernel
        self._settings = settings
        self._comparisons_max = comparisons_max

    async def create(self, sent: Mapping[str, Json], request: Request) -> Collection:
        """The new collection. Raises BadRequest (unreadable) and Invalid."""
        reason = "collection_not_created"

        def judged(schema: Schema) -> list[Step]:
            there = frozenset(each.id for each in schema.collections)
            whole = older.translated(sent, schema)
            after, errors = _inferred(drafting.created(whole, there, reason), schema)
            self._judge(None, after, Schema((*schema.collections, after)), there, reason, errors)
            return [Step(None, after)]

        return (await self._run(judged, request, reason))[0]

    async def update(
        self, definition: Definition, sent: Mapping[str, Json], request: Request
    ) -> Collection:
        """The changed collection. Raises BadRequest (unreadable), NotFound and Invalid."""
        reason = "collection_not_updated"

        def judged(schema: Schema) -> list[Step]:
            before = self._current(definition)
            after, errors = _inferred(drafting.changed(sent, before.collection, reason), schema)
            others = (each for each in schema.collections if each.id != after.id)
            related = frozenset(each.id for each in schema.collections)
            changed = Schema((*others, after))
            self._judge(before.collection, after, changed, related, reason, errors)
            return [Step(before, after), *self._views(schema, changed, {after.id})]

        return (await self._run(judged, request, reason))[0]

    async def delete(self, definition: Definition, request: Request) -> None:
        """Drops the collection with its records.

        Raises NotFound, and BadRequest where it is the system's or the product's, or where another
        collection relates to it or reads it.
        """

        def judged(schema: Schema) -> list[Step]:
            before = self._current(definition)
            collection = before.collection
            if collection.system or before.declaration is not None:
                raise BadRequest("collection_is_needed")
            if any(other.id != collection.id for other, _ in schema.referring(collection)):
                raise BadRequest("collection_is_referred_to")
            if views.readers(collection, schema):
                raise BadRequest("view_needs_it")
            return [Step(before, None)]

        await self._run(judged, request, "collection_is_needed")

    async def tried(self, query: str) -> tuple[Collection, list[Record]]:
        """A view with this query, and some of its records. Raises BadRequest where it is none."""
        view = Collection(id=TRIED, name=TRIED, type="view", view_query=query)
        catalogue = self._kernel.catalogue

        async def attempt() -> tuple[Collection, list[Record]]:
            found, errors = await asyncio.to_thread(views.inferred, view, catalogue.schema)
            alone = Schema((*catalogue.schema.collections, found))
            related = frozenset(each.id for each in alone.collections)
            change = Change(None, found, alone, related, None, COMPARISONS_MAX, errors)
            wrong = errors_of(change).get("viewQuery")
            if wrong is not None:
                raise BadRequest("bad_view_query", {"query": wrong})
            try:
                return found, await sample(found, self._kernel.store)
            except BadSample as bad:
                raise BadRequest("bad_view_query", {"query": views.invalid(bad.reason)}) from bad

        return await steady(catalogue, self._kernel.store, attempt)

    async def import_all(
        self, sent: Iterable[Json], request: Request, *, drops_missing: bool
    ) -> None:
        """Creates, changes and (`drops_missing`) drops collections: all or none.

        Raises Invalid, which says in words what is wrong with which.
        """
        needed = frozenset(self._kernel.catalogue.declarations)
        wanted = Import(tuple(sent), drops_missing, needed)
        await self._run(
            lambda schema: self._import_steps(wanted, schema), request, importing.REASON
        )

    def _import_steps(self, wanted: Import, schema: Schema) -> list[Step]:
        afters, gone = importing.imported(wanted, schema)
        catalogue = self._kernel.catalogue
        dropped, stored = {each.id for each in gone}, {each.id: each for each in schema.collections}
        final = stored | {each.id: each for each in afters}
        kept = Schema(tuple(each for each in final.values() if each.id not in dropped))
        afters = importing.inferred(afters, kept)
        kept = Schema(
            tuple(({e.id: e for e in kept.collections} | {e.id: e for e in afters}).values())
        )
        related = frozenset(each.id for each in kept.collections)
        for after in afters:
            errors = errors_of(self._change(stored.get(after.id), after, kept, related))
            if errors:
                raise importing.failed(after.name, "; ".join(paths_of(errors)))
            holder = schema.find(after.name)
            if holder is not None and holder.id not in {after.id, *dropped}:
                raise importing.failed(after.name, "another collection has this name until then")
        for each in gone:
            if kept.referring(each) or views.readers(each, kept):
                raise importing.failed(each.name, "others relate to it or read it")
        drops = [Step(_known(catalogue, each.id), None) for each in gone]
        changes = [
            Step(catalogue.by_id(each.id), each) for each in afters if each != stored.get(each.id)
        ]
        try:
            followed = self._views(schema, kept, {each.id for each in afters})
        except BadRequest as error:
            raise importing.failed("views", "one reads what would be gone") from error
        return [*drops, *sorted(changes, key=lambda step: step.before is None), *followed]

    def _views(self, before: Schema, after: Schema, fixed: set[str]) -> list[Step]:
        """The steps of the views that follow a change. Raises BadRequest where one cannot."""
        return [
            Step(self._kernel.catalogue.by_id(each.id), each)
            for each in views.refreshed(before, after, fixed)
        ]

    def _current(self, definition: Definition) -> Definition:
        return _known(self._kernel.catalogue, definition.collection.id)

    def _judge(
        self,
        before: Collection | None,
        after: Collection,
        schema: Schema,
        related: frozenset[str],
        reason: str,
        query_errors: ErrorTree,
    ) -> None:
        change = self._change(before, after, schema, related)
        errors = errors_of(replace(change, query_errors=query_errors))
        if errors:
            raise Invalid(reason, errors)

    def _change(
        self,
        before: Collection | None,
        after: Collection,
        schema: Schema,
        related: frozenset[str],
    ) -> Change:
        declaration = self._kernel.catalogue.declarations.get(after.id)
        limit = self._comparisons_max if declaration else COMPARISONS_MAX
        return Change(before, after, schema, related, declaration, limit)

    async def _run(
        self, judged: Callable[[Schema], list[Step]], request: Request, reason: str
    ) -> list[Collection]:
        """Judges in a thread, as rules and patterns may take long, then makes the steps."""
        catalogue = self._kernel.catalogue
        steps: list[Step] = []

        async def attempt() -> list[Collection]:
            nonlocal steps
            revisions = catalogue.revisions
            steps = await asyncio.to_thread(judged, catalogue.schema)
            await self._try_views(steps, reason)

            def command(unit: Unit) -> Command[list[Collection]]:
                if unit.revisions != revisions:
                    raise DefinitionsChanged("judged under other definitions")
                made = yield from _make(unit, steps, reason)
                if followed is not None:
                    yield from instance_settings.append(unit, *followed)
                return made

            for _ in range(ATTEMPTS_MAX):
                followed = await self._settings.following(_renamed(steps))
                try:
                    return await self._kernel.run(request, command)
                except VersionConflict:  # others change the settings at the same moment
                    continue
            raise Unavailable("the settings keep changing")

        made = await steady(catalogue, self._kernel.store, attempt)
        gone = [step.before.collection for step in steps if step.before and step.after is None]
        ids = [collection.id for collection in gone if collection.is_auth]
        await forget_collections(self._kernel, ids, request)
        return made

    async def _try_views(self, steps: list[Step], reason: str) -> None:
        """Reads some records of every view that is defined over what is stored already."""
        touched = {each.id for step in steps if (each := step.after)}
        for view in (step.after for step in steps):
            if view is None or not view.is_view or not touched.isdisjoint(view.source_ids):
                continue
            try:
                await sample(view, self._kernel.store)
            except BadSample as bad:
                if reason == importing.REASON:
                    raise importing.failed(view.name, bad.reason.rstrip(".")) from bad
                raise Invalid(reason, {"viewQuery": views.invalid(bad.reason)}) from bad


def _inferred(after: Collection, schema: Schema) -> tuple[Collection, ErrorTree]:
    return views.inferred(after, schema) if after.is_view else (after, {})


def _known(catalogue: Catalogue, identifier: str) -> Definition:
    found = catalogue.by_id(identifier)
    if found is None:
        raise NotFound("not_found")
    return found


def _make(unit: Unit, steps: list[Step], reason: str) -> Command[list[Collection]]:
    """Appends the events of all steps; the definitions that are in force then."""
    made: list[Collection] = []
    for step in steps:
        try:
            stored = yield from define(unit, step.before, step.after)
        except (DefinitionRefused, UniqueViolation) as error:
            raise _refused(step, error, reason) from error
        if stored is not None:
            made.append(stored)
    return made


def _renamed(steps: Iterable[Step]) -> dict[str, str]:
    """The collections that get another name, by the name that they have."""
    return {
        step.before.name: step.after.name
        for step in steps
        if step.before and step.after and step.before.name != step.after.name
    }


def _refused(step: Step, error: Exception, reason: str) -> Invalid:
    """What the store said of an index, or that it refused the rest."""
    errors: ErrorTree = {}
    if isinstance(error, IndexRefused):
        errors = check_indexes.refused(error.position, error.reason)
    if reason != importing.REASON:
        return Invalid(reason, errors)
    name = step.after.name if step.after else ""
    return importing.failed(name, "; ".join(paths_of(errors)) or "the database refused it")
