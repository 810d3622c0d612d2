"""The SQL console: reading statements of superusers, each of them a fact in the log.

Tables follow from the log alone, so a statement that wrote into one would break what replay
proves: nothing is written here, by nobody.
"""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final

from holobase.domain.errors import BadRequest, FieldError, Forbidden, Invalid
from holobase.domain.event import NewEvent, facts_of
from holobase.domain.principal import SUPERUSERS, Request
from holobase.domain.sql_text import READING, begins_with, without_values
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.kit import ids, json
from holobase.kit.json import Json
from holobase.ports import command
from holobase.ports.command import Command
from holobase.ports.console import Console, Found

QUERY_LENGTH_MAX = 5_000
"""Characters of a statement, as in PocketBase."""

ASKED: Final = f"{SUPERUSERS}.sql_asked"


class SqlConsole:
    """What superusers may ask of the store itself."""

    def __init__(self, kernel: Kernel, console: Console) -> None:
        self._kernel = kernel
        self._console = console

    async def ask(self, body: Mapping[str, Json], request: Request) -> tuple[Found, float]:
        """What a statement finds, and in how many seconds. It is in the log before it runs.

        Raises Invalid, BadRequest and Unavailable, see `ports.console`.
        """
        sql = body.get("query") or ""
        if not isinstance(sql, str):
            raise BadRequest("malformed_body")
        if not sql.strip():
            raise Invalid("sql_refused", {"query": FieldError("validation_required")})
        if len(sql) > QUERY_LENGTH_MAX:
            params = {"min": 0, "max": QUERY_LENGTH_MAX}
            error = FieldError("validation_length_too_long", params)
            raise Invalid("sql_refused", {"query": error})
        if begins_with(sql) not in READING:
            raise BadRequest("sql_writes")
        await self._kernel.run(request, partial(_remember, sql=sql))
        began = time.perf_counter()
        return await self._console.ask(sql), time.perf_counter() - began


def _remember(unit: Unit, sql: str) -> Command[int]:
    """What was asked, without its values for all who may read the log, and sealed with them."""
    account = unit.request.auth
    if account is None:
        raise Forbidden("superusers_only")
    stream = facts_of(account.collection_id, account.id)
    event = NewEvent(
        id=ids.event_id(unit.now),
        stream=stream,
        type=ASKED,
        schema=0,
        data=json.encode({"query": without_values(sql)}),
        sealed=unit.sealer.seal({"query": sql}, stream, ASKED, None),
        actor=unit.request.actor,
        request_id=unit.request.id,
        causation_id=None,
        at=unit.now,
    )
    return (yield from command.append(event))
