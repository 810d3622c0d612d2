"""`/api/collections/{collection}/records`: list, view, create, update, delete."""

from collections.abc import Sequence

import msgspec

from holobase.api import asking, bodies, etags
from holobase.api.exchange import Exchange
from holobase.api.limits import Limits
from holobase.domain.errors import BadRequest
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.application import Application
from holobase.engine.catalogue import Definition
from holobase.engine.pick import Tree, pick
from holobase.engine.reading import Page, PageQuery, Stretch
from holobase.kit import json

PER_PAGE_DEFAULT = 30


class Records:
    """The record endpoints."""

    def __init__(self, application: Application, limits: Limits, body_bytes_max: int) -> None:
        self._application = application
        self._limits = limits
        self._body_bytes_max = body_bytes_max

    async def page(self, exchange: Exchange, name: str) -> None:
        """GET: one page, by its number or by what it comes after."""
        definition = self._application.catalogue.named(name)
        query = _page_query(exchange)
        request = exchange.request
        kernel, reading = self._application.kernel, self._application.reading
        if "cursor" in exchange.query:
            stretch = await kernel.steadily(
                definition, lambda current: reading.stretch(current, query, request)
            )
            items = picked_all(stretch.items, asking.fields_of(exchange))
            await exchange.answer(200, stretch_body(stretch, items))
            return
        page = await kernel.steadily(
            definition, lambda current: reading.page(current, query, request)
        )
        if query.filter and not page.items and definition.collection.list_rule:
            await self._limits.slow_down(request, definition.collection)
        items = picked_all(page.items, asking.fields_of(exchange))
        await exchange.answer(200, page_body(page, items))

    async def view(self, exchange: Exchange, name: str, record_id: str) -> None:
        """GET: one record."""
        definition = self._application.catalogue.named(name)
        expand, reading = asking.expand_of(exchange), self._application.reading
        body, edited = await self._application.kernel.steadily(
            definition, lambda current: reading.view(current, record_id, exchange.request, expand)
        )
        fields = asking.fields_of(exchange)
        if fields is not None:
            body = json.encode(pick(msgspec.json.decode(body), fields))
        await exchange.answer(200, body, etags.tagged(edited))

    async def create(self, exchange: Exchange, name: str) -> None:
        """POST: a new record, answered with 200."""
        definition = self._application.catalogue.named(name)
        fields = asking.fields_of(exchange)
        with await self._sent(exchange, definition) as sent:
            request = exchange.request
            writing = self._application.writing
            record = await writing.create(definition, sent.body, request, sent.files)
        await self._answer_record(exchange, definition, record, request, fields)

    async def update(self, exchange: Exchange, name: str, record_id: str) -> None:
        """PATCH: the changed record."""
        definition = self._application.catalogue.named(name)
        seen = etags.seen(exchange.all_of(etags.IF_MATCH))
        fields = asking.fields_of(exchange)
        with await self._sent(exchange, definition) as sent:
            request = exchange.request
            record = await self._application.writing.update(
                definition, record_id, sent.body, request, seen, sent.files
            )
        await self._answer_record(exchange, definition, record, request, fields)

    async def delete(self, exchange: Exchange, name: str, record_id: str) -> None:
        """DELETE: 204."""
        definition = self._application.catalogue.named(name)
        seen = etags.seen(exchange.all_of(etags.IF_MATCH))
        await self._application.writing.delete(definition, record_id, exchange.request, seen)
        await exchange.answer(204)

    async def _sent(self, exchange: Exchange, definition: Definition) -> bodies.Sent:
        limit = bodies.limit_of(definition.collection, self._body_bytes_max)
        return await bodies.read_record(exchange, limit, definition)

    async def _answer_record(
        self,
        exchange: Exchange,
        definition: Definition,
        record: Record,
        request: Request,
        fields: Tree | None,
    ) -> None:
        expand, reading = asking.expand_of(exchange), self._application.reading
        members = await self._application.kernel.steadily(
            definition, lambda current: reading.show(current, record, request, expand)
        )
        await exchange.answer(200, asking.picked(members, fields), etags.tagged(record.edited))


def _page_query(exchange: Exchange) -> PageQuery:
    """What the parameters of a list ask for. Raises BadRequest.

    By cursor nothing is counted unless that is asked for.
    """
    asked = exchange.query
    by_cursor = "cursor" in asked
    if by_cursor and asked.get("page"):
        raise BadRequest("cursor_with_page")
    return PageQuery(
        page=asking.integer(exchange, "page", 1),
        per_page=asking.integer(exchange, "perPage", PER_PAGE_DEFAULT),
        sort=asked.get("sort", ""),
        filter=asked.get("filter", ""),
        expand=asking.expand_of(exchange),
        skip_total=asking.boolean(exchange, "skipTotal", default=by_cursor),
        cursor=asked.get("cursor", ""),
    )


def picked_all(items: list[bytes], fields: Tree | None) -> list[bytes]:
    """The items, which are JSON, with only what the `fields` parameter picked."""
    if fields is None:
        return items
    return [json.encode(pick(msgspec.json.decode(item), fields)) for item in items]


def stretch_body(stretch: Stretch, items: Sequence[bytes]) -> bytes:
    """The answer to a cursor around items that are JSON already; a cursor needs no escaping."""
    total = b"" if stretch.total_items < 0 else b',"totalItems":%d' % stretch.total_items
    return b'{"items":[%b],"nextCursor":"%b","perPage":%d%b}' % (
        b",".join(items),
        stretch.next_cursor.encode(),
        stretch.per_page,
        total,
    )


def page_body(page: Page, items: Sequence[bytes]) -> bytes:
    """The list answer around items that are JSON already."""
    return b'{"items":[%b],"page":%d,"perPage":%d,"totalItems":%d,"totalPages":%d}' % (
        b",".join(items),
        page.page,
        page.per_page,
        page.total_items,
        page.total_pages,
    )
