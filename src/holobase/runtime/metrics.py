"""Metrics for Prometheus: counting across processes, and the page that shows them.

A group keeps its counts in files that the library maps into memory, one set for each place in the
group: what a process counted survives it, whatever ended it, and its successor counts on.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, make_asgi_app, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from holobase.runtime import logging
from holobase.runtime.http import Listener, StopSignals, listen, make_server
from holobase.runtime.settings import Settings, host_and_port

PATH = "/metrics"
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the folder of the files."""

_place = ["supervisor"]


def share(folder: Path) -> None:
    """Keeps every count of this process, and of those forked from it, in files of a folder.

    Must run before the first metric is made, that is before the modules that count are imported.
    """
    os.environ[FOLDER_VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: _place[0])  # type: ignore[no-untyped-call]


def count_as(place: str) -> None:
    """Says, after a fork, which place in the group this process fills. No underscores."""
    _place[0] = place


def forget(place: str, folder: Path) -> None:
    """Drops what a process that has died last said about itself; what it counted stays."""
    mark_process_dead(place, str(folder))  # type: ignore[no-untyped-call]


def group_registry(folder: Path) -> CollectorRegistry:
    """What all processes that share a folder have counted."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry


def listen_for_scrapes(settings: Settings) -> list[Listener]:
    """Sockets for the page, none where nobody asked for it. Raises OSError."""
    if settings.metrics_http is None:
        return []
    host, port = host_and_port(settings.metrics_http)
    sockets = listen(host, port, settings.backlog_connections_max)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{sockets[0].getsockname()[1]}{PATH}"
    logging.get("holobase.metrics").info("metrics", **{"url.full": url})
    return sockets


@asynccontextmanager
async def served(
    sockets: list[Listener], settings: Settings, registry: CollectorRegistry = REGISTRY
) -> AsyncIterator[None]:
    """Serves the page on the sockets for the length of the block."""
    if not sockets:
        yield
        return
    server = make_server(_page(registry), settings, lambda: None, StopSignals())
    task = asyncio.create_task(server.serve([*sockets]))
    try:
        yield
    finally:
        server.end()
        await task


def _page(registry: CollectorRegistry) -> Any:
    page = make_asgi_app(registry)
    nothing = {"type": "http.response.start", "status": 404, "headers": []}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == PATH:
            await page(scope, receive, send)
        else:
            await send(nothing)
            await send({"type": "http.response.body", "body": b""})

    return app
