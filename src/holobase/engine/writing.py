"""Creating, updating and deleting records for somebody: rules, checks, events.

Whatever is slow (hashing, comparing an old password) is prepared before the command runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from holobase.domain.errors import BadRequest, FieldError, Forbidden, Invalid, NotFound
from holobase.domain.fields import Cell, Value
from holobase.domain.principal import SUPERUSERS, Request
from holobase.domain.record import Record
from holobase.engine import submission
from holobase.engine.access import (
    RECORD_ID,
    Check,
    Rules,
    holds,
    is_waived,
    virtual_values,
)
from holobase.engine.accounts import changes, hashing
from holobase.engine.accounts.changes import OldPassword
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.accounts.principals import Principals
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.permissions import Permissions
from holobase.engine.submission import Submission
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.kit.json import Json
from holobase.ports import command
from holobase.ports.command import Command


@dataclass(frozen=True, slots=True)
class Checks:
    """The compiled rules that a write needs; None where there is nothing to check."""

    rule: Check | None
    is_free: bool
    manage: Check | None


class Writing:
    """The write side of records."""

    def __init__(
        self,
        kernel: Kernel,
        rules: Rules,
        passwords: Passwords,
        principals: Principals,
        permissions: Permissions,
    ) -> None:
        self._kernel = kernel
        self._rules = rules
        self._passwords = passwords
        self._principals = principals
        self._permissions = permissions

    async def create(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> Record:
        """The new record. Raises Forbidden, BadRequest (the rule), Invalid (the values)."""
        rule = self._rule(definition, definition.collection.create_rule, request)
        checks = self._checks(definition, rule, request, is_create=True)
        prepared = await self._prepare(definition, body, request)
        if prepared.hashes and await self._may_be_created(definition, prepared, checks, request):
            prepared = await hashing.hashed(definition, prepared, self._passwords)
        return await self._kernel.run(
            request, lambda unit: _create(unit, definition, prepared, checks)
        )

    async def update(
        self, definition: Definition, record_id: str, body: Mapping[str, Json], request: Request
    ) -> Record:
        """The changed record. Raises Forbidden, NotFound (also the rule), Invalid."""
        rule = self._rule(definition, definition.collection.update_rule, request)
        checks = self._checks(definition, rule, request, is_create=False)
        prepared = await self._prepare(definition, body, request)
        old: OldPassword | None = None
        if prepared.hashes or (definition.collection.is_auth and changes.needs_old_password(body)):
            record = await self._for_update(definition, record_id, prepared, checks, request)
            old = await self._old_password(definition, record, body, checks, request)
            if _may_be_updated(definition, prepared, record, old):
                prepared = await hashing.hashed(definition, prepared, self._passwords)
        return await self._kernel.run(
            request, lambda unit: _update(unit, definition, record_id, prepared, checks, old)
        )

    async def delete(self, definition: Definition, record_id: str, request: Request) -> None:
        """Deletes the record. Raises Forbidden, NotFound (also the rule), BadRequest."""
        rule = self._rule(definition, definition.collection.delete_rule, request)
        checks = self._checks(definition, rule, request, is_create=False)
        await self._kernel.run(request, lambda unit: _delete(unit, definition, record_id, checks))

    @staticmethod
    def _rule(definition: Definition, rule: str | None, request: Request) -> str:
        if definition.collection.type == "view":
            raise BadRequest("unsupported_collection_type")
        if rule is None and not request.is_superuser:
            raise Forbidden("superusers_only")
        return rule or ""

    def _checks(
        self, definition: Definition, rule: str, request: Request, *, is_create: bool
    ) -> Checks:
        compiled = self._rules.virtual_check if is_create else self._rules.record_check
        auth = definition.collection.auth
        manage = auth.manage_rule if auth and request.auth else None
        free = is_waived(rule, request)
        return Checks(
            rule=None if free else compiled(definition, rule, request),
            is_free=free,
            manage=compiled(definition, manage, request) if manage else None,
        )

    async def _prepare(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> Submission:
        prepared = Submission(body, request.is_superuser)
        if not request.is_superuser and request.auth is not None:
            wanted = {
                declared.server
                for name, declared in definition.declared.items()
                if declared.server and any(key.strip("+-") == name for key in body)
            }
            if wanted:
                granted = await self._permissions.of(request.auth)
                prepared = replace(prepared, permissions=granted)
        return hashing.announced(definition, prepared)

    async def _may_be_created(
        self, definition: Definition, prepared: Submission, checks: Checks, request: Request
    ) -> bool:
        """Whether a create is worth hashing for: False only where it will be refused."""
        values, submitted = _first_values(definition, prepared)
        submission.autogenerate(definition, values)
        asking = _with_body(request, definition, prepared, submitted)
        if not checks.is_free and (
            checks.rule is None or checks.rule.expression.decide(asking) is False
        ):
            return False
        auth = definition.collection.auth
        if auth and changes.password_errors(prepared.body, is_create=True):
            return False
        if prepared.errors or submission.field_errors(definition, values, {}):
            return False
        for name in auth.password_auth.identity_fields if auth else ():
            if await self._principals.named(definition, name, values[name]):
                return False
        return True

    async def _for_update(
        self,
        definition: Definition,
        record_id: str,
        prepared: Submission,
        checks: Checks,
        request: Request,
    ) -> Record:
        """The record whose password shall change. A stranger gets no further."""
        record = await self._principals.load(definition, record_id)
        if record is None:
            raise NotFound("not_found")
        submitted = submission.resolve(definition, prepared, record.values)
        asking = _with_body(request, definition, prepared, submitted)
        if not checks.is_free and not await self._rules.passes(checks.rule, asking, record_id):
            raise NotFound("not_found")
        return record

    async def _old_password(
        self,
        definition: Definition,
        record: Record,
        body: Mapping[str, Json],
        checks: Checks,
        request: Request,
    ) -> OldPassword | None:
        """The outcome of comparing the old password; None for who needs to give none."""
        if request.is_superuser or not definition.collection.is_auth:
            return None
        if await self._rules.passes(checks.manage, request, record.id):
            return None
        given, stored = changes.sent(body, "oldPassword"), record.values["password"]
        matches = bool(given) and await self._passwords.verify(given, stored)
        return OldPassword(stored, matches)


def _may_be_updated(
    definition: Definition, prepared: Submission, record: Record, old: OldPassword | None
) -> bool:
    """Whether an update is worth hashing for: False only where it will be refused."""
    values = {**record.values, **submission.resolve(definition, prepared, record.values)}
    if definition.collection.is_auth and changes.password_errors(prepared.body, is_create=False):
        return False
    if prepared.errors or submission.field_errors(definition, values, record.values):
        return False
    return old is None or old.matches


def _first_values(
    definition: Definition, prepared: Submission
) -> tuple[dict[str, Value], dict[str, Value]]:
    """The values of a new record as far as they were sent, and what was sent alone."""
    submitted = submission.resolve(definition, prepared, definition.initial)
    return {**definition.initial, **submitted}, submitted


def _create(
    unit: Unit, definition: Definition, prepared: Submission, checks: Checks
) -> Command[Record]:
    collection = definition.collection
    values, submitted = _first_values(definition, prepared)
    has_own_id = bool(values["id"])
    virtual = virtual_values(collection, {**values, "id": values["id"] or ids.record_id()})
    request = _with_body(unit.request, definition, prepared, submitted)
    if not (yield from _allows(checks, request, virtual)):
        raise BadRequest("create_failed")
    if collection.is_auth:
        manages = yield from _manages(checks, request, virtual)
        _stop_at(changes.create_errors(prepared, values, manages=manages), "create_failed")
        values["verified"] = values["verified"] or collection.name == SUPERUSERS
    submission.autogenerate(definition, values)
    errors = {**submission.field_errors(definition, values, {}), **prepared.errors}
    errors |= yield from _relation_errors(unit, definition, values, errors)
    if collection.is_auth and has_own_id:
        errors |= yield from _account_id_errors(unit, definition, values["id"])
    _stop_at(errors, "create_failed")
    record = yield from _named(unit.insert(definition, values), "create_failed")
    hashing.refuse_pending(definition, record.values)
    return record


def _update(
    unit: Unit,
    definition: Definition,
    record_id: str,
    prepared: Submission,
    checks: Checks,
    old: OldPassword | None,
) -> Command[Record]:
    collection = definition.collection
    record = yield from command.load(collection, record_id)
    if record is None:
        raise NotFound("not_found")
    submitted = submission.resolve(definition, prepared, record.values)
    request = _with_body(unit.request, definition, prepared, submitted)
    given: dict[str, Cell] = {RECORD_ID: record_id}
    if not (yield from _allows(checks, request, given)):
        raise NotFound("not_found")
    values = {**record.values, **submitted}
    if collection.is_auth:
        manages = yield from _manages(checks, request, given)
        errors = changes.update_errors(prepared, record.values, values, old, manages=manages)
        _stop_at(errors, "update_failed")
        values["verified"] = values["verified"] or collection.name == SUPERUSERS
        changes.rotate_token_key(record.values, values)
    errors = {**submission.field_errors(definition, values, record.values), **prepared.errors}
    if values["id"] != record.id:
        errors["id"] = FieldError("validation_pk_change")
    errors |= yield from _relation_errors(unit, definition, values, errors)
    _stop_at(errors, "update_failed")
    changed = yield from _named(unit.replace(definition, record, values), "update_failed")
    hashing.refuse_pending(definition, changed.values)
    return changed


def _delete(unit: Unit, definition: Definition, record_id: str, checks: Checks) -> Command[None]:
    record = yield from command.load(definition.collection, record_id)
    if record is None:
        raise NotFound("not_found")
    if not (yield from _allows(checks, unit.request, {RECORD_ID: record_id})):
        raise NotFound("not_found")
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


def _allows(checks: Checks, request: Request, given: dict[str, Cell]) -> Command[bool]:
    return checks.is_free or (yield from holds(checks.rule, request, given))


def _manages(checks: Checks, request: Request, given: dict[str, Cell]) -> Command[bool]:
    return request.is_superuser or (yield from holds(checks.manage, request, given))


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


def _account_id_errors(
    unit: Unit, definition: Definition, record_id: str
) -> Command[dict[str, FieldError]]:
    """Ids of accounts are unique across all collections of accounts."""
    for other in unit.catalogue:
        is_other = other.collection.is_auth and other.collection.id != definition.collection.id
        if is_other and not (yield from command.missing(other.collection, (record_id,))):
            return {"id": FieldError("validation_invalid_auth_id")}
    return {}


def _with_body(
    request: Request, definition: Definition, prepared: Submission, submitted: dict[str, Value]
) -> Request:
    shown = {n: v for n, v in submitted.items() if n not in definition.secrets}
    return replace(request, body=submission.body_for_rules(definition, prepared, shown))


def _stop_at(errors: Mapping[str, FieldError], reason: str) -> None:
    if errors:
        raise Invalid(reason, dict(errors))


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
