"""`serve`: the embedded shape. One process here; `runtime.group` runs several of them."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from holobase.api.app import App
from holobase.api.origins import Origins
from holobase.api.surroundings import Surroundings
from holobase.community.seed import DEMO_ACCOUNTS
from holobase.engine.application import Application
from holobase.engine.backups.service import Backups
from holobase.engine.console import SqlConsole
from holobase.engine.files.cleaner import Cleaner
from holobase.engine.request_logs import RequestLogs
from holobase.ports.hub import Alone, Hub
from holobase.runtime import backing, logging, metrics, own_lines
from holobase.runtime.backup_process import BackupProcess
from holobase.runtime.http import PROCESS_SIGNALS, Listener, StopSignals, listen, make_server
from holobase.runtime.jobs import Runner
from holobase.runtime.mail import sender
from holobase.runtime.measures import count_answer
from holobase.runtime.notices import tell_of_failed_backup
from holobase.runtime.seeding import Progress, is_empty, seed_demo
from holobase.runtime.settings import Settings
from holobase.runtime.shares import Shares
from holobase.runtime.superusers import list_superusers
from holobase.runtime.thrift import Thrift
from holobase.runtime.wiring import (
    Instance,
    backup_turn,
    make_console,
    open_instance,
    open_request_log,
    system_clock,
)

OnReady: TypeAlias = Callable[[str, Path, bool, Sequence[tuple[str, ...]]], None]
"""Told the URL, the data folder, whether there is a superuser, and the demo accounts."""

ShowProgress: TypeAlias = Callable[[], AbstractContextManager[Progress]]
"""Opens what shows how far the demo data is."""

OVER_POLL_SECONDS = 0.5
"""How soon a store that failed, or is superseded, ends the process: sooner than anybody restarts
it."""


def run(settings: Settings, on_ready: OnReady, demo: ShowProgress | None = None) -> None:
    """Serves in this process until SIGINT or SIGTERM, then finishes what was accepted.

    With `demo` an empty folder is filled with demo data first.
    Raises OSError (the address is in use) and DamagedData.
    """
    sockets = listen(settings.host, settings.port, settings.backlog_connections_max)
    page = metrics.listen_for_scrapes(settings)
    try:
        asyncio.run(_alone(settings, sockets, page, on_ready, demo))
    finally:
        for listener in (*sockets, *page):
            listener.close()


async def _alone(
    settings: Settings,
    sockets: list[Listener],
    page: list[Listener],
    on_ready: OnReady,
    demo: ShowProgress | None,
) -> None:
    announced = False

    def started(has_superuser: bool) -> None:
        if not announced:
            announce(settings, sockets, on_ready, demo, has_superuser)

    async with metrics.served(page, settings):
        again = await work(settings, sockets, Alone(), started, demo, PROCESS_SIGNALS)
        while again:
            announced = True
            again = await work(settings, sockets, Alone(), started, None, PROCESS_SIGNALS)


def announce(
    settings: Settings,
    sockets: list[Listener],
    on_ready: OnReady,
    demo: ShowProgress | None,
    has_superuser: bool,
) -> None:
    """Says that everything is served now, and where."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{sockets[0].getsockname()[1]}"
    on_ready(url, settings.data, has_superuser, DEMO_ACCOUNTS if demo else ())


