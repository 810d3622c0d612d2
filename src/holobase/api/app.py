"""The ASGI application: finds who answers (`routes`), and what every answer has in common."""

from collections.abc import Mapping
from typing import Final

from holobase.api import errors, paths
from holobase.api.exchange import (
    ANY_ORIGIN,
    JSON_TYPE,
    Exchange,
    Header,
    Receive,
    Scope,
    Send,
)
from holobase.api.router import Router
from holobase.api.routes import routes
from holobase.api.surroundings import Surroundings
from holobase.domain.errors import NotFound, OneMoreStep, Refusal, Unavailable
from holobase.engine.application import Application

EXTRA_HEADERS: Final[Mapping[int, tuple[Header, ...]]] = {
    413: ((b"connection", b"close"),),  # what was not read is not waited for
    503: ((b"retry-after", b"1"),),
}
METHODS: Final = b"GET,HEAD,PUT,PATCH,POST,DELETE"


class App:
    """The whole web API."""

    def __init__(self, application: Application, surroundings: Surroundings) -> None:
        self._application = application
        self._router = Router(routes(application, surroundings))
        self._log_error = surroundings.log_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one HTTP request; other kinds of connections are refused."""
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send)
        try:
            moved = paths.moved_to(scope)
            if moved is not None:
                await exchange.answer(307, headers=((b"location", moved),))
            elif scope["method"] == "OPTIONS":
                await self._preflight(exchange)
            else:
                if scope["path"].startswith("/api/"):  # with the definitions of other processes
                    await self._application.kernel.store.catch_up()
                await self._route(exchange)
        except OneMoreStep as step:
            await exchange.answer_json(401, {"mfaId": step.mfa_id})
        except Refusal as error:
            await self._refuse(exchange, errors.status_of(error), error.reason, error)
        except Unavailable as error:
            self._log_error(f"{exchange.method} {scope['path']}", error, exchange.id)
            await self._refuse(exchange, 503, "unavailable", None)
        except ConnectionResetError:
            return
        except Exception as error:
            self._log_error(f"{exchange.method} {scope['path']}", error, exchange.id)
            await self._refuse(exchange, 500, "internal", None)

    async def _route(self, exchange: Exchange) -> None:
        found = self._router.find(exchange.method, paths.segments(exchange.scope))
        if found is None:
            raise NotFound("not_found")
        route, names = found
        await route.guard.admit(exchange, self._application, names)
        await route.handler(exchange, *names)

    async def _preflight(self, exchange: Exchange) -> None:
        asked = exchange.headers.get("access-control-request-headers", "")
        headers = [(b"vary", b"Origin")]
        if "origin" in exchange.headers:
            headers = [
                (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
                ANY_ORIGIN,
                (b"access-control-allow-methods", METHODS),
                *([(b"access-control-allow-headers", asked.encode("latin-1"))] if asked else []),
            ]
        await exchange.send({"type": "http.response.start", "status": 204, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": b""})

    async def _refuse(
        self, exchange: Exchange, status: int, reason: str, error: Refusal | None
    ) -> None:
        language = errors.language_of(exchange.headers.get("accept-language", ""))
        body = errors.body_of(status, reason, error.errors if error else {}, language)
        await exchange.answer(status, body, (JSON_TYPE, *EXTRA_HEADERS.get(status, ())))
