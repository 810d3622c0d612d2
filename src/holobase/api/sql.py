"""`/api/sql`: the SQL console, which reads."""

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.domain.errors import Unavailable
from holobase.engine.application import Application
from holobase.engine.console import SqlConsole

BODY_BYTES_MAX = 64 * 1024
"""Room for the longest statement in any spelling."""


class Sql:
    """The endpoint of the console."""

    def __init__(self, application: Application, console: SqlConsole | None) -> None:
        self._application = application
        self._console = console

    async def run(self, exchange: Exchange) -> None:
        """POST: the first rows that a reading statement finds, every value as a text."""
        if self._console is None:
            raise Unavailable("there is no console here")
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        fields = asking.fields_of(exchange)
        found, seconds = await self._console.ask(body, exchange.request)
        answer = {
            "execTime": int(seconds * 1_000),
            "affectedRows": 0,
            "columns": [
                {"name": name, "type": kind, "nullable": True} for name, kind in found.columns
            ],
            "rows": found.rows,
        }
        await exchange.answer(200, asking.picked(answer, fields))
