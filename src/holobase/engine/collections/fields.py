"""The fields of a definition: from what was sent, with what every collection of its kind has.

A field without an id takes the place, and the id, of an earlier one of its name; one with an id
that of an earlier one with this id.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from holobase.domain.collection import Kind
from holobase.domain.declaration import declare
from holobase.domain.fields import AnyField, TextField
from holobase.domain.fields.text import ID_PATTERN_DEFAULT
from holobase.kit import ids
from holobase.kit.json import Json

FIELDS_MAX: Final = 1_000
"""Fields of one collection: stores end at 1,600 columns, and every event of a record tells them."""

_FORCED: Final[Mapping[str, Mapping[str, Any]]] = {
    "id": {"system": True, "hidden": False, "required": True, "primary_key": True},
    "password": {"system": True, "hidden": True, "required": True},
    "tokenKey": {"system": True, "hidden": True, "required": True},
    "email": {"system": True, "hidden": False},
    "emailVisibility": {"system": True},
    "verified": {"system": True},
}
"""Options of system fields that nobody can send otherwise."""


def system_fields(kind: Kind) -> tuple[AnyField, ...]:
    """The fields that every collection of a kind has."""
    return _SYSTEM[kind]


def _declared_system_fields(kind: Kind) -> tuple[AnyField, ...]:
    fields = declare(".", owner="", type=kind, rules={}).collection.fields
    return tuple(field for field in fields if field.system)


_SYSTEM: Final[Mapping[Kind, tuple[AnyField, ...]]] = {
    "base": _declared_system_fields("base"),
    "auth": _declared_system_fields("auth"),
    "view": (),
}


def built_fields(
    sent: Json, kind: Kind, kept: Iterable[AnyField] = (), *, id_first: bool = True
) -> tuple[AnyField, ...]:
    """The fields that a sent list makes of a collection; `kept` come first, unless sent again.
    `id_first` says where an `id` goes that is not among them.

    Raises msgspec.ValidationError where it is no list of fields. Past FIELDS_MAX it is cut, after
    one more: that is enough to be refused.
    """
    columns = {(field.name, field.kind): field.id for field in kept}
    found: dict[str, AnyField] = {field.id: field for field in kept}
    places: dict[str, str] = {}
    for item in _items(sent):
        field = msgspec.convert({"id": "", "name": "", **item}, AnyField, strict=True)
        if not field.id:
            known = columns.get((field.name, field.kind)) or places.get(field.name)
            identifier = known or ids.free(ids.field_id(field.kind, field.name), found)
            field = msgspec.structs.replace(field, id=identifier)
        found[field.id] = field
        places[field.name] = field.id
    return with_system_fields(kind, tuple(found.values()), id_first=id_first)


def _items(sent: Json) -> list[dict[str, Json]]:
    if not isinstance(sent, list | tuple) or not all(isinstance(item, dict) for item in sent):
        raise msgspec.ValidationError("not a list of fields")
    return [
        {key: value for key, value in item.items() if value is not None}
        for item in sent[: FIELDS_MAX + 1]
    ]


def with_system_fields(
    kind: Kind, fields: tuple[AnyField, ...], *, id_first: bool = True
) -> tuple[AnyField, ...]:
    """The fields with those that the kind always has; a missing `id` comes first or last."""
    found = list(fields)
    for wanted in system_fields(kind):
        position = next((i for i, field in enumerate(found) if field.name == wanted.name), None)
        if position is not None and isinstance(found[position], type(wanted)):
            found[position] = _forced(found[position])
        elif position is not None and wanted.name != "id":
            found[position] = msgspec.structs.replace(wanted, id=found[position].id)
        elif any(field.id == wanted.id for field in found):
            continue  # it was renamed, for the checks to see
        else:
            found.insert(0 if wanted.name == "id" and id_first else len(found), wanted)
    return tuple(found)


def _forced(field: AnyField) -> AnyField:
    options = dict(_FORCED[field.name])
    if field.name == "id" and isinstance(field, TextField) and not field.pattern:
        options["pattern"] = ID_PATTERN_DEFAULT
    return msgspec.structs.replace(field, **options)
