"""Several writes as one command: all of them in order, or none.

Each item is drafted outside, as far as the state before the batch lets foresee what it needs. What
it turns out to need because of an earlier item (its password hashed, an old one compared) it says
when its turn comes; that is done outside, and the whole batch begins anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeVar

import sqlalchemy as sa

from holobase.domain.errors import (
    BadRequest,
    FieldError,
    Invalid,
    NotFound,
    Refusal,
    Unavailable,
)
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import RECORD_ID
from holobase.engine.accounts.hashing import Unprepared
from holobase.engine.catalogue import Definition
from holobase.engine.drafts import Draft
from holobase.engine.files.uploads import SentFiles
from holobase.engine.kernel import Kernel
from holobase.engine.steady import steady
from holobase.engine.unit import Unit
from holobase.engine.writing import Writing
from holobase.kit.json import Json
from holobase.ports import command
from holobase.ports.command import Command
from holobase.rules.tables import record_table

T = TypeVar("T")

Verb: TypeAlias = Literal["create", "update", "delete", "upsert"]
METHODS: Mapping[Verb, str] = {"create": "POST", "update": "PATCH", "delete": "DELETE"}
"""What rules see as the method."""


@dataclass(frozen=True, slots=True)
class Item:
    """One write of a batch. An `upsert` is an update where a record has the id of the body, and a
    create elsewhere. `seen` is what an update or a delete builds on, as in `drafts`."""

    verb: Verb
    collection: str
    body: Mapping[str, Json]
    request: Request
    record_id: str = ""
    seen: frozenset[int] | None = None
    files: SentFiles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an item; `record` None was deleted."""

    definition: Definition
    record: Record | None
    request: Request


AnyDraft: TypeAlias = Draft[Any] | Refusal
"""A write that is ready to run, or why it will be refused when its turn comes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An item that is ready to run. An upsert runs `instead` where there is no such record."""

    draft: AnyDraft
    instead: AnyDraft | None = None
    upserted: tuple[Definition, str] | None = None


class Unfinished(Exception):
    """A draft of the batch came to something that has to be done outside first."""

    def __init__(self, draft: Draft[Any], lack: Unprepared) -> None:
        super().__init__("a batch was not prepared")
        self.draft = draft
        self.lack = lack


class Batches:
    """Runs batches."""

    def __init__(self, kernel: Kernel, writing: Writing) -> None:
        self._kernel = kernel
        self._writing = writing

    async def verb_of(self, item: Item) -> Verb:
        """What the item does as things stand before the batch: an upsert creates or updates."""
        definition = self._kernel.catalogue.find(item.collection)
        if item.verb != "upsert" or definition is None:
            return item.verb
        record_id = item.body.get("id")
        table = record_table(definition.collection)
        query = sa.select(table.c.id).where(table.c.id == sa.bindparam(RECORD_ID))
        statement = self._kernel.store.statement(query)
        given = {RECORD_ID: record_id if isinstance(record_id, str) else ""}
        rows = await self._kernel.store.fetch(statement, statement.bind(given=given))
        return "update" if rows else "create"

    async def run(
        self, items: Sequence[Item | Refusal], request: Request, seconds: float
    ) -> list[Written]:
        """What became of each item. An item that is a refusal fails when its turn comes.

        Raises Invalid (`requests.N` is the first item that was refused, and why), BadRequest where
        it takes longer than `seconds`: then nothing was written.
        """
        deadline = time.monotonic() + seconds

        async def attempt() -> list[Written]:
            plans = await _in_time(self._plans(items), deadline)
            is_kept = False
            try:
                written = await self._run(plans, request, deadline)
                is_kept = True
                return written
            finally:
                for draft in (each for plan in plans for each in (plan.draft, plan.instead)):
                    if isinstance(draft, Draft):
                        await self._writing.release(draft, is_kept=is_kept)

        return await steady(self._kernel.catalogue, self._kernel.store, attempt)

    async def _run(self, plans: Sequence[Plan], request: Request, deadline: float) -> list[Written]:
        # Each run but the last gets past what stopped the one before it, unless others interfere.
        for _ in range(2 * len(plans) + 1):
            try:
                # Never given up halfway: only the writer knows whether it was still in time.
                return await self._kernel.run(request, lambda unit: _all(unit, plans, deadline))
            except Unfinished as unfinished:
                completing = self._writing.complete(unfinished.draft, unfinished.lack)
                await _in_time(completing, deadline)
        raise Unavailable("the accounts of a batch keep changing")

    async def _plans(self, items: Sequence[Item | Refusal]) -> list[Plan]:
        return [await self._plan(item) for item in items]

    async def _plan(self, item: Item | Refusal) -> Plan:
        if isinstance(item, Refusal):
            return Plan(item)
        definition = self._kernel.catalogue.find(item.collection)
        if definition is None:
            return Plan(NotFound("not_found"))
        if item.verb != "upsert":
            return Plan(await self._draft(definition, item.verb, item, item.record_id))
        record_id = item.body.get("id")
        if not (isinstance(record_id, str) and record_id):
            return Plan(await self._draft(definition, "create", item))
        return Plan(
            await self._draft(definition, "update", item, record_id),
            instead=await self._draft(definition, "create", item),
            upserted=(definition, record_id),
        )

    async def _draft(
        self, definition: Definition, verb: Verb, item: Item, record_id: str = ""
    ) -> AnyDraft:
        request = item.request.but(method=METHODS[verb])
        try:
            if verb == "create":
                return await self._writing.draft_create(definition, item.body, request, item.files)
            if verb == "delete":
                return self._writing.draft_delete(definition, record_id, request, item.seen)
            return await self._writing.draft_update(
                definition, record_id, item.body, request, item.seen, item.files
            )
        except Refusal as refusal:
            return refusal


def _all(unit: Unit, plans: Sequence[Plan], deadline: float) -> Command[list[Written]]:
    done: list[Written] = []
    for index, plan in enumerate(plans):
        if time.monotonic() > deadline:
            raise BadRequest("batch_failed")
        try:
            done.append((yield from _one(unit, plan)))
        except Refusal as refusal:
            failed = FieldError("batch_request_failed", refusal=refusal)
            raise Invalid("batch_failed", {"requests": {str(index): failed}}) from refusal
    return done


def _one(unit: Unit, plan: Plan) -> Command[Written]:
    draft = plan.draft
    if plan.upserted is not None and plan.instead is not None:
        definition, record_id = plan.upserted
        if (yield from command.load(definition.collection, record_id)) is None:
            draft = plan.instead
    if isinstance(draft, Refusal):
        raise draft
    try:
        record = yield from draft.command(replace(unit, request=draft.request))
    except Unprepared as lack:
        raise Unfinished(draft, lack) from lack
    return Written(draft.definition, record, draft.request)


async def _in_time(work: Awaitable[T], deadline: float) -> T:
    """What the work gives. Raises BadRequest where that takes too long."""
    try:
        return await asyncio.wait_for(work, deadline - time.monotonic())
    except TimeoutError as error:
        raise BadRequest("batch_failed") from error
