"""Request bodies of records: JSON and both kinds of forms, into one map of field names."""

from collections.abc import Iterable

from holobase.api import multipart
from holobase.api.exchange import Exchange, pairs_of
from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest
from holobase.domain.fields import EditorField, FileField, JsonField
from holobase.kit import forms, json
from holobase.kit.json import Json, MalformedJson

BODY_BYTES_MAX = 32 * 1024 * 1024
"""Body limit beside what the collection's own large fields may take."""

FILE_BYTES_DEFAULT = 5 * 1024 * 1024
JSON_BYTES_DEFAULT = 1024 * 1024
JSON_PAYLOAD = "@jsonPayload"

JSON, MULTIPART, URLENCODED = (
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
)


def limit_of(collection: Collection, bytes_max: int = BODY_BYTES_MAX) -> int:
    """The largest body that a create or update of this collection may have, in bytes."""
    extra = 0
    for field in collection.fields:
        if isinstance(field, FileField):
            extra += (field.max_size or FILE_BYTES_DEFAULT) * max(field.max_select, 1)
        elif isinstance(field, EditorField):
            extra += field.max_size or FILE_BYTES_DEFAULT
        elif isinstance(field, JsonField):
            extra += field.max_size or JSON_BYTES_DEFAULT
    return bytes_max + extra


async def read_map(
    exchange: Exchange, bytes_max: int, collection: Collection | None = None
) -> dict[str, Json]:
    """The submitted map; empty without a body. Files are left out of a form, but for those under
    the keys of the collection's file fields.

    Raises BadRequest for what cannot be read, TooLarge past the limit.
    """
    kind = exchange.headers.get("content-type", "")
    body = await exchange.body(bytes_max)
    if not body:
        return {}
    try:
        if kind.startswith(JSON):
            return json_map(body)
        if kind.startswith(MULTIPART):
            files = file_keys(collection) if collection else frozenset()
            parts = multipart.parts_of(body, kind)
            sent = [(p.name, p.text) for p in parts if not p.is_file or p.name in files]
            return form_map([*exchange.query_pairs(), *sent])
        if kind.startswith(URLENCODED):
            return form_map([*pairs_of(body), *exchange.query_pairs()])
    except ValueError as error:
        raise BadRequest("malformed_body") from error
    raise BadRequest("unsupported_content_type")


async def read_json(exchange: Exchange, bytes_max: int) -> dict[str, Json]:
    """The submitted JSON object; empty without a body.

    Raises BadRequest for anything else, TooLarge past the limit.
    """
    body = await exchange.body(bytes_max)
    if not body:
        return {}
    if not exchange.headers.get("content-type", "").startswith(JSON):
        raise BadRequest("unsupported_content_type")
    try:
        return json_map(body)
    except MalformedJson as error:
        raise BadRequest("malformed_body") from error


def file_keys(collection: Collection) -> frozenset[str]:
    """The keys under which files of a record are sent."""
    names = [field.name for field in collection.fields if isinstance(field, FileField)]
    return frozenset(key for name in names for key in (name, f"{name}+", f"+{name}"))


def json_map(body: bytes) -> dict[str, Json]:
    """A JSON object, or `null` for an empty one. Raises MalformedJson for anything else."""
    value = json.decode_strict(body)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedJson("not an object")
    return value


def form_map(pairs: Iterable[tuple[str, str]]) -> dict[str, Json]:
    """Forms carry texts: each is read as what it looks like, repeated names become lists.

    Raises MalformedJson for U+0000, and for a `@jsonPayload` that is no JSON object.
    """
    lists: dict[str, list[Json]] = {}
    payload: dict[str, Json] = {}
    for name, text in pairs:
        if "\x00" in text or "\x00" in name:
            raise MalformedJson("U+0000 in a text")
        if name == JSON_PAYLOAD:
            payload |= _payload(text)
        else:
            lists.setdefault(name, []).append(forms.infer(text))
    found: dict[str, Json] = {
        name: items[0] if len(items) == 1 else items for name, items in lists.items()
    }
    return found | payload


def _payload(text: str) -> dict[str, Json]:
    value = json.decode_strict(text.encode())
    if not isinstance(value, dict):
        raise MalformedJson("not an object")
    return value
