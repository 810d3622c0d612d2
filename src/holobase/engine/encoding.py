"""Record events as bytes: what a change of values looks like in `data` and `sealed`, and back.

Created holds all values, updated and derived the changed ones, deleted the full before-image.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from holobase.domain.errors import DamagedData
from holobase.domain.event import CREATED, DELETED, IMPORTED
from holobase.domain.fields import EmailField, Field, Value
from holobase.engine.catalogue import Definition
from holobase.kit import json
from holobase.kit.json import is_exact


def told(
    kind: str, before: Mapping[str, Value] | None, after: Mapping[str, Value] | None
) -> Mapping[str, Value]:
    """The values that an event of this kind tells."""
    if kind in (CREATED, IMPORTED):
        return after or {}
    if kind == DELETED:
        return before or {}
    old, new = before or {}, after or {}
    return {name: value for name, value in new.items() if old[name] != value}


def event_members(
    definition: Definition, values: Mapping[str, Value]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The open and the sealed members of an event, ready to encode."""
    openly: dict[str, Any] = {}
    sealed: dict[str, Any] = {}
    fields, plain = definition.collection.field_by_name, definition.plain
    secrets, closed = definition.secrets, definition.sealed
    for name, value in values.items():
        if name in secrets:
            sealed[name] = value  # passwords have no wire form
            continue
        is_wire = name in plain or is_exact(value)
        told_in = sealed if name in closed else openly
        told_in[name] = value if is_wire else fields[name].to_wire(value)
    return openly, sealed


def encode_members(members: Mapping[str, Any]) -> bytes:
    """The bytes of an event's `data`."""
    return json.encode(members)


def decode_values(
    definition: Definition, openly: Mapping[str, msgspec.Raw], sealed: Mapping[str, msgspec.Raw]
) -> dict[str, Value]:
    """The values an event told, by field name.

    Raises DamagedData for a field that the definition of that moment did not have.
    """
    fields = definition.collection.field_by_name
    values: dict[str, Value] = {}
    for name, raw in (*openly.items(), *sealed.items()):
        field = fields.get(name)
        if field is None:
            raise DamagedData(f"An event of {definition.name} tells an unknown field {name}.")
        secret = name in definition.secrets
        values[name] = msgspec.json.decode(raw) if secret else field.from_event(raw)
    return values


def erased(field: Field, record_id: str) -> Value:
    """What an erased value is shown as: unique to the record, and plainly no value of anybody."""
    if isinstance(field, EmailField):
        return f"{record_id}@erased.invalid"
    return f"erased-{record_id}" if field.zero == "" else field.zero
