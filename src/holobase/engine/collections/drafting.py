"""From what was sent to the definition it means, whole: ids, system fields, indexes, secrets."""

from collections.abc import Container, Mapping
from typing import Any

import msgspec

from holobase.domain.collection import AuthOptions, Collection, Kind
from holobase.domain.errors import BadRequest, FieldError, Invalid
from holobase.domain.principal import SUPERUSERS
from holobase.engine.collections.fields import system_fields, with_system_fields
from holobase.engine.collections.indexes import rebuilt, with_auth_indexes
from holobase.engine.collections.shape import Malformed, merged
from holobase.engine.definitions import with_fresh_secrets
from holobase.kit import ids
from holobase.kit.json import Json

KINDS: tuple[Kind, ...] = ("auth", "base", "view")

SUFFIX_LENGTH = 10
"""Random characters in the names of indexes of a collection that has no id yet."""


def blank(kind: Kind) -> Collection:
    """A definition that says nothing yet but its type."""
    return Collection(
        id="",
        name="",
        type=kind,
        fields=system_fields(kind),
        auth=AuthOptions() if kind == "auth" else None,
    )


def scaffold(kind: Kind) -> Collection:
    """A blank definition as a form to fill in shows it."""
    collection = blank(kind)
    if kind != "auth":
        return collection
    indexes = with_auth_indexes((), ids.random_text(SUFFIX_LENGTH, ids.LOWER_ALPHANUMERIC), "")
    return msgspec.structs.replace(collection, indexes=indexes)


def created(sent: Mapping[str, Json], taken: Container[str], reason: str) -> Collection:
    """A new collection. `taken` are the ids there are. Raises BadRequest and Invalid (the type)."""
    kind = _kind(sent, reason) or "base"
    after = _merged(sent, blank(kind))
    given = sent.get("id")
    if given is not None and not isinstance(given, str):
        raise BadRequest("malformed_collection")
    identifier = given or ids.free(ids.collection_id(kind, after.name), taken)
    return finished(msgspec.structs.replace(after, id=identifier))


def changed(
    sent: Mapping[str, Json], before: Collection, reason: str, *, keeps: bool | None = None
) -> Collection:
    """A changed collection; see `shape.merged`. Raises BadRequest and Invalid (the type)."""
    kind = _kind(sent, reason)
    if kind and kind != before.type:
        raise Invalid(reason, {"type": FieldError("validation_collection_type_change")})
    if sent.get("id") not in (None, "", before.id):
        raise BadRequest("collection_id_change")
    return finished(_merged(sent, before, keeps=keeps))


def finished(collection: Collection) -> Collection:
    """The definition with what follows from the rest of it."""
    if collection.is_view:
        return collection
    indexes = rebuilt(collection.indexes, collection.name)
    if collection.is_auth:
        indexes = with_auth_indexes(indexes, collection.id, collection.name)
    collection = msgspec.structs.replace(
        collection,
        indexes=indexes,
        fields=with_system_fields(collection.type, collection.fields),
    )
    if collection.auth is not None:
        auth = _settled(collection, collection.auth)
        collection = with_fresh_secrets(msgspec.structs.replace(collection, auth=auth))
    return collection


def _merged(sent: Mapping[str, Json], onto: Collection, *, keeps: bool | None = None) -> Collection:
    try:
        return merged(sent, onto, keeps=keeps)
    except Malformed as error:
        raise BadRequest("malformed_collection") from error


def _kind(sent: Mapping[str, Json], reason: str) -> Kind | None:
    kind = sent.get("type")
    if kind is None or kind == "":
        return None
    if not isinstance(kind, str):
        raise BadRequest("malformed_collection")
    if kind not in KINDS:
        raise Invalid(reason, {"type": FieldError("validation_in_invalid")})
    return kind


def _settled(collection: Collection, auth: AuthOptions) -> AuthOptions:
    """The options with those that others decide: fields that are not there are nobody's target,
    and superusers log in by password."""
    fields = collection.field_by_name
    mapped: dict[str, Any] = msgspec.structs.asdict(auth.oauth2.mapped_fields)
    there = {key: name if name in fields else "" for key, name in mapped.items()}
    oauth2 = msgspec.structs.replace(
        auth.oauth2, mapped_fields=msgspec.structs.replace(auth.oauth2.mapped_fields, **there)
    )
    if collection.name != SUPERUSERS:
        return msgspec.structs.replace(auth, oauth2=oauth2)
    return msgspec.structs.replace(
        auth,
        oauth2=msgspec.structs.replace(oauth2, enabled=False),
        password_auth=msgspec.structs.replace(auth.password_auth, enabled=True),
        mfa=msgspec.structs.replace(auth.mfa, enabled=auth.mfa.enabled or auth.otp.enabled),
    )
