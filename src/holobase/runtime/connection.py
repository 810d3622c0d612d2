"""One connection of the HTTP server: uvicorn's protocol with our limits, and less work per request.

The parsing (httptools), pipelining, flow control and errors are uvicorn's. Ours is what every
request meets: the head of an answer leaves together with its body, lines of headers are spelled
once, and a connection has one timer for its life instead of one for each request.
"""

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from holobase.api.exchange import PIPE
from holobase.runtime.shares import Shares

LINES_MAX = 4_096
"""Lines of headers kept spelled: what repeats is among them."""

LINE_BYTES_MAX = 256
"""Longest value that is kept so; longer ones are what a client sent, and rarely repeat."""

UNSENT_BYTES_MAX = 16 * 1024
"""Kept of what is written in one turn of the event loop before it is sent at once; it is copied
with each message that is added."""

JOINED_BYTES_MAX = 65_536
"""Longest body that is copied behind its head; longer ones are sent by themselves."""


class Line(NamedTuple):
    """A header as it is sent, and what it says about the answer: its length, that it goes out in
    chunks, that the connection ends with it."""

    text: bytes
    length: int | None = None
    is_chunked: bool = False
    closes: bool = False


def line(name: bytes, value: bytes) -> Line:
    """The line of a header. Raises RuntimeError for one that would break the answer."""
    return _kept(name, value) if len(value) <= LINE_BYTES_MAX else _spelled(name, value)


@lru_cache(maxsize=LINES_MAX)
def _kept(name: bytes, value: bytes) -> Line:
    return _spelled(name, value)


def _spelled(name: bytes, value: bytes) -> Line:
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError(f"{name!r}: {value!r} is no header")
    lower, text = name.lower(), b"%b: %b\r\n" % (name.lower(), value)
    if lower == b"content-length":
        return Line(text, length=int(value))
    if lower == b"transfer-encoding":
        return Line(text, is_chunked=value.lower() == b"chunked")
    if lower == b"connection":
        tokens = [token.strip() for token in value.lower().split(b",")]
        return Line(text, closes=b"close" in tokens)
    return Line(text)


class Cycle(RequestResponseCycle):
    """One request and its answer. The head waits for the first part of the body."""

    head = b""
    on_answer: Callable[[int], None] | None = None

    async def send(self, message: Any) -> None:
        """Takes one message of ASGI."""
        if self.flow.write_paused and not self.disconnected:
            self.flush()
            await self.flow.drain()
        if self.disconnected:
            return
        if not self.response_started:
            self._begin(message["status"], message.get("headers", ()))
        elif self._is_whole(message):
            body: bytes = message["body"]
            self.transport.write(self.head + body)
            self.head = b""
            self._end()
        else:
            self.flush()
            await super().send(message)

    def flush(self) -> None:
        """Sends the head, if it still waits."""
        head, self.head = self.head, b""
        if head and not self.disconnected:
            self.transport.write(head)

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        if self.on_answer is not None:
            self.on_answer(status)
        content, closes = [STATUS_LINE[status]], False
        for name, value in (*self.default_headers, *headers):
            text, length, is_chunked, says_close = line(name, value)
            content.append(text)
            if length is not None and self.chunked_encoding is None:
                self.expected_content_length, self.chunked_encoding = length, False
            elif is_chunked:
                self.expected_content_length, self.chunked_encoding = 0, True
            closes = closes or says_close
        if closes:
            self.keep_alive = False
        elif not self.keep_alive:
            content.append(b"connection: close\r\n")
        has_body = self.scope["method"] != "HEAD" and status not in (204, 304)
        if self.chunked_encoding is None and has_body:
            self.chunked_encoding = True
            content.append(b"transfer-encoding: chunked\r\n")
        content.append(b"\r\n")
        self.head = b"".join(content)

    def _is_whole(self, message: MutableMapping[str, Any]) -> bool:
        """Whether this is all of the body, short enough to be sent behind the head."""
        size = len(message.get("body", b""))
        return (
            bool(self.head)
            and message["type"] == "http.response.body"
            and not message.get("more_body")
            and not self.chunked_encoding
            and size == self.expected_content_length
            and size <= JOINED_BYTES_MAX
        )

    def _end(self) -> None:
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


