"""`/api/logs`: the request log, for whoever may read it."""

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.api.records import page_body, picked_all
from holobase.domain.errors import Unavailable
from holobase.engine.reading import PageQuery
from holobase.engine.reading.queries import PER_PAGE_DEFAULT
from holobase.engine.request_logs import RequestLogs


class Logs:
    """The endpoints of the request log."""

    def __init__(self, logs: RequestLogs | None) -> None:
        self._kept = logs

    @property
    def _logs(self) -> RequestLogs:
        if self._kept is None:
            raise Unavailable("requests are not logged here")
        return self._kept

    async def page(self, exchange: Exchange) -> None:
        """GET: one page of entries, filtered and sorted like records."""
        asked = exchange.query
        query = PageQuery(
            page=asking.integer(exchange, "page", 1),
            per_page=asking.integer(exchange, "perPage", PER_PAGE_DEFAULT),
            sort=asked.get("sort", ""),
            filter=asked.get("filter", ""),
            skip_total=asking.boolean(exchange, "skipTotal"),
        )
        page = await self._logs.page(query)
        items = picked_all(page.items, asking.fields_of(exchange))
        await exchange.answer(200, page_body(page, items))

    async def view(self, exchange: Exchange, entry_id: str) -> None:
        """GET: one entry."""
        body = await self._logs.view(entry_id)
        await exchange.answer(200, picked_all([body], asking.fields_of(exchange))[0])

    async def stats(self, exchange: Exchange) -> None:
        """GET: how many entries each hour has that has some."""
        found = await self._logs.stats(exchange.query.get("filter", ""))
        answer = [{"date": hour, "total": total} for hour, total in found]
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def clear(self, exchange: Exchange) -> None:
        """DELETE: deletes every entry."""
        await self._logs.clear()
        await exchange.answer(204)
