"""New collections as the SDK 0.21 sends them: a `schema` whose items have `options`, in place of
`fields`, and relations to collections by name.
"""

from collections.abc import Mapping
from typing import Final

from holobase.domain.collection import Schema
from holobase.domain.errors import BadRequest
from holobase.kit.json import Json

RENAMED: Final[Mapping[str, str]] = {"noDecimal": "onlyInt", "convertUrls": "convertURLs"}
"""Options that were called otherwise."""

MANY: Final = 2**31 - 1
"""How many records a relation may have that does not say it: one would be the default today."""

DATES: Final[tuple[dict[str, Json], ...]] = (
    {"name": "created", "type": "autodate", "onCreate": True},
    {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
)
"""What every collection had without being asked."""


def translated(sent: Mapping[str, Json], schema: Schema) -> Mapping[str, Json]:
    """What was sent, with `fields` for its `schema` where it has none. Raises BadRequest."""
    items = sent.get("schema")
    if sent.get("fields") is not None or items is None:
        return sent
    if not isinstance(items, list):
        raise BadRequest("malformed_collection")
    fields = [_field(item, schema) for item in items]
    names = [field.get("name") for field in fields]
    return {**sent, "fields": [*fields, *(each for each in DATES if each["name"] not in names)]}


def _field(item: Json, schema: Schema) -> dict[str, Json]:
    options = (item.get("options") or {}) if isinstance(item, dict) else None
    if not (isinstance(item, dict) and isinstance(options, dict)):
        raise BadRequest("malformed_collection")
    own = {key: value for key, value in item.items() if key != "options"}
    field = {RENAMED.get(key, key): value for key, value in options.items()} | own
    if field.get("type") == "relation":
        target = field.get("collectionId")
        known = schema.find(target) if isinstance(target, str) else None
        field["collectionId"] = known.id if known else target
        if field.get("maxSelect") is None:
            field["maxSelect"] = MANY
    return field
