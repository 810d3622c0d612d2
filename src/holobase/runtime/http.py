"""The HTTP server: uvicorn with our limits, our sockets and our way of stopping."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from holobase.runtime.settings import Settings


class Server(uvicorn.Server):
    """Calls `on_started` once when it accepts connections; stops at SIGINT or SIGTERM."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """One signal asks to finish what was accepted, a second one not to wait for it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def make_server(app: Any, settings: Settings, on_started: Callable[[], None]) -> Server:
    """A server for the ASGI application, with the limits of the settings."""
    config = uvicorn.Config(
        app,
        http=_limited_protocol(settings.header_bytes_max),
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
        backlog=settings.backlog_connections_max,
        timeout_keep_alive=int(settings.keep_alive_seconds),
        timeout_graceful_shutdown=int(settings.shutdown_seconds),
    )
    return Server(config, on_started)


def _limited_protocol(header_bytes_max: int) -> type[HttpToolsProtocol]:
    class LimitedProtocol(HttpToolsProtocol):
        """Closes a connection whose request line and headers are too large."""

        _header_bytes = 0

        def on_message_begin(self) -> None:
            self._header_bytes = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._count(url)
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._count(name + value)
            super().on_header(name, value)

        def _count(self, part: bytes) -> None:
            self._header_bytes += len(part)
            if self._header_bytes > header_bytes_max:
                self.transport.write(
                    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
                    b"content-length: 0\r\nconnection: close\r\n\r\n"
                )
                self.transport.close()
                raise ValueError("headers too large")

    return LimitedProtocol


def listen(host: str, port: int, backlog: int) -> list[socket.socket]:
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


def _bind(family: socket.AddressFamily, host: str, port: int, backlog: int) -> socket.socket:
    # Named as TCP, so that asyncio sends small answers at once instead of waiting for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
