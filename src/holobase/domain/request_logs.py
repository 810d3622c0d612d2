"""Entries of the request log: what they hold, as filters know it, and how much of it is kept."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holobase.domain.collection import Collection, Schema
from holobase.domain.fields import DateField, JsonField, NumberField, TextField
from holobase.kit import json

DEBUG, INFO, WARN, ERROR = -4, 0, 4, 8
"""How serious an entry is."""

TABLE: Final = "hb_logs"
ENTRIES: Final = Collection(
    id=TABLE,
    name=TABLE,
    fields=(
        TextField(id="id", name="id", primary_key=True),
        DateField(id="created", name="created"),
        NumberField(id="level", name="level"),
        TextField(id="message", name="message"),
        JsonField(id="data", name="data"),
    ),
)
"""The entries, as filters and sorts know them. They are records of no collection."""

SCHEMA: Final = Schema((ENTRIES,))

TRUNCATED: Final = "__pb_truncated__"
"""The member that tells, with PocketBase's name, that others were left out."""


class Entry(msgspec.Struct, frozen=True):
    """One line of the log; `data` is JSON."""

    id: str
    created: str
    level: int
    message: str
    data: str


def data_text(members: Mapping[str, Any], bytes_max: int) -> str:
    """The members as JSON, in the order of their names. Past a limit, unless that is 0, the rest is
    left out: a member that is cut in its value becomes null."""
    text = json.encode(dict(sorted(members.items())))
    if not 0 < bytes_max < len(text):
        return text.decode()
    kept: dict[str, Any] = {}
    size = len("{")
    for name, value in sorted(members.items()):
        head = len(json.encode(name)) + len(":")
        whole = head + len(json.encode(value)) + len(",")
        if size + whole > bytes_max:
            if size + head <= bytes_max:
                kept[name] = None
            break
        kept[name] = value
        size += whole
    return json.encode({**kept, TRUNCATED: True}).decode()
