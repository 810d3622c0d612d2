"""Foreign definitions as ours: alone, or joined with a collection that is here already."""

from collections.abc import Iterable, Mapping, Set
from typing import Any, Final

import msgspec

from holobase.domain.auth_options import TOKENS, AuthOptions, OAuth2
from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest, DamagedData
from holobase.domain.fields import AnyField, RelationField
from holobase.engine.collections.drafting import KINDS, blank, finished
from holobase.engine.collections.indexes import NoIndex, parsed, rebuilt
from holobase.engine.collections.shape import Malformed, merged
from holobase.ports.foreign import ForeignCollection

FIELD_ID_LENGTH_MAX: Final = 90
"""Characters kept of an id that is given another number; with that it stays below 100."""


def collection_of(source: ForeignCollection) -> Collection:
    """The definition as it was, under its own name and id.

    Raises DamagedData for what this program does not know: it was made by a newer one.
    """
    if source.type not in KINDS:
        raise _newer(source, f"type {source.type}")
    sent = {
        **source.options,
        **source.rules,
        "name": source.name,
        "system": source.is_system,
        "fields": source.fields,
        "indexes": source.indexes,
    }
    try:
        drafted = merged(sent, blank(source.type))
    except (Malformed, BadRequest) as error:
        raise _newer(source, str(error)) from error
    collection = finished(
        msgspec.structs.replace(
            drafted,
            id=source.id,
            created=source.created,
            updated=source.updated,
            view_query=str(source.options.get("viewQuery", "")),
        )
    )
    if collection.auth is None:
        return collection
    return msgspec.structs.replace(collection, auth=_with_secret(collection.auth, source.options))


def _with_secret(auth: AuthOptions, options: Mapping[str, Any]) -> AuthOptions:
    """With the secret of auth tokens, which a draft makes anew where its rule is no new one's."""
    secret = options.get("authToken", {}).get("secret") or auth.auth_token.secret
    token = msgspec.structs.replace(auth.auth_token, secret=secret)
    return msgspec.structs.replace(auth, auth_token=token)


def _newer(source: ForeignCollection, what: str) -> DamagedData:
    return DamagedData(
        f"The collection {source.name} has what this program does not know ({what}): the folder"
        " was written by a newer PocketBase."
    )


def moved(collection: Collection, name: str, identifier: str, ids: Mapping[str, str]) -> Collection:
    """The definition under another name and id, its relations following the `ids` that change."""
    fields = tuple(_following(field, ids) for field in collection.fields)
    return msgspec.structs.replace(
        collection,
        id=identifier,
        name=name,
        fields=fields,
        indexes=_renamed(collection.indexes, collection.id, identifier, name),
    )


def _following(field: AnyField, ids: Mapping[str, str]) -> AnyField:
    if isinstance(field, RelationField) and field.collection_id in ids:
        return msgspec.structs.replace(field, collection_id=ids[field.collection_id])
    return field


def _renamed(texts: Iterable[str], old: str, new: str, table: str) -> tuple[str, ...]:
    """Indexes of a collection with a new id: names are unique among all collections."""
    found = rebuilt(texts, table)
    return found if old == new else tuple(text.replace(old, new) for text in found)


def conflicts(here: Collection, source: Collection) -> list[str]:
    """The fields that have one name here and there, but not one kind of value."""
    ours = {field.name.lower(): field for field in here.fields}
    return [
        field.name
        for field in source.fields
        if (known := ours.get(field.name.lower())) is not None
        and (known.kind, known.storage, known.name) != (field.kind, field.storage, field.name)
    ]


def joined(here: Collection, source: Collection, *, is_system: bool) -> Collection:
    """The collection that is here, with what the source adds: fields, indexes, ways to log in.

    What is here keeps its rules, its fields and its ways to log in. Tokens of the source's accounts
    stay good, so those that were given here do not.
    """
    names = {field.name for field in here.fields}
    taken = {field.id for field in (*here.fields, *source.fields)}
    ours = {field.id for field in here.fields}
    added = []
    for field in (each for each in source.fields if each.name not in names):
        identifier = _free_id(field.id, taken) if field.id in ours else field.id
        taken.add(identifier)
        added.append(msgspec.structs.replace(field, id=identifier))
    after = msgspec.structs.replace(
        here,
        fields=(*here.fields, *added),
        indexes=(*here.indexes, *_new_indexes(here, source)),
    )
    if here.auth is None or source.auth is None:
        return after
    return msgspec.structs.replace(
        after, auth=source.auth if is_system else _joined_auth(here.auth, source.auth)
    )


def _free_id(identifier: str, taken: Set[str]) -> str:
    """An id like this one that no field has."""
    number = 2
    while (found := f"{identifier[:FIELD_ID_LENGTH_MAX]}_{number}") in taken:
        number += 1
    return found


def _joined_auth(here: AuthOptions, source: AuthOptions) -> AuthOptions:
    """What was chosen here, and the source's where nothing was; its ways to log in beside ours."""
    fresh, password, theirs = AuthOptions(), here.password_auth, source.password_auth
    chosen = {name: getattr(here, name) for name in AuthOptions.__struct_fields__}
    chosen = {name: each for name, each in chosen.items() if each != getattr(fresh, name)}
    fields = (*password.identity_fields, *theirs.identity_fields)
    settled = {
        "auth_rule": here.auth_rule,
        "manage_rule": here.manage_rule,
        "password_auth": msgspec.structs.replace(
            password,
            enabled=password.enabled or theirs.enabled,
            identity_fields=tuple(dict.fromkeys(fields)),
        ),
        "oauth2": _joined_oauth2(here.oauth2, source.oauth2),
        **{name: getattr(source, name) for name in TOKENS},
    }
    return msgspec.structs.replace(source, **(chosen | settled))


def _joined_oauth2(here: OAuth2, source: OAuth2) -> OAuth2:
    known = {provider.name for provider in here.providers}
    others = (each for each in source.providers if each.name not in known)
    return msgspec.structs.replace(
        here if here.providers else source,
        enabled=here.enabled or source.enabled,
        providers=(*here.providers, *others),
    )


def _new_indexes(here: Collection, source: Collection) -> tuple[str, ...]:
    known = {_meaning(text) for text in here.indexes}
    names = {_name(text) for text in here.indexes}
    found = rebuilt(source.indexes, here.name)
    return tuple(text for text in found if _meaning(text) not in known and _name(text) not in names)


def _meaning(text: str) -> tuple[object, ...]:
    try:
        index = parsed(text)
    except NoIndex:
        return (text,)
    return index.is_unique, index.columns or index.keys, index.where


def _name(text: str) -> str:
    try:
        return parsed(text).name.lower()
    except NoIndex:
        return text
