"""`POST /api/batch`: several writes of records in one request, all of them or none."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from holobase.api import asking, bodies, etags, multipart
from holobase.api.exchange import Exchange, pairs_of
from holobase.api.limits import Limits
from holobase.domain.errors import (
    BadRequest,
    ErrorTree,
    FieldError,
    Forbidden,
    Invalid,
    Refusal,
    TooMany,
)
from holobase.domain.principal import Request
from holobase.domain.settings import Batch
from holobase.engine.application import Application
from holobase.engine.batch import Item, Verb, Written
from holobase.engine.expand import parse_expand
from holobase.engine.files.uploads import NO_FILES, SentFile, SentFiles
from holobase.engine.pick import parse_fields

BODY_BYTES_MAX = 128 * 1024 * 1024
"""Body limit where the settings name none."""

SECONDS_DEFAULT = 3
"""How long a batch may take where the settings do not say."""

URL_BYTES_MAX = 2_000
"""Longest address of an item, as in PocketBase."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VERBS: Mapping[tuple[str, bool], Verb] = {
    ("POST", False): "create",
    ("PUT", False): "upsert",
    ("PATCH", True): "update",
    ("DELETE", True): "delete",
}
"""What a method means, without and with a record's id in the address."""

BATCH = "batch"
"""Where items are counted, apart from requests."""

