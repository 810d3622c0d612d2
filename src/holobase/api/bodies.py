"""Request bodies of records: JSON and both kinds of forms, into one map of field names."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request as StarletteRequest

from holobase.api.exchange import Exchange
from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest
from holobase.domain.fields import EditorField, FileField, JsonField
from holobase.kit import forms, json
from holobase.kit.json import Json, MalformedJson

BODY_BYTES_MAX = 32 * 1024 * 1024
"""Body limit beside what the collection's own large fields may take."""

FILE_BYTES_DEFAULT = 5 * 1024 * 1024
JSON_BYTES_DEFAULT = 1024 * 1024
FORM_PARTS_MAX = 1_000
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


async def read_map(exchange: Exchange, bytes_max: int) -> dict[str, Json]:
    """The submitted map; empty without a body.

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
            return _form_map(await _multipart(exchange, body), _query_pairs(exchange))
        if kind.startswith(URLENCODED):
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FORM_PARTS_MAX)
            return _form_map([*pairs, *_query_pairs(exchange)], [])
    except (MalformedJson, UnicodeDecodeError, MultiPartException, ValueError) as error:
        raise BadRequest("malformed_body") from error
    raise BadRequest("unsupported_content_type")


def json_map(body: bytes) -> dict[str, Json]:
    """A JSON object, or `null` for an empty one. Raises MalformedJson for anything else."""
    value = json.decode_strict(body)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedJson("not an object")
    return value


async def _multipart(exchange: Exchange, body: bytes) -> list[tuple[str, str]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    request = StarletteRequest({**exchange.scope, "type": "http"}, receive)
    parts: FormData = await request.form(
        max_files=FORM_PARTS_MAX, max_fields=FORM_PARTS_MAX, max_part_size=len(body)
    )
    pairs = [
        (name, part.filename or "" if isinstance(part, UploadFile) else part)
        for name, part in parts.multi_items()
    ]
    await parts.close()
    return pairs


def _query_pairs(exchange: Exchange) -> list[tuple[str, str]]:
    return list(exchange.query.items())


def _form_map(pairs: list[tuple[str, str]], query: list[tuple[str, str]]) -> dict[str, Json]:
    """Forms carry texts: each is read as what it looks like, repeated names become lists."""
    lists: dict[str, list[Json]] = {}
    payload: dict[str, Json] = {}
    for name, text in [*query, *pairs]:
        if "\x00" in text or "\x00" in name:
            raise MalformedJson("U+0000 in a text")
        if name == JSON_PAYLOAD:
            payload |= json_map(text.encode())
        else:
            lists.setdefault(name, []).append(forms.infer(text))
    found: dict[str, Json] = {
        name: items[0] if len(items) == 1 else items for name, items in lists.items()
    }
    return found | payload
