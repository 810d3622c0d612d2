"""Writes of records that are ready to run, and the commands that they are: what happens inside the
transaction. `writing` prepares them outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from holobase.domain.errors import (
    BadRequest,
    DefinitionsChanged,
    FieldError,
    Invalid,
    NotFound,
    Outdated,
    Unavailable,
    VersionConflict,
)
from holobase.domain.fields import Value
from holobase.domain.principal import SUPERUSERS, Request
from holobase.domain.record import Record
from holobase.engine import submission
from holobase.engine.access import Check, holds, stored_cells, virtual_cells
from holobase.engine.accounts import changes, hashing
from holobase.engine.accounts.changes import OldPassword
from holobase.engine.accounts.granting import granting_errors
from holobase.engine.accounts.hashing import Unprepared
from holobase.engine.accounts.references import reference_errors
from holobase.engine.catalogue import Definition
from holobase.engine.files import marks
from holobase.engine.files.keeper import Baggage
from holobase.engine.submission import Submission
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.kit.json import Json
from holobase.ports import command
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from holobase.rules import Cells
from holobase.rules.predicate_cells import folded

T = TypeVar("T")

ID_IN_LOWER_CASE: Final = "id in lower case"
"""Key of the parameter for the id that a new record may not have in whatever case."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The compiled rules that a write needs; None where there is nothing to check."""

    rule: Check | None
    is_free: bool
    manage: Check | None
    same_id: Statement | None = None
    """Looks for a record with this id in whatever case; None where ids have one case alone."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is known of a new record without asking the store, `prepared` being what was sent.

    `body` is what rules see of the request, `cells` what they see of the record; `errors` are those
    of the values, which nobody is told before the rule lets them pass.
    """

    prepared: Submission
    values: Mapping[str, Value]
    has_own_id: bool
    body: Mapping[str, Json]
    cells: Cells
    errors: Mapping[str, FieldError]


@dataclass(slots=True)
class Draft(Generic[T]):
    """A write that is ready to run: what could be foreseen has been prepared.

    `seen`: the edits (`Record.edited`) on one of which it builds; None for any. `new_id` is for a
    record that comes with files, which are stored under it before it exists.
    """

    run: Callable[[Unit, "Draft[T]"], Command[T]]
    definition: Definition
    request: Request
    prepared: Submission
    checks: Checks
    record_id: str = ""
    old: OldPassword | None = None
    seen: frozenset[int] | None = None
    new_id: str = ""
    baggage: Baggage = field(default_factory=Baggage)
    _foreseen: Foreseen | None = None

    def command(self, unit: Unit) -> Command[T]:
        """The write, as a command.

        Raises DefinitionsChanged where it was prepared under other definitions than it meets.
        """
        if self.definition.revisions != unit.revisions:
            raise DefinitionsChanged("prepared under another definition")
        return self.run(unit, self)

    def foresee(self) -> Foreseen:
        """What the create comes to. Worked out once for what is prepared now, and better before the
        transaction: all others wait while one runs."""
        if self._foreseen is None or self._foreseen.prepared is not self.prepared:
            self._foreseen = foreseen(self.definition, self.prepared, self.new_id)
        return self._foreseen


def foreseen(definition: Definition, prepared: Submission, new_id: str) -> Foreseen:
    """What a create of this comes to; the record gets `new_id` where it is sent none."""
    values, submitted = first_values(definition, prepared)
    sent_id = values["id"]
    cells = virtual_cells(definition.collection, {**values, "id": sent_id or ids.record_id()})
    values["id"] = sent_id or new_id
    submission.autogenerate(definition, values)
    errors = submission.field_errors(definition, values, {}, prepared.uploads)
    return Foreseen(
        prepared=prepared,
        values=values,
        has_own_id=bool(sent_id),
        body=body_for(definition, prepared, submitted),
        cells=cells,
        errors={**errors, **prepared.errors},
    )


def first_values(
    definition: Definition, prepared: Submission
) -> tuple[dict[str, Value], dict[str, Value]]:
    """The values of a new record as far as they were sent, and what was sent alone."""
    submitted = submission.resolve(definition, prepared, definition.initial)
    return {**definition.initial, **submitted}, submitted


