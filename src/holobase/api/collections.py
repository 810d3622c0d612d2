"""`/api/collections`: what superusers see and change of collections themselves."""

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.api.records import PER_PAGE_DEFAULT, page_body
from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest, FieldError, Invalid
from holobase.engine.application import Application
from holobase.engine.catalogue import Definition
from holobase.engine.collections import drafting
from holobase.engine.collections.listing import filtered, ordered
from holobase.engine.collections.shape import shown
from holobase.engine.collections.truncating import truncate
from holobase.engine.oauth2.providers import PROVIDERS
from holobase.engine.reading import PER_PAGE_MAX, Page
from holobase.engine.render import members_for

BODY_BYTES_MAX = 4 * 1024 * 1024
"""A definition: every change is kept whole in the log, and every process keeps all in memory."""

QUERY_LENGTH_MAX = 5_000
"""Longest query of a view, as in PocketBase."""


class CollectionEndpoints:
    """The endpoints of collections."""

    def __init__(self, application: Application, import_bytes_max: int) -> None:
        self._application = application
        self._import_bytes_max = import_bytes_max

    async def page(self, exchange: Exchange) -> None:
        """GET: one page of collections."""
        page = max(asking.integer(exchange, "page", 1), 1)
        per_page = asking.integer(exchange, "perPage", PER_PAGE_DEFAULT)
        per_page = min(per_page, PER_PAGE_MAX) if per_page > 0 else PER_PAGE_DEFAULT
        skip_total = asking.boolean(exchange, "skipTotal")
        collections = (each.collection for each in self._application.catalogue)
        found = filtered(collections, exchange.query.get("filter", ""), exchange.request)
        found = ordered(found, exchange.query.get("sort", ""))
        fields = asking.fields_of(exchange)
        items = [
            asking.picked(shown(each), fields)
            for each in found[(page - 1) * per_page : page * per_page]
        ]
        told = Page(items, page, per_page, -1 if skip_total else len(found))
        await exchange.answer(200, page_body(told, items))

    async def create(self, exchange: Exchange) -> None:
        """POST: a new collection, answered with 200."""
        sent = await bodies.read_map(exchange, BODY_BYTES_MAX)
        asking.fields_of(exchange)  # a bad one is refused before anything is written
        made = await self._application.collections.create(sent, exchange.request)
        await self._answer(exchange, made)

    async def view(self, exchange: Exchange, name: str) -> None:
        """GET: one collection, by id or name."""
        await self._answer(exchange, self._application.catalogue.named(name).collection)

    async def update(self, exchange: Exchange, name: str) -> None:
        """PATCH: the changed collection; what is not sent stays as it is."""
        definition = self._application.catalogue.named(name)
        sent = await bodies.read_map(exchange, BODY_BYTES_MAX)
        asking.fields_of(exchange)
        changed = await self._application.collections.update(definition, sent, exchange.request)
        await self._answer(exchange, changed)

    async def delete(self, exchange: Exchange, name: str) -> None:
        """DELETE: drops the collection; 204."""
        definition = self._application.catalogue.named(name)
        await self._application.collections.delete(definition, exchange.request)
        await exchange.answer(204)

    async def truncate(self, exchange: Exchange, name: str) -> None:
        """DELETE: deletes all records of the collection; 204."""
        definition = self._application.catalogue.named(name)
        await truncate(self._application.kernel, definition, exchange.request)
        await exchange.answer(204)

    async def import_all(self, exchange: Exchange) -> None:
        """PUT: creates, changes and drops collections, all or none; 204."""
        sent = await bodies.read_map(exchange, self._import_bytes_max)
        items, drops_missing = sent.get("collections"), sent.get("deleteMissing", False)
        if not isinstance(items, list | None) or not isinstance(drops_missing, bool | None):
            raise BadRequest("malformed_body")
        if not items:
            raise Invalid("bad_submission", {"collections": FieldError("validation_required")})
        await self._application.collections.import_all(
            items, exchange.request, drops_missing=bool(drops_missing)
        )
        await exchange.answer(204)

    async def scaffolds(self, exchange: Exchange) -> None:
        """GET: a blank definition of every type."""
        blank = {kind: shown(drafting.scaffold(kind)) for kind in drafting.KINDS}
        await exchange.answer(200, asking.picked(blank, asking.fields_of(exchange)))

    async def providers(self, exchange: Exchange) -> None:
        """GET: the OAuth2 providers that a collection may name."""
        found = [
            {"name": name, "displayName": kind.title, "logo": ""}
            for name, kind in PROVIDERS.items()
        ]
        await exchange.answer(200, asking.picked(found, asking.fields_of(exchange)))

    async def dry_run_view(self, exchange: Exchange) -> None:
        """POST: the fields of a view with this query, and some of its records."""
        query = (await bodies.read_map(exchange, BODY_BYTES_MAX)).get("query")
        if not isinstance(query, str | None):
            raise BadRequest("malformed_body")
        if not query:
            raise Invalid("bad_submission", {"query": FieldError("validation_required")})
        if len(query) > QUERY_LENGTH_MAX:
            limits = {"min": 0, "max": QUERY_LENGTH_MAX}
            error = FieldError("validation_length_too_long", limits)
            raise Invalid("bad_submission", {"query": error})
        fields = asking.fields_of(exchange)
        view, records = await self._application.collections.tried(query)
        definition = Definition(view, 0)
        told = {
            "fields": shown(view)["fields"],
            "sample": [members_for(definition, each, exchange.request, ()) for each in records],
        }
        await exchange.answer(200, asking.picked(told, fields))

    async def _answer(self, exchange: Exchange, collection: Collection) -> None:
        body = asking.picked(shown(collection), asking.fields_of(exchange))
        await exchange.answer(200, body)
