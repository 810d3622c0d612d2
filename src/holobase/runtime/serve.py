"""`serve`: the embedded shape, everything in one process."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

from holobase.api.app import App
from holobase.community.seed import DEMO_ACCOUNTS
from holobase.runtime import logging
from holobase.runtime.http import listen, make_server
from holobase.runtime.seeding import Progress, is_empty, seed_demo
from holobase.runtime.settings import Settings
from holobase.runtime.superusers import list_superusers
from holobase.runtime.wiring import Instance, open_instance

OnReady: TypeAlias = Callable[[str, Path, bool, Sequence[tuple[str, ...]]], None]
"""Told the URL, the data folder, whether there is a superuser, and the demo accounts."""


ShowProgress: TypeAlias = Callable[[], AbstractContextManager[Progress]]
"""Opens what shows how far the demo data is."""

BROKEN_POLL_SECONDS = 0.5
"""How soon a failed store ends the process: sooner than anybody restarts it."""


def run(settings: Settings, on_ready: OnReady, demo: ShowProgress | None = None) -> None:
    """Serves until SIGINT or SIGTERM, then finishes what was accepted.

    With `demo` an empty folder is filled with demo data first.
    Raises OSError (the address is in use) and DamagedData.
    """
    asyncio.run(_serve(settings, on_ready, demo))


async def _serve(settings: Settings, on_ready: OnReady, demo: ShowProgress | None) -> None:
    sockets = listen(settings.host, settings.port, settings.backlog_connections_max)
    log = logging.get("holobase.serve")
    try:
        async with open_instance(settings) as instance:
            if demo and await is_empty(instance.application):
                with demo() as progress:
                    await seed_demo(instance.application, 1, 1, progress)
            port = sockets[0].getsockname()[1]
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            has_superuser = bool(await list_superusers(instance.application))
            accounts = DEMO_ACCOUNTS if demo else ()
            server = make_server(
                _app(instance, settings),
                settings,
                lambda: on_ready(f"http://{host}:{port}", settings.data, has_superuser, accounts),
            )
            watch = asyncio.create_task(_stop_when_broken(instance, server.handle_exit))
            await server.serve(sockets)
            watch.cancel()
            log.info("stopped")
    finally:
        for listener in sockets:
            listener.close()


def _app(instance: Instance, settings: Settings) -> App:
    log = logging.get("holobase.api")

    def log_error(what: str, error: Exception, request_id: str) -> None:
        log.error(what, exc_info=error, **{"http.request.id": request_id})

    return App(
        instance.application,
        body_bytes_max=settings.body_bytes_max,
        is_ready=lambda: instance.store.failure is None,
        log_error=log_error,
    )


async def _stop_when_broken(instance: Instance, stop: Callable[[int, None], None]) -> None:
    """A writer that failed to commit never writes again: the process must make room for another."""
    while instance.store.failure is None:  # noqa: ASYNC110 - it is set by a thread
        await asyncio.sleep(BROKEN_POLL_SECONDS)
    logging.get("holobase.serve").error("the store failed", exc_info=instance.store.failure)
    stop(15, None)
