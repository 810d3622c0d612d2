"""Request logs: noted without waiting, written in batches behind the requests, kept for some days.

Whoever notes an entry only puts it into a queue. When the queue is full, because the disk is slow
or gone, entries are dropped and counted: requests never wait for their logs.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

import msgspec
import sqlalchemy as sa

from holobase.domain.errors import BadRequest, NotFound
from holobase.domain.request_logs import ENTRIES, SCHEMA, Entry, data_text
from holobase.domain.settings import Logs
from holobase.engine.background import Background
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.jobs import Job
from holobase.engine.metrics import LOG_DROPPED, LOG_WAITING, LOG_WRITTEN
from holobase.engine.reading.queries import FILTER_BYTES_MAX, Page, PageQuery
from holobase.kit import dates, ids, json
from holobase.ports.clock import Clock
from holobase.ports.request_log import RequestLog
from holobase.ports.statement import Statement
from holobase.rules import Access, RuleError, compile_expression, compile_sort
from holobase.rules.sort import last_tie
from holobase.rules.tables import record_table

QUEUE_MAX = 10_000
"""Entries that wait to be written, some 10 MB; past it they are dropped."""

BATCH_MAX = 200
"""Entries written at once: spelling them takes two milliseconds."""

FLUSH_SECONDS = 1.0
"""How long an entry waits for others to be written with."""

COMPILED_MAX = 200
"""Filters and sorts kept compiled."""

SECONDS_MAX = 16
"""Seconds that are kept as texts: what waits is a second or two old."""

_LIMIT, _OFFSET, _ID = "limit", "offset", "entry id"
_HOUR: Final[sa.ColumnElement[str]] = sa.literal_column("substr(created, 1, 13)")


class Noted(NamedTuple):
    """An entry that waits: when, how serious, what happened, and the details."""

    at: int
    level: int
    message: str
    data: Mapping[str, Any]


class RequestLogs(Background):
    """Writes from `async with` until the block is left; what waits is written then."""

    def __init__(
        self,
        log: RequestLog,
        settings: KeptSettings,
        clock: Clock,
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(
            on_failure, retry_seconds=FLUSH_SECONDS, poll_seconds=FLUSH_SECONDS, finishes=True
        )
        self._log = log
        self._settings = settings
        self._clock = clock
        self._queue: deque[Noted] = deque()
        self._writing = asyncio.Lock()
        self._wanted = settings.held.logs
        self._table = record_table(ENTRIES)
        self._compiled = lru_cache(maxsize=COMPILED_MAX)(self._compile)
        self.job = Job("__pbLogsCleanup__", "0 */6 * * *", self.trim)

    async def step(self) -> bool:
        """Writes what waits; more comes later."""
        LOG_WAITING.set(len(self._queue))
        await self.flush()
        logs = self._settings.held.logs
        if _keeps_less(logs, self._wanted):
            await self.trim()
        self._wanted = logs
        return False

    async def stop(self) -> None:
        """Writes what has come since, and ends."""
        await super().stop()
        await self.flush()

    def wants(self, level: int) -> bool:
        """Whether entries of this level are kept."""
        logs = self._settings.held.logs
        return logs.max_days > 0 and level >= logs.min_level

    def note(self, level: int, message: str, data: Mapping[str, Any]) -> None:
        """Puts an entry into the queue, or drops it where that is full. Never waits."""
        if len(self._queue) >= QUEUE_MAX:
            LOG_DROPPED.inc()
            return
        self._queue.append(Noted(self._clock(), level, message, data))

    async def flush(self) -> None:
        """Writes what waits. What cannot be written is dropped, and told to `on_failure`."""
        async with self._writing:
            bytes_max = self._settings.held.logs.max_data_size
            while self._queue:
                taken = [self._queue.popleft() for _ in range(min(BATCH_MAX, len(self._queue)))]
                try:
                    await self._log.write([_entry(each, bytes_max) for each in taken])
                    LOG_WRITTEN.inc(len(taken))
                except Exception as error:
                    LOG_DROPPED.inc(len(taken))
                    self._on_failure(error)
            LOG_WAITING.set(0)

    async def trim(self) -> None:
        """Deletes what the settings do not want to be kept any longer."""
        logs = (await self._settings.current()).logs
        oldest = datetime.fromtimestamp(self._clock() / 1_000, UTC)
        with contextlib.suppress(OverflowError):  # for ever
            oldest -= timedelta(days=logs.max_days)
            await self._log.trim(dates.from_datetime(oldest), logs.min_level)

    async def clear(self) -> None:
        """Deletes everything."""
        await self.flush()
        await self._log.clear()

    async def page(self, query: PageQuery) -> Page:
        """One page of entries as JSON. Raises BadRequest for a bad filter or sort."""
        await self.flush()
        statement, count = self._compiled(query.filter, query.sort)
        page, per_page = max(query.page, 1), query.limit
        given = {_LIMIT: per_page, _OFFSET: min((page - 1) * per_page, 2**62)}
        rows = await self._log.fetch(statement, statement.bind(given=given))
        total = -1
        if not query.skip_total:
            total = int((await self._log.fetch(count, count.bind()))[0][0])
        return Page([_shown(row) for row in rows], page, per_page, total)

    async def view(self, entry_id: str) -> bytes:
        """One entry as JSON. Raises NotFound."""
        await self.flush()
        table = self._table
        query = sa.select(*_columns(table)).where(table.c.id == sa.bindparam(_ID))
        statement = self._log.statement(query)
        rows = await self._log.fetch(statement, statement.bind(given={_ID: entry_id}))
        if not rows:
            raise NotFound("not_found")
        return _shown(rows[0])

    async def stats(self, filter_text: str) -> list[tuple[str, int]]:
        """How many entries there are of each hour that has some, the oldest first. Raises as
        `page`."""
        await self.flush()
        conditions = self._conditions(filter_text)
        query = sa.select(cast(Any, _HOUR), sa.func.count()).select_from(self._table)
        query = query.where(*conditions).group_by(_HOUR)
        statement = self._log.statement(query)
        rows = await self._log.fetch(statement, statement.bind())
        return sorted((f"{hour}:00:00.000Z", int(total)) for hour, total in rows)

    def _compile(self, filter_text: str, sort_text: str) -> tuple[Statement, Statement]:
        table = self._table
        conditions = self._conditions(filter_text)
        order = [last_tie(ENTRIES, table)]
        if sort_text:
            try:
                order = compile_sort(sort_text, ENTRIES, SCHEMA, Access.RULE, None).order_by(table)
            except RuleError as error:
                raise BadRequest("bad_query") from error
        page = sa.select(*_columns(table)).where(*conditions).order_by(*order)
        page = page.limit(sa.bindparam(_LIMIT, type_=sa.Integer()))
        page = page.offset(sa.bindparam(_OFFSET, type_=sa.Integer()))
        count = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return self._log.statement(page), self._log.statement(count)

    def _conditions(self, filter_text: str) -> list[sa.ColumnElement[Any]]:
        if not filter_text:
            return []
        if "\x00" in filter_text or len(filter_text.encode()) > FILTER_BYTES_MAX:
            raise BadRequest("bad_query")
        try:
            expression = compile_expression(filter_text, ENTRIES, SCHEMA, Access.RULE, None)
        except RuleError as error:
            raise BadRequest("bad_query") from error
        return [expression.where(self._table)]


def _columns(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [table.c[name] for name in ENTRIES.field_names]


@lru_cache(maxsize=SECONDS_MAX)
def _second(seconds: int) -> str:
    """The wire text of a second, without its fraction."""
    return dates.from_milliseconds(seconds * 1_000)[: -len(".000Z")]


def _entry(noted: Noted, bytes_max: int) -> Entry:
    return Entry(
        id=ids.record_id(),
        created=f"{_second(noted.at // 1_000)}.{noted.at % 1_000:03}Z",
        level=noted.level,
        message=noted.message,
        data=data_text(noted.data, bytes_max),
    )


def _shown(row: tuple[Any, ...]) -> bytes:
    """An entry in the order in which the wire has its members."""
    entry_id, created, level, message, data = row
    return json.encode(
        {
            "id": entry_id,
            "created": created,
            "data": msgspec.Raw(data.encode()),
            "message": message,
            "level": int(level),
        }
    )


def _keeps_less(logs: Logs, than: Logs) -> bool:
    return logs.max_days < than.max_days or logs.min_level > than.min_level