async def work(
    settings: Settings,
    sockets: list[Listener],
    hub: Hub,
    started: Callable[[bool], None],
    demo: ShowProgress | None,
    signals: StopSignals,
    shares: Shares | None = None,
) -> bool:
    """Serves on the sockets until a signal, or until a restored state waits to take the place of
    this one: whether that is so, and all of it is to be opened anew. `started` is told, once,
    whether anybody is superuser.

    Raises DamagedData, OSError or Unavailable where the store cannot be opened.
    """
    async with open_instance(settings, hub=hub) as instance:
        if demo and await is_empty(instance.application):
            with demo() as progress:
                await seed_demo(instance.application, 1, 1, progress)
        has_superuser = bool(await list_superusers(instance.application))
        instance.store.subscribe(lambda events: hub.tell(events[-1].position))
        hub.listen(lambda _: instance.store.wake())
        await backing.settle(settings)
        backups = _backups(instance.application, settings)
        cleaner = _cleaner(instance.application, settings, backups)
        instance.application.jobs.add(cleaner.job, instance.application.keeper.depot.job)
        async with (
            logging_requests(settings, instance) as request_logs,
            Runner(instance.application.jobs, instance.store, system_clock) as runner,
            instance.application.realtime.running(
                settings.realtime_idle_seconds, settings.realtime_life_seconds, _log_untold
            ),
            cleaner,
            sender(instance.application),
            instance.artist,
            Thrift(_log_kept),
        ):
            instance.application.jobs.add(backups.job)
            surroundings = _surroundings(settings, instance, hub, runner, request_logs, backups)
            server = make_server(
                App(instance.application, surroundings),
                settings,
                lambda: started(has_superuser),
                signals,
                shares,
                count_answer,
            )
            server.spare = sockets
            watch = asyncio.create_task(_stop_when_over(instance, server.make_room))
            gc.freeze()  # what is there now stays: no look for garbage goes through it again
            await server.serve([each.another() for each in sockets])
            is_over = watch.done() and instance.store.failure is None and not server.is_last
            if is_over:
                gc.unfreeze()  # else the process ends, the sooner the less it goes through
            watch.cancel()
    logging.get("holobase.serve").info("opened anew" if is_over else "stopped")
    return is_over


@asynccontextmanager
async def logging_requests(settings: Settings, instance: Instance) -> AsyncIterator[RequestLogs]:
    """Request logs for the length of the block, with the job that keeps them short and with what
    this process says of itself."""
    log = logging.get("holobase.requests")
    application = instance.application

    def tell(error: Exception) -> None:
        log.error("requests cannot be logged", exc_info=error)

    async with (
        open_request_log(settings) as kept,
        RequestLogs(kept, application.instance_settings, system_clock, tell) as request_logs,
    ):
        application.jobs.add(request_logs.job)
        with own_lines.kept(request_logs):
            yield request_logs


def _surroundings(
    settings: Settings,
    instance: Instance,
    hub: Hub,
    runner: Runner,
    request_logs: RequestLogs,
    backups: Backups,
) -> Surroundings:
    log = logging.get("holobase.api")

    def log_error(what: str, error: Exception, request_id: str) -> None:
        log.error(what, exc_info=error, **{"http.request.id": request_id})

    return Surroundings(
        body_bytes_max=settings.body_bytes_max,
        is_ready=lambda: instance.store.failure is None,
        log_error=log_error,
        start_job=runner.start,
        hub=hub,
        origins=Origins(origin.strip() for origin in settings.origins.split(",")),
        request_logs=request_logs,
        console=SqlConsole(instance.application.kernel, make_console(settings)),
        backups=backups,
    )


def _log_kept(error: Exception) -> None:
    logging.get("holobase.serve").error("memory was not given back", exc_info=error)


def _log_untold(error: Exception) -> None:
    logging.get("holobase.realtime").error("a change was not told", exc_info=error)


def _backups(application: Application, settings: Settings) -> Backups:
    return Backups(
        application.instance_settings,
        application.places,
        BackupProcess(settings),
        backup_turn(settings),
        system_clock,
        settings.data,
        lambda: tell_of_failed_backup(application),
    )


def _cleaner(application: Application, settings: Settings, backups: Backups) -> Cleaner:
    log = logging.get("holobase.files")
    return Cleaner(
        application.kernel,
        application.places,
        settings.upload_seconds,
        backups.is_busy,
        on_failure=lambda error: log.error("files wait to be deleted", exc_info=error),
    )


async def _stop_when_over(instance: Instance, stop: Callable[[], None]) -> None:
    """A writer that failed to commit never writes again, and what is superseded must be let go of:
    the process makes room for another."""
    store, log = instance.store, logging.get("holobase.serve")
    while store.failure is None and not store.is_superseded:  # noqa: ASYNC110 - others set them
        await asyncio.sleep(OVER_POLL_SECONDS)
    if store.failure is not None:
        log.error("the store failed", exc_info=store.failure)
    else:
        log.info("a backup takes the place of the data")
    stop()
