"""`serve` with several workers: the supervisor, the hub, and processes that share the sockets."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from holobase.adapters.unix_socket import HubServer, Member
from holobase.adapters.unix_socket import listen as listen_at_path
from holobase.runtime import metrics
from holobase.runtime.cores import how_many
from holobase.runtime.http import WORKER_SIGNALS, Listener, listen
from holobase.runtime.settings import Settings
from holobase.runtime.shares import Shares
from holobase.runtime.supervisor import HUB, RENEWED, Seat, Supervisor

if TYPE_CHECKING:
    from holobase.runtime.serve import OnReady, ShowProgress

HUB_SOCKET: Final = "hub"
FOLDER_BYTES_MAX = 70
"""Longest folder for the group's own: the path of a Unix socket ends at some hundred bytes."""

SUPERUSER: Final = {True: b"yes", False: b"no"}
"""What a worker writes when it serves: whether there is a superuser."""


def run(settings: Settings, on_ready: "OnReady", demo: "ShowProgress | None" = None) -> None:
    """Serves in several processes until SIGINT or SIGTERM; see `serve.run`.

    Raises OSError and, in the worker that finds it out, DamagedData. Exits with 1 where the group
    cannot start or go on.
    """
    sockets = listen(settings.host, settings.port, settings.backlog_connections_max)
    page = metrics.listen_for_scrapes(settings)
    folder = _private_folder()
    metrics.share(folder)
    # What counts may be imported from here on.
    from holobase.runtime import serve  # noqa: PLC0415
    from holobase.runtime.measures import REPLACED  # noqa: PLC0415

    meeting = listen_at_path(folder / HUB_SOCKET)
    workers = how_many(settings.workers)
    shares = Shares(workers)

    def announce(word: bytes) -> None:
        serve.announce(settings, sockets, on_ready, demo, word == SUPERUSER[True])

    def on_replace(place: str) -> None:
        metrics.forget(place, folder)
        shares.leave(int(place))
        REPLACED.inc()

    supervisor = Supervisor(
        workers,
        settings.shutdown_seconds,
        on_ready=announce,
        on_replace=on_replace,
        on_stop=lambda: _close(*sockets, *page),
    )
    seat = supervisor.lead()
    if seat is None:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(supervisor.code)
    metrics.count_as(seat.place)
    if seat.place == HUB:
        _close(*sockets)
        asyncio.run(_serve_hub(settings, seat, meeting, page, folder))
    else:
        _close(meeting, *page)
        shares.sit(int(seat.place))
        if asyncio.run(_work(settings, seat, sockets, shares, folder, demo)):
            sys.exit(RENEWED)


async def _work(
    settings: Settings,
    seat: Seat,
    sockets: list[Listener],
    shares: Shares,
    folder: Path,
    demo: "ShowProgress | None",
) -> bool:
    from holobase.runtime import serve  # noqa: PLC0415

    _when_orphaned(seat, lambda: signal.raise_signal(signal.SIGTERM))
    hub = Member(folder / HUB_SOCKET, int(seat.place))
    try:
        return await serve.work(
            settings, sockets, hub, partial(say_ready, seat), demo, WORKER_SIGNALS, shares
        )
    finally:
        await hub.close()


def say_ready(seat: Seat, has_superuser: bool) -> None:
    """Tells the supervisor that this worker serves, once; it may have died meanwhile."""
    with suppress(BrokenPipeError):  # whoever is an orphan by now ends as orphans do
        os.write(seat.ready, SUPERUSER[has_superuser])
    os.close(seat.ready)


async def _serve_hub(
    settings: Settings,
    seat: Seat,
    meeting: socket.socket,
    page: list[Listener],
    folder: Path,
) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def orphaned() -> None:
        shutil.rmtree(folder, ignore_errors=True)  # nobody else is left to do it
        stop.set()

    _when_orphaned(seat, orphaned)
    server = await HubServer().start(meeting)
    async with metrics.served(page, settings, metrics.group_registry(folder)):
        await stop.wait()
    server.close()


def _when_orphaned(seat: Seat, act: Callable[[], None]) -> None:
    """Acts once when the supervisor has died."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        loop.remove_reader(seat.lifeline)
        act()

    loop.add_reader(seat.lifeline, heard)


def _private_folder() -> Path:
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > FOLDER_BYTES_MAX:
        parent = "/tmp"  # noqa: S108 - the folder made in it is private
    return Path(tempfile.mkdtemp(prefix="holobase-", dir=parent))


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        each.close()