def create(unit: Unit, draft: Draft[Record]) -> Command[Record]:
    """The new record. Raises BadRequest (the rule), Invalid (the values), Unprepared."""
    definition, prepared, checks = draft.definition, draft.prepared, draft.checks
    collection = definition.collection
    known = draft.foresee()
    values = dict(known.values)
    request = unit.request.but(body=known.body)
    if not (yield from _allows(checks, request, known.cells)):
        raise BadRequest("create_failed")
    if collection.is_auth:
        manages = yield from _manages(checks, request, known.cells)
        _stop_at(changes.create_errors(prepared, values, manages=manages), "create_failed")
        values["verified"] = values["verified"] or collection.name == SUPERUSERS
    errors = dict(known.errors)
    errors |= yield from _relation_errors(unit, definition, values, errors)
    if collection.is_auth and known.has_own_id:
        errors |= yield from _account_id_errors(unit, definition, values["id"])
    errors |= yield from _same_id_errors(checks, values["id"])
    errors |= yield from granting_errors(unit, definition, prepared, {}, values)
    errors = errors or (yield from reference_errors(unit, definition, values))
    _stop_at(errors, "create_failed")
    yield from _take_files(unit, draft, values, "create_failed")
    record = yield from _named(unit.insert(definition, values), "create_failed")
    hashing.refuse_pending(definition, record.values)
    return record


def update(unit: Unit, draft: Draft[Record]) -> Command[Record]:
    """The changed record. Raises NotFound (also the rule), Outdated, Invalid, Unprepared."""
    definition, prepared, checks = draft.definition, draft.prepared, draft.checks
    collection = definition.collection
    record = yield from command.load(collection, draft.record_id)
    if record is None:
        raise NotFound("not_found")
    submitted = submission.resolve(definition, prepared, record.values)
    request = with_body(unit.request, definition, prepared, submitted)
    cells = stored_cells(collection, record.values)
    if not (yield from _allows(checks, request, cells)):
        raise NotFound("not_found")
    _stop_if_outdated(draft, record)
    values = {**record.values, **submitted}
    if collection.is_auth:
        manages = yield from _manages(checks, request, cells)
        unchecked = changes.unchecked_password(prepared.body, record.values, draft.old)
        if unchecked and not manages:
            raise Unprepared(unchecked)
        errors = changes.update_errors(prepared, record.values, values, draft.old, manages=manages)
        _stop_at(errors, "update_failed")
        yield from changes.settle(unit, definition, record.values, values)
    stored, uploads = record.values, prepared.uploads
    errors = {**submission.field_errors(definition, values, stored, uploads), **prepared.errors}
    if values["id"] != record.id:
        errors["id"] = FieldError("validation_pk_change")
    errors |= yield from granting_errors(unit, definition, prepared, record.values, values)
    errors |= yield from _relation_errors(unit, definition, values, errors)
    errors = errors or (yield from reference_errors(unit, definition, values))
    _stop_at(errors, "update_failed")
    yield from _take_files(unit, draft, values, "update_failed")
    changed = yield from _named(unit.replace(definition, record, values), "update_failed")
    hashing.refuse_pending(definition, changed.values)
    return changed


def delete(unit: Unit, draft: Draft[None]) -> Command[None]:
    """Deletes the record. Raises NotFound (also the rule), Outdated, BadRequest."""
    definition = draft.definition
    record = yield from command.load(definition.collection, draft.record_id)
    if record is None:
        raise NotFound("not_found")
    cells = stored_cells(definition.collection, record.values)
    if not (yield from _allows(draft.checks, unit.request, cells)):
        raise NotFound("not_found")
    _stop_if_outdated(draft, record)
    if definition.name == SUPERUSERS:
        verified = definition.collection.field_by_name["verified"]
        if len((yield from command.find(definition.collection, verified, 1))) <= 1:
            raise BadRequest("last_superuser")
    stub = definition.declaration.stub if definition.declaration else None
    if stub is not None:
        by = definition.collection.field_by_name[stub.by]
        if (yield from command.find(definition.collection, by, record.id)):
            yield from unit.replace(definition, record, {**record.values, **stub.values})
            return
    yield from unit.remove(definition, record)


