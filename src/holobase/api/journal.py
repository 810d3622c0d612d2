"""What is written to the request log about an exchange. Bodies and tokens never are."""

import re
from typing import Any, Final
from urllib.parse import unquote

from holobase.api import errors
from holobase.api.exchange import Exchange
from holobase.api.messages import ENGLISH
from holobase.domain.errors import FieldError, Refusal
from holobase.domain.request_logs import ERROR, INFO
from holobase.domain.settings import Logs
from holobase.engine.application import Application
from holobase.engine.request_logs import RequestLogs

URL_LENGTH_MAX = 3_000
"""Characters kept of an address, as in PocketBase."""

HEADER_LENGTH_MAX = 2_000
"""Characters kept of `Referer` and `User-Agent`, as in PocketBase."""

CUT: Final = "..."
HIDDEN: Final = r"\1[hidden]"

_QUIET: Final = ("/api/logs", "/api/realtime", "/api/oauth2-redirect", "/api/docs")
"""Addresses whose successes are not worth a line: reading the log, open streams, static files."""

_SUBSCRIBING: Final = ("POST", "/api/realtime")
"""What is worth one all the same."""

_TOKEN: Final = re.compile(r"([?&](?:token|code|state)=)[^&]*", re.IGNORECASE)


class Journal:
    """Notes every request, where the settings want it, after it was answered."""

    def __init__(self, application: Application, logs: RequestLogs) -> None:
        self._application = application
        self._logs = logs

    def note(self, exchange: Exchange, seconds: float, error: Exception | None) -> None:
        """Notes an exchange that took so long, and why it was refused or failed."""
        level = INFO if error is None else ERROR
        path: str = exchange.scope["path"]
        if not self._logs.wants(level) or not path.startswith("/api/"):
            return
        is_quiet = path.startswith(_QUIET) and (exchange.method, path) != _SUBSCRIBING
        if error is None and is_quiet:
            return
        url = _url(exchange)
        data = _request_of(exchange, self._application.instance_settings.held.logs)
        data["execTime"] = round(seconds * 1_000, 6)
        data["url"] = url
        if error is not None:
            data.update(_error_of(error))
        shown = unquote(url) if "%" in url else url
        self._logs.note(level, f"{exchange.method} {shown}", data)


def _request_of(exchange: Exchange, logs: Logs) -> dict[str, Any]:
    account = exchange.request.auth
    headers = exchange.headers
    data: dict[str, Any] = {
        "type": "request",
        "method": exchange.method,
        "status": exchange.status,
        "referer": _cut(headers.get("referer", ""), HEADER_LENGTH_MAX),
        "userAgent": _cut(headers.get("user-agent", ""), HEADER_LENGTH_MAX),
        "auth": account.collection_name if account else "",
    }
    if logs.log_auth_id:
        data["authId"] = account.id if account else ""
    if logs.log_ip:
        data["userIP"], data["remoteIP"] = exchange.address, exchange.peer
    return data


def _error_of(error: Exception) -> dict[str, Any]:
    """The sentence that was answered, and the causes that were not."""
    if not isinstance(error, Refusal):
        return {"error": f"{type(error).__name__}: {error}", "details": None}
    return {
        "error": errors.sentence_of(error.reason, ENGLISH),
        "details": _details(error) if error.errors else None,
    }


def _details(error: Refusal) -> dict[str, Any]:
    return {
        name: each.code if isinstance(each, FieldError) else _details(Refusal("", each))
        for name, each in error.errors.items()
    }


def _url(exchange: Exchange) -> str:
    path = exchange.scope["raw_path"].decode("latin-1")
    query = exchange.scope["query_string"].decode("latin-1")
    url = _TOKEN.sub(HIDDEN, f"{path}?{query}") if query else path
    return _cut(url, URL_LENGTH_MAX)


def _cut(text: str, length_max: int) -> str:
    return text if len(text) <= length_max else text[:length_max] + CUT