@dataclass(slots=True)
class Terms:
    """What holds for all connections of a server. `shares`: what it agrees on with others that
    accept on the same sockets; `on_answer` is told the status of every answer when it begins."""

    header_bytes_max: int
    shares: Shares | None = None
    on_answer: Callable[[int], None] | None = None
    is_stopping: bool = False


class Connection(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too large, and lets an answer that
    goes on be written directly."""

    _header_bytes = 0
    _idle_since = 0.0
    _pipe: "TransportPipe | None" = None
    _running: Cycle

    def __init__(self, terms: Terms, **given: Any) -> None:
        super().__init__(**given)
        self._terms = terms

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins; closes at once where the server is stopping."""
        super().connection_made(transport)
        if self._terms.is_stopping:  # accepted a moment before, so nobody has asked it to close
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends."""
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        if self._terms.shares is not None:
            self._terms.shares.have(len(self.connections))

    def shutdown(self) -> None:
        """Ends what goes on for ever, and closes after what was asked already."""
        if self._pipe is not None:  # whoever listens would be waited for in vain
            self._pipe.end()
        super().shutdown()

    # What the parser calls

    def on_message_begin(self) -> None:
        """A request begins."""
        self._header_bytes = 0
        super().on_message_begin()
        self.scope["extensions"] = {PIPE: self._open_pipe}  # type: ignore[dict-item]

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url))
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._count(len(name) + len(value))
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """All but the body is there: starts to answer, or has it wait for the answer before."""
        version = self.parser.get_http_version()
        scope: Any = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["raw_path"], scope["query_string"] = raw, _ = split(self.url)
        path = raw.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        before, self.cycle = self.cycle, self._cycle(version)
        app = service_unavailable if self._is_full() else self.app
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def on_response_complete(self) -> None:
        """Starts with the next request that waits, or begins to wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_again(self.timeout_keep_alive)

    # Its parts

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _cycle(self, version: str) -> Cycle:
        cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        cycle.on_answer = self._terms.on_answer
        return cycle

    def _is_full(self) -> bool:
        most = self.limit_concurrency
        is_full = most is not None and max(len(self.connections), len(self.tasks)) >= most
        if is_full:
            self.logger.warning("Exceeded concurrency limit.")
        return is_full

    def _should_upgrade(self) -> bool:
        return False

    def _unset_keepalive_if_required(self) -> None:
        """Something is being asked: the timer will find that."""
        self._idle_since = 0.0

    def timeout_keep_alive_handler(self) -> None:
        """Closes the connection if nothing was asked for as long as one may be idle."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        idle_seconds = self.loop.time() - self._idle_since if self._idle_since else 0.0
        if idle_seconds >= self.timeout_keep_alive:
            self.transport.close()
        else:
            self._look_again(self.timeout_keep_alive - idle_seconds)

    def _look_again(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def _open_pipe(self) -> "TransportPipe":
        self._running.flush()
        self._pipe = TransportPipe(self.transport)
        return self._pipe

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self._terms.header_bytes_max:
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
                b"content-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()
            raise ValueError("headers too large")


def split(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of what a request line asks for."""
    if url[:1] == b"/" and url[1:2] != b"/" and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path, parsed.query or b""


class TransportPipe:
    """Keeps `ports.pipe.Pipe` for an answer whose length nobody knows: it goes out in chunks. What
    is written in one turn of the event loop leaves at its end, together: sending is most of what
    telling somebody costs."""

    __slots__ = ("_transport", "_unsent")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._unsent = b""

    @property
    def waiting_bytes(self) -> int:
        """How much the transport keeps: what is to leave with this turn nobody could have taken."""
        return self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Sends one chunk; nothing once the connection is being closed."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send)
        self._unsent += b"%x\r\n%b\r\n" % (len(data), data)
        if len(self._unsent) > UNSENT_BYTES_MAX:
            self._send()

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, b""
        if unsent and not self._transport.is_closing():
            self._transport.write(unsent)

    def end(self) -> None:
        """Sends the chunk that ends the answer, and closes."""
        self._send()
        if not self._transport.is_closing():
            self._transport.write(b"0\r\n\r\n")
            self._transport.close()

    def cut(self) -> None:
        """Closes at once."""
        self._unsent = b""
        self._transport.abort()