def _take_files(
    unit: Unit, draft: Draft[Record], values: Mapping[str, Value], reason: str
) -> Command[None]:
    """Takes the marks of the files that the record names from now on, and uses up their parcels.

    Raises Unprepared where they are not stored yet: only what is allowed and well gets so far.
    """
    definition, baggage = draft.definition, draft.baggage
    for name in sorted(marks.names(definition.files, values) & baggage.uploads.keys()):
        key = marks.key_of(definition.collection.id, values["id"], name)
        if key not in baggage.marked:
            raise Unprepared(keep_for=values["id"])
        try:
            yield from marks.take(key, baggage.marked[key])
        except VersionConflict as conflict:
            raise Unavailable("files took too long to store") from conflict
        if name in baggage.claims:
            try:
                yield from baggage.claims[name].take(unit)
            except NotFound as used:
                owner = next(f for f in definition.files if name in f.items(values[f.name]))
                code = "validation_invalid_file"
                raise Invalid(reason, {owner.name: FieldError(code)}) from used


def _allows(checks: Checks, request: Request, cells: Cells) -> Command[bool]:
    return checks.is_free or (yield from holds(checks.rule, request, cells))


def _manages(checks: Checks, request: Request, cells: Cells) -> Command[bool]:
    return request.is_superuser or (yield from holds(checks.manage, request, cells))


def _relation_errors(
    unit: Unit,
    definition: Definition,
    values: Mapping[str, Value],
    known: Mapping[str, FieldError],
) -> Command[dict[str, FieldError]]:
    errors: dict[str, FieldError] = {}
    for relation in definition.collection.relations:
        wanted = tuple(relation.items(values[relation.name]))
        if not wanted or relation.name in known:
            continue
        target = unit.catalogue.find(relation.collection_id)
        if target is None:
            errors[relation.name] = FieldError("validation_missing_rel_collection")
        elif (yield from command.missing(target.collection, wanted)):
            errors[relation.name] = FieldError("validation_missing_rel_records")
    return errors


def _same_id_errors(checks: Checks, record_id: str) -> Command[dict[str, FieldError]]:
    """Ids that differ in the case of their letters alone would be one in many a file system."""
    if checks.same_id is None:
        return {}
    values = checks.same_id.bind(given={ID_IN_LOWER_CASE: folded(record_id)})
    rows = yield from command.select(checks.same_id, values)
    return {"id": FieldError("validation_pk_invalid")} if rows else {}


def _account_id_errors(
    unit: Unit, definition: Definition, record_id: str
) -> Command[dict[str, FieldError]]:
    """Ids of accounts are unique across all collections of accounts."""
    for other in unit.catalogue:
        is_other = other.collection.is_auth and other.collection.id != definition.collection.id
        if is_other and not (yield from command.missing(other.collection, (record_id,))):
            return {"id": FieldError("validation_invalid_auth_id")}
    return {}


def with_body(
    request: Request, definition: Definition, prepared: Submission, submitted: dict[str, Value]
) -> Request:
    return request.but(body=body_for(definition, prepared, submitted))


def body_for(
    definition: Definition, prepared: Submission, submitted: Mapping[str, Value]
) -> dict[str, Json]:
    shown = {n: v for n, v in submitted.items() if n not in definition.secrets}
    return submission.body_for_rules(definition, prepared, shown)


def _stop_at(errors: Mapping[str, FieldError], reason: str) -> None:
    if errors:
        raise Invalid(reason, dict(errors))


def _stop_if_outdated(draft: Draft[T], record: Record) -> None:
    if draft.seen is not None and record.edited not in draft.seen:
        raise Outdated("outdated")


def _named(writing: Command[Record], reason: str) -> Command[Record]:
    """Gives what a unique index refuses the reason of the operation."""
    try:
        return (yield from writing)
    except Invalid as error:
        raise Invalid(reason, error.errors) from error
    except BadRequest as error:
        if error.reason != "write_failed":
            raise
        raise BadRequest(reason) from error
