"""Definitions as events, and how our own declarations meet the stored ones at start.

Fields are compared by id: new ones are added, renamed ones keep their data, a superuser's own
additions stay. What would lose data is refused, for a person to decide.
"""

from collections.abc import Iterable

import msgspec

from holobase.domain.collection import AuthOptions, Collection
from holobase.domain.declaration import Declaration
from holobase.domain.errors import DamagedData
from holobase.domain.event import CREATED, DEFINITIONS, DELETED, UPDATED, NewEvent, stream_of
from holobase.domain.fields import AnyField
from holobase.engine.catalogue import Definition
from holobase.engine.sealing import Sealer
from holobase.engine.unit import Unit
from holobase.kit import dates, ids
from holobase.ports import command
from holobase.ports.command import Command, DefinitionChange

SECRET_LENGTH = 50


def reconcile(declaration: Declaration, stored: Collection | None) -> Collection | None:
    """The collection to define now, or None where the stored one already is as declared.

    Raises DamagedData where following the declaration would change a field's type.
    """
    declared = declaration.collection
    if stored is None:
        return _with_secrets(declared)
    merged = msgspec.structs.replace(
        declared,
        fields=_merge_fields(declared.name, declared.fields, stored.fields),
        indexes=tuple(dict.fromkeys((*declared.indexes, *stored.indexes))),
        created=stored.created,
        updated=stored.updated,
        auth=_merge_auth(declared.auth, stored.auth),
    )
    return None if merged == stored else merged


def _merge_fields(
    name: str, declared: Iterable[AnyField], stored: Iterable[AnyField]
) -> tuple[AnyField, ...]:
    known = {field.id: field for field in stored}
    for field in declared:
        before = known.pop(field.id, None)
        if before is not None and (before.kind, before.storage) != (field.kind, field.storage):
            raise DamagedData(f"{name}.{field.name} is stored as {before.kind}, not {field.kind}.")
    return (*declared, *known.values())


def _with_secrets(collection: Collection) -> Collection:
    if collection.auth is None:
        return collection
    token = msgspec.structs.replace(
        collection.auth.auth_token, secret=ids.random_text(SECRET_LENGTH)
    )
    auth = msgspec.structs.replace(collection.auth, auth_token=token)
    return msgspec.structs.replace(collection, auth=auth)


def _merge_auth(declared: AuthOptions | None, stored: AuthOptions | None) -> AuthOptions | None:
    if declared is None or stored is None:
        return declared
    return msgspec.structs.replace(declared, auth_token=stored.auth_token)


def define(unit: Unit, before: Definition | None, after: Collection | None) -> Command[int]:
    """Creates, changes or (`after` None) drops a collection; the new revision."""
    moment = dates.from_milliseconds(unit.now)
    if after is not None:
        after = msgspec.structs.replace(after, created=after.created or moment, updated=moment)
    told = after or (before.collection if before else None)
    if told is None:
        raise ValueError("a definition event needs a definition")
    kind = DELETED if after is None else UPDATED if before else CREATED
    stream = stream_of(DEFINITIONS, told.id)
    event_type = f"{DEFINITIONS}.{kind}"
    openly, secret = _split(told)
    event = NewEvent(
        id=ids.event_id(unit.now),
        stream=stream,
        type=event_type,
        schema=before.revision if before else 0,
        data=msgspec.json.encode(openly),
        sealed=unit.sealer.seal({"secret": secret}, stream, event_type, None) if secret else None,
        actor=unit.request.actor,
        request_id=unit.request.id,
        at=unit.now,
    )
    change = DefinitionChange(before.collection if before else None, after)
    return (yield from command.append(event, change, before.revision if before else None))


def _split(collection: Collection) -> tuple[Collection, str]:
    """The definition without its secret, and the secret."""
    if collection.auth is None:
        return collection, ""
    secret = collection.auth.auth_token.secret
    return _with_secret(collection, ""), secret


def _with_secret(collection: Collection, secret: str) -> Collection:
    if collection.auth is None:
        return collection
    token = msgspec.structs.replace(collection.auth.auth_token, secret=secret)
    auth = msgspec.structs.replace(collection.auth, auth_token=token)
    return msgspec.structs.replace(collection, auth=auth)


def from_event(
    data: bytes, sealed: bytes | None, stream: str, kind: str, sealer: Sealer
) -> Collection:
    """The definition that an event told, its secret included."""
    collection = msgspec.json.decode(data, type=Collection)
    if sealed is None:
        return collection
    opened = sealer.open(sealed, stream, kind, None) or {}
    return _with_secret(collection, msgspec.json.decode(opened["secret"], type=str))
