"""The HTTP server: uvicorn with our limits, our sockets and our way of stopping."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import uvicorn

from holobase.runtime.connection import Connection, Terms
from holobase.runtime.settings import Settings
from holobase.runtime.shares import Shares

ACCEPTED_AT_ONCE = 64
"""Connections that one of several processes takes in a turn, as far as they are its share."""


@dataclass(frozen=True, slots=True)
class StopSignals:
    """Which signals ask a server to finish what was accepted, and which not to wait for that.
    `again`: the second of the first kind means the second kind."""

    finish: tuple[signal.Signals, ...] = ()
    at_once: tuple[signal.Signals, ...] = ()
    again: bool = False


PROCESS_SIGNALS: Final = StopSignals(finish=(signal.SIGINT, signal.SIGTERM), again=True)
"""Of a process that a person or a service manager ends."""

WORKER_SIGNALS: Final = StopSignals(finish=(signal.SIGTERM,), at_once=(signal.SIGUSR1,))
"""Of a process that a supervisor ends. A service manager may send SIGTERM to the supervisor and to
every worker at once: a second one says nothing new."""


class Server(uvicorn.Server):
    """Calls `on_started` once when it accepts connections.

    `spare`: the same sockets for a server after this one. A signal closes them, so that nobody
    waits at a door that will not open again.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        signals: StopSignals,
        terms: Terms,
    ) -> None:
        super().__init__(config)
        self.spare: Sequence[socket.socket] = ()
        self.is_last = False
        self._on_started = on_started
        self._signals = signals
        self._terms = terms

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        shares = self._terms.shares
        if shares is not None:
            shares.enter()
            for listener in sockets or ():
                if isinstance(listener, Listener):
                    listener.shares = shares
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._terms.is_stopping = True
        if self._terms.shares is not None:
            self._terms.shares.leave()
        await super().shutdown(sockets)

    def make_room(self) -> None:
        """Finishes what was accepted, then leaves the sockets to another."""
        self.should_exit = True

    def finish(self) -> None:
        """Finishes what was accepted, then ends."""
        self.force_exit = self._signals.again and self.is_last
        self._close_spare()
        self.should_exit = True

    def end(self) -> None:
        """Ends without waiting for what was accepted."""
        self._close_spare()
        self.should_exit = self.force_exit = True

    def _close_spare(self) -> None:
        self.is_last = True
        for each in self.spare:
            each.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listens to the signals that stop it, in uvicorn's place."""
        loop = asyncio.get_running_loop()
        for number in self._signals.finish:
            loop.add_signal_handler(number, self.finish)
        for number in self._signals.at_once:
            loop.add_signal_handler(number, self.end)
        try:
            yield
        finally:
            for number in (*self._signals.finish, *self._signals.at_once):
                loop.remove_signal_handler(number)
                if not self._signals.again:  # closing what is behind the server must not be cut off
                    signal.signal(number, signal.SIG_IGN)


def make_server(
    app: Any,
    settings: Settings,
    on_started: Callable[[], None],
    signals: StopSignals = PROCESS_SIGNALS,
    shares: Shares | None = None,
    on_answer: Callable[[int], None] | None = None,
) -> Server:
    """A server for the ASGI application, with the limits of the settings.

    `shares` and `on_answer`: see `Terms`.
    """
    terms = Terms(settings.header_bytes_max, shares, on_answer)
    config = uvicorn.Config(
        app,
        http=partial(Connection, terms),  # type: ignore[arg-type]  # it is called, no more
        loop="none",
        lifespan="off",
        interface="asgi3",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=settings.connections_max,
        backlog=ACCEPTED_AT_ONCE if shares is not None else settings.backlog_connections_max,
        timeout_keep_alive=int(settings.keep_alive_seconds),
        timeout_graceful_shutdown=int(settings.shutdown_seconds),
    )
    return Server(config, on_started, signals, terms)


class Listener(socket.socket):
    """A listening socket that may be shared: each of those that do takes its share only."""

    shares: Shares | None = None
    is_listening = False

    def listen(self, backlog: int = 0, /) -> None:
        """Listens, the first time: asyncio would set the backlog anew for every server, to the
        number of connections that this server takes at once."""
        if not self.is_listening:
            super().listen(backlog)
            self.is_listening = True

    def another(self) -> "Listener":
        """The same socket again, for a server that closes it while this one stays open."""
        again = Listener(self.family, self.type, self.proto, os.dup(self.fileno()))
        again.is_listening = self.is_listening
        again.setblocking(False)
        return again

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. Raises BlockingIOError where there is none for this process."""
        if self.shares is None:
            return super().accept()
        if not self.shares.may_take():
            raise BlockingIOError
        accepted = super().accept()
        self.shares.took_one()
        return accepted


def listen(host: str, port: int, backlog: int) -> list[Listener]:
    """Sockets for the address; `localhost` means both loopbacks. Raises OSError."""
    if host != "localhost":
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return [_bind(family, host, port, backlog)]
    first = _bind(socket.AF_INET, "127.0.0.1", port, backlog)
    sockets = [first]
    try:
        sockets.append(_bind(socket.AF_INET6, "::1", first.getsockname()[1], backlog))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            first.close()
            raise
        # else a machine without IPv6: one loopback is all there is
    return sockets


def _bind(family: socket.AddressFamily, host: str, port: int, backlog: int) -> Listener:
    # Named as TCP, so that asyncio sends small answers at once instead of waiting for an ACK.
    listener = Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
