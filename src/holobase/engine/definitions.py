"""Definitions as events, and how our own declarations meet the stored ones at start.

Fields are compared by id: new ones are added, renamed ones keep their data, a superuser's own
additions stay. What would lose data is refused, for a person to decide.
"""

import re
from collections.abc import Iterable

import msgspec

from holobase.domain.auth_options import TOKENS, secrets_of, with_secrets
from holobase.domain.collection import Collection, Rule
from holobase.domain.declaration import Declaration
from holobase.domain.errors import DamagedData
from holobase.domain.event import CREATED, DEFINITIONS, DELETED, UPDATED, NewEvent, stream_of
from holobase.domain.fields import AnyField
from holobase.engine.catalogue import Definition
from holobase.engine.files import marks
from holobase.engine.sealing import Sealer
from holobase.engine.unit import Unit
from holobase.kit import dates, ids
from holobase.ports import command
from holobase.ports.command import Command, DefinitionChange

SECRET_LENGTH = 50

OWN_WORDS = ("help", "presentable")
"""What a superuser may say about a field that the product declares."""

_INDEX_NAME = re.compile(r"CREATE (?:UNIQUE )?INDEX `([^`]+)` ON ")
_RULES = ("list_rule", "view_rule", "create_rule", "update_rule", "delete_rule")
_AUTH_RULES = ("auth_rule", "manage_rule")


def reconcile(declaration: Declaration, stored: Collection | None) -> Collection | None:
    """The collection to define now, or None where the stored one already is as declared.

    A superuser's additions, options and rules stay; a rule stays until its declaration changes.
    Raises DamagedData where following the declaration would change a field's type.
    """
    declared = msgspec.structs.replace(
        declaration.collection, declared=rules_of(declaration.collection)
    )
    if stored is None:
        return with_fresh_secrets(declared)
    merged = msgspec.structs.replace(
        declared,
        fields=_merge_fields(declared.name, declared.fields, stored.fields),
        indexes=_merge_indexes(declared.indexes, stored.indexes),
        created=stored.created,
        updated=stored.updated,
        auth=stored.auth or declared.auth,
    )
    merged = with_fresh_secrets(_merge_rules(merged, declared, stored))
    return None if merged == stored else merged


def rules_of(collection: Collection) -> tuple[tuple[str, Rule], ...]:
    """Every rule by the name of its attribute."""
    rules = [(name, getattr(collection, name)) for name in _RULES]
    if collection.auth is not None:
        rules += [(name, getattr(collection.auth, name)) for name in _AUTH_RULES]
    return tuple(rules)


def _merge_fields(
    name: str, declared: Iterable[AnyField], stored: Iterable[AnyField]
) -> tuple[AnyField, ...]:
    """The stored fields in their order, ours as declared, then those that are new."""
    ours = {field.id: field for field in declared}
    merged: list[AnyField] = []
    for before in stored:
        field = ours.pop(before.id, None)
        if field is not None and (before.kind, before.storage) != (field.kind, field.storage):
            raise DamagedData(f"{name}.{field.name} is stored as {before.kind}, not {field.kind}.")
        merged.append(before if field is None else _with_own_words(field, before))
    merged += ours.values()
    names = [field.name.lower() for field in merged]
    for field in ours.values():
        if names.count(field.name.lower()) > 1:
            raise DamagedData(
                f"{name}.{field.name} is new in this version, but somebody has added a field of"
                " that name: rename theirs first."
            )
    return tuple(merged)


def _with_own_words(field: AnyField, stored: AnyField) -> AnyField:
    """A declared field with what a superuser may say about it."""
    kept = {name: getattr(stored, name) for name in OWN_WORDS if hasattr(field, name)}
    return msgspec.structs.replace(field, **kept)


def _merge_indexes(declared: Iterable[str], stored: Iterable[str]) -> tuple[str, ...]:
    """The stored indexes in their order, ours as declared, then those that are new."""
    ours = {_index_name(index): index for index in declared}
    kept = [ours.pop(_index_name(index), index) for index in stored]
    return (*kept, *ours.values())


def _index_name(index: str) -> str:
    found = _INDEX_NAME.match(index)
    return found[1] if found else index


def _merge_rules(merged: Collection, declared: Collection, stored: Collection) -> Collection:
    last, told = dict(stored.declared), dict(declared.declared)
    found = dict(rules_of(stored))
    rules = {
        name: found.get(name) if name in last and last[name] == rule else rule
        for name, rule in told.items()
    }
    if merged.auth is not None:
        ours = {name: rules.pop(name) for name in _AUTH_RULES}
        merged = msgspec.structs.replace(merged, auth=msgspec.structs.replace(merged.auth, **ours))
    return msgspec.structs.replace(merged, **rules)


def with_fresh_secrets(collection: Collection) -> Collection:
    """The collection with a secret for every kind of token that has none."""
    if collection.auth is None:
        return collection
    secrets = secrets_of(collection.auth)
    for name in TOKENS.values():
        secrets.setdefault(name, ids.random_text(SECRET_LENGTH))
    return msgspec.structs.replace(collection, auth=with_secrets(collection.auth, secrets))


def define(
    unit: Unit,
    before: Definition | None,
    after: Collection | None,
    *,
    keeps_dates: bool = False,
) -> Command[Collection | None]:
    """Creates, changes or (`after` None) drops a collection; the definition as it is stored.

    It is dated now, unless it comes from elsewhere and `keeps_dates`.
    """
    moment = dates.from_milliseconds(unit.now)
    if after is not None and not (keeps_dates and after.updated):
        after = msgspec.structs.replace(after, created=after.created or moment, updated=moment)
    told = after or (before.collection if before else None)
    if told is None:
        raise ValueError("a definition event needs a definition")
    kind = DELETED if after is None else UPDATED if before else CREATED
    stream = stream_of(DEFINITIONS, told.id)
    event_type = f"{DEFINITIONS}.{kind}"
    openly, secrets = _split(told)
    event = NewEvent(
        id=ids.event_id(unit.now),
        stream=stream,
        type=event_type,
        schema=before.revision if before else 0,
        data=msgspec.json.encode(openly),
        sealed=unit.sealer.seal(secrets, stream, event_type, None) if secrets else None,
        actor=unit.request.actor,
        request_id=unit.request.id,
        causation_id=None,
        at=unit.now,
    )
    change = DefinitionChange(before.collection if before else None, after)
    yield from command.append(event, change, before.revision if before else None)
    if before is not None and _loses_files(before, after):
        yield from marks.let_go([f"{told.id}/"])
    return after


def _loses_files(before: Definition, after: Collection | None) -> bool:
    left = {(field.id, field.kind) for field in after.fields} if after else set()
    return any((field.id, field.kind) not in left for field in before.files)


def _split(collection: Collection) -> tuple[Collection, dict[str, str]]:
    """The definition without its secrets, and the secrets."""
    if collection.auth is None:
        return collection, {}
    openly = msgspec.structs.replace(collection, auth=with_secrets(collection.auth, {}))
    return openly, secrets_of(collection.auth)


def from_event(
    data: bytes, sealed: bytes | None, stream: str, kind: str, sealer: Sealer
) -> Collection:
    """The definition that an event told, its secrets included."""
    collection = msgspec.json.decode(data, type=Collection)
    if sealed is None or collection.auth is None:
        return collection
    opened = sealer.open(sealed, stream, kind, None) or {}
    secrets = {name: msgspec.json.decode(raw, type=str) for name, raw in opened.items()}
    return msgspec.structs.replace(collection, auth=with_secrets(collection.auth, secrets))
