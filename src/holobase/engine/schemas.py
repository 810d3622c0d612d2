"""JSON Schemas of all events, as `holobase log tail --json` prints them, made from declarations.

One schema a collection, with a definition for each kind of event; one for what all events share;
one for the events that define collections, and one for facts.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.declaration import Declaration
from holobase.domain.derived import Count
from holobase.domain.event import (
    CREATED,
    DEFINITIONS,
    DELETED,
    DERIVED,
    IMPORTED,
    SETTINGS,
    UPDATED,
)
from holobase.domain.fields import Field, Storage
from holobase.domain.settings import SECRETS, InstanceSettings
from holobase.engine.catalogue import Definition

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "event.json"
WHOLE_KINDS = (CREATED, IMPORTED, DELETED)
"""Kinds of events that tell all values of a record."""

_TEXT: Schema = {"type": "string"}
_VALUES: dict[Storage, Schema] = {
    Storage.TEXT: _TEXT,
    Storage.NUMBER: {"type": "number"},
    Storage.BOOL: {"type": "boolean"},
    Storage.LIST: {"type": "array", "items": _TEXT},
    Storage.JSON: {},
    Storage.GEO: {
        "type": "object",
        "properties": {"lon": {"type": "number"}, "lat": {"type": "number"}},
        "required": ["lon", "lat"],
    },
}


def schemas(declarations: Iterable[Declaration]) -> dict[str, Schema]:
    """Every schema by the name of its file."""
    made = {
        ENVELOPE: _envelope(),
        f"{DEFINITIONS}.json": _definitions(),
        f"{SETTINGS}.json": _settings(),
        "facts.json": _facts(),
    }
    for declaration in declarations:
        made[f"{declaration.name}.json"] = _records(declaration)
    return made


def schema_of(event_type: str) -> str:
    """The name and fragment of the schema for events of this type, e.g. `cards.json#/$defs/…`."""
    collection, _, kind = event_type.rpartition(".")
    if collection in (DEFINITIONS, SETTINGS):
        return f"{collection}.json"
    is_of_record = kind in {*WHOLE_KINDS, UPDATED, DERIVED}
    return f"{collection}.json#/$defs/{kind}" if is_of_record else "facts.json"


def _envelope() -> Schema:
    number = {"type": "integer", "minimum": 1}
    columns: Schema = {
        "position": {**number, "description": "Place in the whole log."},
        "id": {"type": "string", "format": "uuid"},
        "stream": {"type": "string", "description": "Collection id and record id."},
        "version": {**number, "description": "Place in the stream."},
        "type": {"type": "string"},
        "schema": {"type": "integer", "minimum": 0, "description": "Revision of the definition."},
        "data": {"type": "object"},
        "sealed_bytes": {"type": "integer", "minimum": 0},
        "actor": {"type": "string"},
        "request_id": {"type": "string"},
        "causation_id": {"type": ["string", "null"], "format": "uuid"},
        "at": {"type": "string"},
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
    return {
        "$schema": DIALECT,
        "$id": ENVELOPE,
        "title": "Event",
        "type": "object",
        "properties": columns,
        "required": list(columns),
        "additionalProperties": False,
    }


def _records(declaration: Declaration) -> Schema:
    definition = Definition(declaration.collection, 1, declaration)
    openly = [f for f in declaration.collection.fields if f.name not in definition.sealed]
    values = {field.name: _value(field) for field in openly}
    counted = {
        name
        for name, declared in declaration.fields.items()
        if declared.derived is not None and name in values
    }
    whole = {
        "type": "object",
        "properties": values,
        "required": list(values),
        "additionalProperties": False,
    }
    changed = {"type": "object", "properties": values, "additionalProperties": False}
    derived = {**changed, "properties": {n: v for n, v in values.items() if n in counted}}
    record: Schema = {"$ref": "#/$defs/record"}
    kinds = {kind: _event(f"{declaration.name}.{kind}", record) for kind in WHOLE_KINDS}
    kinds[UPDATED] = _event(f"{declaration.name}.{UPDATED}", changed)
    if any(isinstance(declared.derived, Count) for declared in declaration.fields.values()):
        kinds[DERIVED] = _event(f"{declaration.name}.{DERIVED}", derived)
    sealed = ", ".join(f.name for f in declaration.collection.fields if f.name in definition.sealed)
    return {
        "$schema": DIALECT,
        "$id": f"{declaration.name}.json",
        "title": f"Events of {declaration.name}",
        "description": f"Sealed, and so not in the data: {sealed or 'nothing'}.",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds],
        "$defs": {**kinds, "record": whole},
    }


def _event(event_type: str, data: Schema) -> Schema:
    return {
        "allOf": [{"$ref": ENVELOPE}],
        "properties": {"type": {"const": event_type}, "data": data},
    }


def _value(field: Field) -> Schema:
    return _VALUES[field.storage]


def _definitions() -> Schema:
    (reference,), parts = msgspec.json.schema_components(
        [Collection], ref_template="#/$defs/{name}"
    )
    types = [f"{DEFINITIONS}.{kind}" for kind in (CREATED, UPDATED, DELETED)]
    return {
        "$schema": DIALECT,
        "$id": f"{DEFINITIONS}.json",
        "title": "Events that define collections",
        "allOf": [{"$ref": ENVELOPE}],
        "properties": {"type": {"enum": types}, "data": reference},
        "$defs": parts,
    }


def _settings() -> Schema:
    (reference,), parts = msgspec.json.schema_components(
        [InstanceSettings], ref_template="#/$defs/{name}"
    )
    for part in parts.values():
        for *_, secret in SECRETS:
            part["properties"].pop(secret, None)
    return {
        "$schema": DIALECT,
        "$id": f"{SETTINGS}.json",
        "title": "Events that change the settings of the instance",
        "description": f"Sealed, and so not in the data: {', '.join(map('.'.join, SECRETS))}.",
        "allOf": [{"$ref": ENVELOPE}],
        "properties": {"type": {"const": f"{SETTINGS}.changed"}, "data": reference},
        "$defs": parts,
    }


def _facts() -> Schema:
    return {
        "$schema": DIALECT,
        "$id": "facts.json",
        "title": "Facts: what happened to a record without changing it",
        "allOf": [{"$ref": ENVELOPE}],
        "properties": {
            "stream": {"pattern": "/facts$"},
            "type": {"pattern": r"^[a-z_]+\.[a-z_]+$"},
        },
    }
