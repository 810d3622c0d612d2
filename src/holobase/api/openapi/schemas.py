"""Records as JSON Schema: what an answer holds, and what may be sent."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from holobase.domain.fields import (
    AutodateField,
    BoolField,
    Field,
    FileField,
    GeoPointField,
    JsonField,
    NumberField,
    PasswordField,
    RelationField,
    SelectField,
)
from holobase.engine.catalogue import Definition

Members: TypeAlias = dict[str, Any]

TEXT: Final[Members] = {"type": "string"}
ERROR: Final[Members] = {
    "type": "object",
    "required": ["status", "message", "data"],
    "properties": {
        "status": {"type": "integer"},
        "message": TEXT,
        "data": {
            "type": "object",
            "description": "By field: a stable code, a sentence, and the sentence's parameters.",
        },
    },
}

_COLLECTION_KEYS: Final = {
    "collectionId": {**TEXT, "readOnly": True},
    "collectionName": {**TEXT, "readOnly": True},
}


def record_schema(definition: Definition, *, with_hidden: bool) -> Members:
    """What an answer holds. No key is required: `fields` leaves out what was not asked for, and
    an e-mail address may be nobody else's business."""
    members = {
        name: {"const": ""} if _is_password(field) else _value(field)  # no answer holds a password
        for name, field in definition.wire_fields
        if field is not None and (with_hidden or not field.hidden)
    }
    expand = {"type": "object", "description": "Related records, as far as `expand` asks."}
    return {"type": "object", "properties": {**members, **_COLLECTION_KEYS, "expand": expand}}


def input_schema(definition: Definition, *, with_hidden: bool) -> Members:
    """What may be sent. Unknown keys are ignored, and every type casts what it is given."""
    members: Members = {}
    for field in definition.collection.fields:
        declared = definition.declared.get(field.name)
        is_kept_by_server = isinstance(field, AutodateField) or (declared and declared.derived)
        if is_kept_by_server or (field.hidden and not with_hidden and not _is_password(field)):
            continue
        members[field.name] = _value(field)
        if _is_password(field):
            members[f"{field.name}Confirm"] = {**TEXT, "writeOnly": True}
    return {"type": "object", "properties": members}


def list_schema(item: Members) -> Members:
    """A list, by page or by cursor."""
    return {"anyOf": [_page_schema(item), _stretch_schema(item)]}


def _stretch_schema(item: Members) -> Members:
    return {
        "type": "object",
        "required": ["items", "nextCursor", "perPage"],
        "properties": {
            "items": {"type": "array", "items": item},
            "nextCursor": {**TEXT, "description": "Where to go on; empty at the end."},
            "perPage": {"type": "integer", "minimum": 1},
            "totalItems": {"type": "integer", "description": "Only with skipTotal=false."},
        },
        "not": {"required": ["page"]},
    }


def _page_schema(item: Members) -> Members:
    count = {"type": "integer", "minimum": -1}
    return {
        "type": "object",
        "required": ["items", "page", "perPage", "totalItems", "totalPages"],
        "properties": {
            "items": {"type": "array", "items": item},
            "page": {"type": "integer", "minimum": 1},
            "perPage": {"type": "integer", "minimum": 1},
            "totalItems": {**count, "description": "-1 with skipTotal."},
            "totalPages": count,
        },
    }


def _is_password(field: Field) -> bool:
    return isinstance(field, PasswordField)


def _value(field: Field) -> Members:
    for kind, make in _KINDS:
        if isinstance(field, kind):
            return _described(field, make(field))
    return _described(field, dict(TEXT))


def _described(field: Field, schema: Members) -> Members:
    text = getattr(field, "help", "")
    return {**schema, "description": text} if text else schema


def _select(field: SelectField) -> Members:
    if field.is_multiple:
        return {"type": "array", "items": {"enum": list(field.values)}}
    return {"enum": [*field.values, ""]}


def _names(field: RelationField | FileField) -> Members:
    one = dict(TEXT)
    return {"type": "array", "items": one} if field.is_multiple else one


def _geo_point(_: GeoPointField) -> Members:
    number = {"type": "number"}
    return {"type": "object", "properties": {"lon": number, "lat": number}}


_KINDS: Final[tuple[tuple[type[Field], Callable[[Any], Members]], ...]] = (
    (NumberField, lambda _: {"type": "number"}),
    (BoolField, lambda _: {"type": "boolean"}),
    (JsonField, lambda _: {}),
    (SelectField, _select),
    (RelationField, _names),
    (FileField, _names),
    (GeoPointField, _geo_point),
    (AutodateField, lambda _: {**TEXT, "readOnly": True}),
    (PasswordField, lambda _: {**TEXT, "writeOnly": True}),
)
