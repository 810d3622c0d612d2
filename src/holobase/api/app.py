"""The ASGI application: finds who answers (`routes`), and what every answer has in common."""

import math
import time
from collections.abc import Mapping
from typing import Final

from holobase.api import errors, paths
from holobase.api.exchange import JSON_TYPE, Exchange, Receive, Scope, Send
from holobase.api.files import resumable
from holobase.api.gate import Gate
from holobase.api.journal import Journal
from holobase.api.limits import Limits
from holobase.api.origins import Header
from holobase.api.router import Route, Router
from holobase.api.routes import routes
from holobase.api.surroundings import Surroundings
from holobase.domain.errors import NotFound, OneMoreStep, Refusal, TooMany, TooSlow, Unavailable
from holobase.engine.application import Application

EXTRA_HEADERS: Final[Mapping[int, tuple[Header, ...]]] = {
    503: ((b"retry-after", b"1"),),
}
DISCARDED_BYTES_MAX: Final = 256 * 1_048_576
"""A body that was refused unread is received all the same up to this size: to close the connection
while it is being sent would lose the answer, through a proxy above all."""

NONE: Final[tuple[Route | None, list[str]]] = (None, [])


class App:
    """The whole web API."""

    def __init__(self, application: Application, surroundings: Surroundings) -> None:
        self._application = application
        self._router = Router(routes(application, surroundings))
        self._gate = Gate(application, Limits(application, surroundings.hub))
        self._origins = surroundings.origins
        self._log_error = surroundings.log_error
        logs = surroundings.request_logs
        self._journal = Journal(application, logs) if logs else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one HTTP request; other kinds of connections are refused."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        exchange = Exchange(scope, receive, send, self._origins)
        error = await self._answer(exchange)
        if self._journal is not None and exchange.status and exchange.method != "OPTIONS":
            self._journal.note(exchange, time.perf_counter() - began, error)

    async def _answer(self, exchange: Exchange) -> Exception | None:
        """Answers, and gives what was wrong where something was."""
        scope = exchange.scope
        try:
            moved = paths.moved_to(scope)
            if moved is not None:
                await exchange.answer(307, headers=((b"location", moved),))
            elif scope["method"] == "OPTIONS":
                await self._preflight(exchange)
            else:
                await self._route(exchange)
            return None
        except OneMoreStep as step:
            await exchange.answer_json(401, {"mfaId": step.mfa_id})
            return step
        except Refusal as error:
            await self._refuse(exchange, errors.status_of(error), error.reason, error)
            return error
        except Unavailable as error:
            self._log_error(f"{exchange.method} {scope['path']}", error, exchange.id)
            status, reason = (400, "too_slow") if type(error) is TooSlow else (503, "unavailable")
            await self._refuse(exchange, status, reason, None)
            return error
        except ConnectionResetError as error:
            return error
        except Exception as error:
            self._log_error(f"{exchange.method} {scope['path']}", error, exchange.id)
            await self._refuse(exchange, 500, "internal", None)
            return error

    async def _route(self, exchange: Exchange) -> None:
        route, names = self._router.find(exchange.method, paths.segments(exchange.scope)) or NONE
        if exchange.scope["path"].startswith("/api/"):
            # Whatever is remembered (definitions, settings, tokens, totals) is good from here on.
            await self._application.kernel.store.catch_up()
            await self._gate.admit(exchange, route, names)
        if route is None:
            raise NotFound("not_found")
        await route.guard.admit(exchange, self._application, names)
        await route.handler(exchange, *names)

    async def _preflight(self, exchange: Exchange) -> None:
        asked = exchange.headers.get("access-control-request-headers", "")
        headers = self._origins.preflight(exchange.headers.get("origin"), asked)
        if exchange.scope["path"].rstrip("/").startswith(resumable.PATH):
            headers += resumable.abilities(self._application.keeper.depot.bytes_max)
        await exchange.send({"type": "http.response.start", "status": 204, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": b""})

    async def _refuse(
        self, exchange: Exchange, status: int, reason: str, error: Refusal | None
    ) -> None:
        language = errors.language_of(exchange.headers.get("accept-language", ""))
        wrong, detail = (error.errors, error.detail) if error else ({}, "")
        body = errors.body_of(status, reason, wrong, language, detail)
        extra = EXTRA_HEADERS.get(status, ())
        if isinstance(error, TooMany):
            extra = ((b"retry-after", b"%d" % math.ceil(error.seconds)),)
        if exchange.declared_bytes > DISCARDED_BYTES_MAX:
            extra = (*extra, (b"connection", b"close"))
        await exchange.answer(status, body, (JSON_TYPE, *extra))
