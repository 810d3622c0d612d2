"""Records as JSON: keys in byte order, and what each caller may not see left out."""

from collections.abc import Container, Mapping
from typing import Any, cast

from holobase.domain.fields import Value
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.catalogue import Definition
from holobase.kit import json
from holobase.kit.json import is_exact

BODY_BYTES_MAX = 65_536
"""Larger bodies are not kept with the row; they are rendered when read."""


def wire_members(
    definition: Definition,
    values: Mapping[str, Value],
    *,
    hidden: bool = False,
    email: bool = False,
) -> dict[str, Any]:
    """A record's members, ready to encode, for somebody who sees hidden fields, or the e-mail
    address of an account that does not show it, or neither."""
    collection = definition.collection
    show_email = email or not collection.is_auth or values["emailVisibility"]
    plain = definition.plain
    members: dict[str, Any] = {}
    for key, field in definition.wire_fields:
        if field is None:
            members[key] = collection.id if key == "collectionId" else collection.name
        elif (hidden or not field.hidden) and (show_email or key != "email"):
            value = values[key]
            is_wire = key in plain or is_exact(value)
            members[key] = value if is_wire else field.to_wire(value)
    return members


def public_body(definition: Definition, values: Mapping[str, Value]) -> bytes | None:
    """What a guest sees of the record, or None where that is too large to keep."""
    body = json.encode(wire_members(definition, values))
    return body if len(body) <= BODY_BYTES_MAX else None


def with_expand(members: dict[str, Any], expand: Mapping[str, Any]) -> dict[str, Any]:
    """The members with `expand` in its place by byte order."""
    return dict(sorted({**members, "expand": cast(Any, expand)}.items()))


def members_for(
    definition: Definition, record: Record, request: Request, managed: Container[str]
) -> dict[str, Any]:
    """A record's members for the caller; `managed` are the ids of the accounts they manage."""
    return wire_members(
        definition,
        record.values,
        hidden=request.is_superuser,
        email=_sees_email(record, request) or record.id in managed,
    )


def _sees_email(record: Record, request: Request) -> bool:
    if request.is_superuser:
        return True
    mine = request.auth
    return mine is not None and (mine.collection_id, mine.id) == (record.collection_id, record.id)
