"""Request bodies of records: JSON and both kinds of forms, into one map of field names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from holobase.api import multipart
from holobase.api.exchange import Exchange, pairs_of
from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest
from holobase.domain.fields import EditorField, FileField, JsonField
from holobase.engine.catalogue import Definition
from holobase.engine.files.uploads import SentFiles, keys_of
from holobase.kit import forms, json
from holobase.kit.json import Json, MalformedJson

BODY_BYTES_MAX = 32 * 1024 * 1024
"""Body limit beside what the collection's own large fields may take."""

LIMITS_MAX = 1_000
"""Definitions whose limit is remembered."""

EDITOR_BYTES_DEFAULT = 5 * 1024 * 1024
JSON_BYTES_DEFAULT = 1024 * 1024
JSON_PAYLOAD = "@jsonPayload"

JSON, MULTIPART, URLENCODED = (
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
)


@lru_cache(maxsize=LIMITS_MAX)
def limit_of(collection: Collection, bytes_max: int = BODY_BYTES_MAX) -> int:
    """The largest body that a create or update of this collection may have, in bytes."""
    extra = 0
    for each in collection.fields:
        if isinstance(each, FileField):
            extra += each.file_bytes_max * max(each.max_select, 1)
        elif isinstance(each, EditorField):
            extra += each.max_size or EDITOR_BYTES_DEFAULT
        elif isinstance(each, JsonField):
            extra += each.max_size or JSON_BYTES_DEFAULT
    return bytes_max + extra


@dataclass(slots=True)
class Sent:
    """A body with its files, which are open until the block is left."""

    body: dict[str, Json]
    form: multipart.Form = field(default_factory=multipart.Form)

    @property
    def files(self) -> SentFiles:
        """The files by the key under which they were sent."""
        return multipart.by_key(self.form.files)

    def __enter__(self) -> "Sent":
        return self

    def __exit__(self, *_: object) -> None:
        self.form.close()


async def read_record(exchange: Exchange, bytes_max: int, definition: Definition) -> Sent:
    """The submitted map and the files under the keys of the collection's file fields.

    Raises as `read_map`.
    """
    kind = exchange.headers.get("content-type", "")
    if not kind.startswith(MULTIPART):
        return Sent(await read_map(exchange, bytes_max))
    form = await read_form(exchange, bytes_max, keys_of(definition).__contains__)
    try:
        return Sent(_form_body(exchange, form), form)
    except BadRequest:
        form.close()
        raise


async def read_form(
    exchange: Exchange, bytes_max: int, wants: multipart.Wants, folder: Path | None = None
) -> multipart.Form:
    """The submitted form, whose files wait in the folder, if one is named; empty without a body.
    Raises as `read_map`."""
    if exchange.headers.get("content-length") == "0":
        return multipart.Form()
    kind = exchange.headers.get("content-type", "")
    try:
        return await multipart.read(exchange.chunks(bytes_max), kind, wants, folder)
    except ValueError as error:
        raise BadRequest("malformed_body") from error


def _form_body(
    exchange: Exchange, form: multipart.Form, *, as_texts: bool = False
) -> dict[str, Json]:
    try:
        return form_map([*exchange.query_pairs(), *form.texts], as_texts=as_texts)
    except ValueError as error:
        raise BadRequest("malformed_body") from error


async def read_map(
    exchange: Exchange, bytes_max: int, *, as_texts: bool = False
) -> dict[str, Json]:
    """The submitted map; empty without a body. Files are left out of a form.

    `as_texts`: what a form brings stays as it is, the first of each name: a code is no number.
    Raises BadRequest for what cannot be read, TooLarge past the limit.
    """
    kind = exchange.headers.get("content-type", "")
    if kind.startswith(MULTIPART):
        with await read_form(exchange, bytes_max, lambda _: False) as form:
            return _form_body(exchange, form, as_texts=as_texts)
    body = await exchange.body(bytes_max)
    if not body:
        return {}
    try:
        if kind.startswith(JSON):
            return json_map(body)
        if kind.startswith(URLENCODED):
            pairs = [*pairs_of(body), *exchange.query_pairs()]
            return form_map(pairs, as_texts=as_texts)
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


def json_map(body: bytes) -> dict[str, Json]:
    """A JSON object, or `null` for an empty one. Raises MalformedJson for anything else."""
    value = json.decode_strict(body)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedJson("not an object")
    return value


def form_map(pairs: Iterable[tuple[str, str]], *, as_texts: bool = False) -> dict[str, Json]:
    """Forms carry texts: each is read as what it looks like, repeated names become lists; as texts,
    none of that.

    Raises MalformedJson for U+0000, and for a `@jsonPayload` that is no JSON object.
    """
    lists: dict[str, list[Json]] = {}
    payload: dict[str, Json] = {}
    for name, text in pairs:
        if "\x00" in text or "\x00" in name:
            raise MalformedJson("U+0000 in a text")
        if name == JSON_PAYLOAD:
            payload |= json_map(text.encode())
        else:
            lists.setdefault(name, []).append(text if as_texts else forms.infer(text))
    found: dict[str, Json] = {
        name: items[0] if as_texts or len(items) == 1 else items for name, items in lists.items()
    }
    return found | payload