_RECORDS = re.compile(
    r"/api/collections/(?P<collection>[^/?]+)/records(?:/(?P<id>[^/?]+))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_FILE = re.compile(r"requests(?:\.(?P<dotted>[0-9]{1,6})\.|\[(?P<index>[0-9]{1,6})\]\.)(?P<key>.+)")


class Asked(msgspec.Struct, frozen=True):
    """One request of a batch, as it came."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] | None = None
    body: dict[str, Any] | None = None


class AskedBatch(msgspec.Struct, frozen=True):
    """A batch, as it came."""

    requests: list[Asked] | None = None


class BatchEndpoint:
    """The endpoint of batches."""

    def __init__(self, application: Application, limits: Limits) -> None:
        self._application = application
        self._limits = limits

    async def run(self, exchange: Exchange) -> None:
        """POST: what became of each request, in order."""
        settings = (await self._application.instance_settings.current()).batch
        if not settings.enabled or settings.max_requests <= 0:
            raise Forbidden("batch_disabled")
        fields = asking.fields_of(exchange)
        with await _read(exchange, settings.max_body_size or BODY_BYTES_MAX) as sent:
            asked = _requests(sent)
            _check(asked, settings)
            request = exchange.request
            request = request.but(context="batch")
            files = _files(sent.form)
            items = [
                await self._counted(self._item(each, files.get(index, NO_FILES), request))
                for index, each in enumerate(asked)
            ]
            seconds = settings.timeout or SECONDS_DEFAULT
            written = await self._application.batches.run(items, request, seconds)
        answer = [await self._shown(each) for each in written]
        await exchange.answer(200, asking.picked(answer, fields))

    def _item(self, asked: Asked, files: SentFiles, request: Request) -> Item | Refusal:
        """What is to be written, or why it will be refused when its turn comes."""
        match = _RECORDS.fullmatch(asked.url)
        verb = VERBS.get((asked.method, match["id"] is not None)) if match else None
        if match is None or verb is None:
            return BadRequest("bad_batch_item")
        try:
            pairs = pairs_of((match["query"] or "").encode())
            body = bodies.form_map(pairs) | (asked.body or {})
            query = dict(reversed(pairs))  # the first of each name
            parse_fields(query.get("fields", ""))  # a bad one is refused before it is written
            seen = _seen(asked, verb)
        except ValueError:
            return BadRequest("bad_batch_item")
        except Refusal as refusal:
            return refusal
        its_request = request.but(query=query, headers=_headers(asked, request))
        name, record_id = match["collection"], match["id"] or ""
        return Item(verb, name, body, its_request, record_id, seen, files)

    async def _counted(self, item: Item | Refusal) -> Item | Refusal:
        """The item, or the refusal of one that is more than a rate limit allows."""
        if isinstance(item, Refusal) or not self._limits.are_on:
            return item
        definition = self._application.catalogue.find(item.collection)
        if definition is None:
            return item
        try:
            tag = await self._application.batches.verb_of(item)
            await self._limits.check_tags(item.request, definition.collection, (tag,), BATCH)
        except TooMany as refusal:
            return refusal
        return item

    async def _shown(self, written: Written) -> dict[str, Any]:
        if written.record is None:
            return {"body": None, "status": 204}
        query = written.request.query
        members = await self._application.reading.show(
            written.definition,
            written.record,
            written.request,
            parse_expand(query.get("expand", "")),
        )
        picked = asking.picked(members, parse_fields(query.get("fields", "")))
        return {"body": msgspec.Raw(picked), "status": 200}


async def _read(exchange: Exchange, bytes_max: int) -> bodies.Sent:
    """The body of a batch, and its files. Raises BadRequest for what cannot be read, TooLarge."""
    kind = exchange.headers.get("content-type", "")
    try:
        if not kind.startswith(bodies.MULTIPART):
            return bodies.Sent(await bodies.read_map(exchange, bytes_max))
        form = await bodies.read_form(exchange, bytes_max, _is_of_a_record)
    except BadRequest as error:
        raise BadRequest("malformed_body") from error
    try:
        return bodies.Sent(bodies.form_map(form.texts), form)
    except ValueError as error:
        form.close()
        raise BadRequest("malformed_body") from error


def _requests(sent: bodies.Sent) -> list[Asked]:
    try:
        return msgspec.convert(sent.body, AskedBatch).requests or []
    except ValueError as error:
        raise BadRequest("malformed_body") from error


def _is_of_a_record(name: str) -> bool:
    return _FILE.fullmatch(name) is not None


def _files(form: multipart.Form) -> dict[int, dict[str, list[SentFile]]]:
    """The files of each request by its place."""
    found: dict[int, list[tuple[str, SentFile]]] = {}
    for name, file in form.files:
        match = _FILE.fullmatch(name)
        if match is not None:
            index = int(match["dotted"] or match["index"])
            found.setdefault(index, []).append((match["key"], file))
    return {index: multipart.by_key(files) for index, files in found.items()}


def _check(asked: list[Asked], settings: Batch) -> None:
    if not asked:
        raise Invalid("bad_batch", {"requests": FieldError("validation_required")})
    if len(asked) > settings.max_requests:
        raise Invalid("bad_batch", {"requests": _too_long(settings.max_requests)})
    errors = {str(index): wrong for index, each in enumerate(asked) if (wrong := _errors(each))}
    if errors:
        raise Invalid("bad_batch", {"requests": errors})


def _errors(asked: Asked) -> ErrorTree:
    errors: dict[str, FieldError] = {}
    if not asked.method:
        errors["method"] = FieldError("validation_required")
    elif asked.method not in METHODS:
        errors["method"] = FieldError("validation_in_invalid")
    if not asked.url:
        errors["url"] = FieldError("validation_required")
    elif len(asked.url.encode()) > URL_BYTES_MAX:
        errors["url"] = _too_long(URL_BYTES_MAX)
    return errors


def _too_long(most: int) -> FieldError:
    return FieldError("validation_length_too_long", {"max": most, "min": 0})


def _seen(asked: Asked, verb: Verb) -> frozenset[int] | None:
    """What the item's own `If-Match` demands. Raises BadRequest for one that cannot be met."""
    found = [text for name, text in (asked.headers or {}).items() if name.lower() == etags.IF_MATCH]
    if found and verb == "upsert":
        raise BadRequest("bad_if_match")  # what may be created has no edit to build on
    return etags.seen(found) if verb in ("update", "delete") else None


def _headers(asked: Asked, request: Request) -> Mapping[str, str]:
    """The headers of the batch, and over them those of the item; nobody else is asked for."""
    if not asked.headers:
        return request.headers
    own = {name.lower().replace("-", "_"): value for name, value in asked.headers.items()}
    own.pop("authorization", None)
    return {**request.headers, **own}
