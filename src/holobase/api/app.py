"""The ASGI application: one small router, and what every answer has in common.

`_route` and `_fixed_paths` read as the table of contents of the wire.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from holobase.api import errors, paths
from holobase.api.accounts import Accounts
from holobase.api.batch import BatchEndpoint
from holobase.api.collections import CollectionEndpoints
from holobase.api.exchange import (
    ANY_ORIGIN,
    JSON_TYPE,
    Exchange,
    Header,
    Receive,
    Scope,
    Send,
)
from holobase.api.openapi.endpoints import OpenApi
from holobase.api.records import Records
from holobase.api.settings import SettingsEndpoints
from holobase.api.system import System
from holobase.domain.errors import NotFound, Refusal, Unavailable
from holobase.engine.application import Application

EXTRA_HEADERS: Final[Mapping[int, tuple[Header, ...]]] = {
    413: ((b"connection", b"close"),),  # what was not read is not waited for
    503: ((b"retry-after", b"1"),),
}
METHODS: Final = b"GET,HEAD,PUT,PATCH,POST,DELETE"

LogError = Callable[[str, Exception, str], None]
"""Called with method and path, the error, and the request's id."""

Handler: TypeAlias = Callable[..., Awaitable[None]]
"""Answers an exchange; takes the variable parts of the path beside it."""


class App:
    """The whole web API. `is_ready` tells load balancers whether to send requests here."""

    def __init__(
        self,
        application: Application,
        *,
        body_bytes_max: int,
        is_ready: Callable[[], bool],
        log_error: LogError,
    ) -> None:
        self._application = application
        records = Records(application, body_bytes_max)
        self._of_records = {"GET": records.page, "POST": records.create}
        self._of_record = {
            "GET": records.view,
            "PATCH": records.update,
            "DELETE": records.delete,
        }
        self._collections = CollectionEndpoints(application, body_bytes_max)
        self._of_collection = {
            "GET": self._collections.view,
            "PATCH": self._collections.update,
            "DELETE": self._collections.delete,
        }
        self._accounts = Accounts(application)
        self._log_error = log_error
        self._openapi = OpenApi(application)
        self._fixed = self._fixed_paths(application, System(is_ready))

    def _fixed_paths(
        self, application: Application, system: System
    ) -> Mapping[tuple[str, ...], Mapping[str, Handler]]:
        """The addresses without variable parts."""
        settings, collections = SettingsEndpoints(application), self._collections
        return {
            ("api", "collections"): {"GET": collections.page, "POST": collections.create},
            ("api", "collections", "import"): {"PUT": collections.import_all},
            ("api", "collections", "meta", "scaffolds"): {"GET": collections.scaffolds},
            ("api", "collections", "meta", "oauth2-providers"): {"GET": collections.providers},
            ("api", "collections", "meta", "dry-run-view"): {"POST": collections.dry_run_view},
            ("api", "batch"): {"POST": BatchEndpoint(application).run},
            ("api", "settings"): {"GET": settings.show, "PATCH": settings.change},
            ("api", "openapi.json"): {"GET": self._openapi.document},
            ("api", "docs"): {"GET": self._openapi.page},
            ("api", "health"): {"GET": system.health},
            ("livez",): {"GET": system.live},
            ("readyz",): {"GET": system.ready},
        }

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
        match paths.segments(exchange.scope):
            case ["", "api", "collections", name, "records"]:
                await self._call(exchange, self._of_records, name)
            case ["", "api", "collections", name, "records", record_id] if record_id:
                await self._call(exchange, self._of_record, name, record_id)
            case ["", "api", "collections", name, "auth-methods"]:
                await self._call(exchange, {"GET": self._accounts.methods}, name)
            case ["", "api", "collections", name, "auth-with-password"]:
                await self._call(exchange, {"POST": self._accounts.auth_with_password}, name)
            case ["", "api", "collections", name, "auth-refresh"]:
                await self._call(exchange, {"POST": self._accounts.auth_refresh}, name)
            case ["", "api", "collections", name] if name and exchange.method != "PUT":
                await self._call(exchange, self._of_collection, name)
            case ["", "api", "collections", name, "truncate"]:
                await self._call(exchange, {"DELETE": self._collections.truncate}, name)
            case ["", "api", "docs", part]:
                await self._call(exchange, {"GET": self._openapi.part}, part)
            case ["", *path]:
                await self._call(exchange, self._fixed.get(tuple(path), {}))
            case _:
                raise NotFound("not_found")

    @staticmethod
    async def _call(exchange: Exchange, handlers: Mapping[str, Handler], *names: str) -> None:
        method = "GET" if exchange.method == "HEAD" else exchange.method
        handler = handlers.get(method)
        if handler is None:
            raise NotFound("not_found")
        await handler(exchange, *names)

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
