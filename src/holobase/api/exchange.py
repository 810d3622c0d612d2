"""One HTTP exchange: reading what was asked, and answering with the headers everything has."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from holobase.api.origins import ANYWHERE, Header, Origins
from holobase.api.proxies import NO_PROXY, told_address
from holobase.domain.errors import TooLarge
from holobase.domain.principal import Request
from holobase.kit import json
from holobase.kit.addresses import spelled
from holobase.kit.ids import fresh_bytes
from holobase.ports.pipe import Pipe

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DEVICE_LENGTH_MAX = 200
"""Characters kept of a `User-Agent`; what tells devices apart stands before that."""

ID_BYTES = 8

PAIRS_MAX = 1_000
"""Parameters of a query, or fields of a form."""

SECURITY_HEADERS: tuple[Header, ...] = (
    (b"x-xss-protection", b"1; mode=block"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"vary", b"Origin"),
)
PIPE = "holobase.pipe"
"""The extension of ASGI by which our server gives an answer that goes on to be written directly:
a task that waits for every message costs more memory than all else about a connection."""

JSON_TYPE: Header = (b"content-type", b"application/json")

_BAD_PERCENT = re.compile(rb"%(?![0-9a-fA-F]{2})")

NOBODY = Request()


class Exchange:
    """A request and the way to answer it. Everything is read only when it is asked for.

    `request` is who asks, a guest until the gate has found out: who is let in is who acts. `proxy`
    is in what headers to believe about the client's address; `extra` are headers that its answer
    has, whatever that is; `status` is what was answered, 0 before that.
    """

    __slots__ = (
        "_address",
        "_headers",
        "_origins",
        "_query",
        "_send",
        "extra",
        "id",
        "proxy",
        "receive",
        "request",
        "scope",
        "status",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, origins: Origins = ANYWHERE
    ) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.status = 0
        self.id = fresh_bytes(ID_BYTES).hex()
        self.request = NOBODY
        self.proxy = NO_PROXY
        self.extra: tuple[Header, ...] = ()
        self._origins = origins
        self._address: str | None = None
        self._headers: dict[str, str] | None = None
        self._query: dict[str, str] | None = None

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Passes on a part of the answer, and remembers the status."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    @property
    def method(self) -> str:
        """The HTTP method in capitals."""
        return str(self.scope["method"])

    @property
    def headers(self) -> dict[str, str]:
        """The first value of each header, by lower-case name."""
        if self._headers is None:
            found: dict[str, str] = {}
            for name, value in self.scope["headers"]:
                found.setdefault(name.decode("latin-1"), value.decode("latin-1"))
            self._headers = found
        return self._headers

    def all_of(self, header: str) -> list[str]:
        """The values of a header, which may stand on several lines, by its lower-case name."""
        if header not in self.headers:
            return []
        wanted = header.encode("latin-1")
        return [value.decode("latin-1") for name, value in self.scope["headers"] if name == wanted]

    @property
    def query(self) -> dict[str, str]:
        """The first value of each query parameter; what cannot be decoded is left out."""
        if self._query is None:
            self._query = {}
            for name, value in self.query_pairs():
                self._query.setdefault(name, value)
        return self._query

    def query_pairs(self) -> list[tuple[str, str]]:
        """All query parameters in order. Raises TooLarge where there are too many."""
        raw = self.scope["query_string"]
        return pairs_of(raw, is_lenient=True) if raw else []

    @property
    def token(self) -> str:
        """The token of the Authorization header, its optional `Bearer ` taken off."""
        value = self.headers.get("authorization", "")
        if len(value) > 7 and value[:7].lower() == "bearer ":
            return value[7:]
        return value

    @property
    def address(self) -> str:
        """The IP address of the client, as trusted proxies tell it; else the connection's."""
        if self._address is None:
            self._address = told_address(self.proxy, self.all_of) or self.peer
        return self._address

    @property
    def peer(self) -> str:
        """The IP address that the connection comes from."""
        client = self.scope.get("client")
        host: str = client[0] if client else ""
        return host if ":" not in host else spelled(host) or ""

    @property
    def cors(self) -> tuple[Header, ...]:
        """What an answer says to browsers about the page that asked."""
        origin = self.headers.get("origin")
        return () if origin is None else self._origins.answer(origin)

    @property
    def device(self) -> str:
        """What the client calls itself, cut where it is long."""
        return self.headers.get("user-agent", "")[:DEVICE_LENGTH_MAX]

    @property
    def declared_bytes(self) -> int:
        """How large the body is, as its headers tell; 0 where they do not."""
        declared = self.headers.get("content-length", "")
        return int(declared) if declared.isdecimal() else 0

    async def body(self, bytes_max: int) -> bytes:
        """The whole body. Raises TooLarge past the limit, before reading where it is declared."""
        if not self.declared_bytes and "transfer-encoding" not in self.headers:
            return b""
        return b"".join([chunk async for chunk in self.chunks(bytes_max)])

    async def chunks(self, bytes_max: int) -> AsyncIterator[bytes]:
        """The body as it comes in. Raises as `body`."""
        if self.declared_bytes > bytes_max:
            raise TooLarge("too_large")
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError("the client went away")
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > bytes_max:
                raise TooLarge("too_large")
            if chunk:
                yield chunk
            if not message.get("more_body"):
                return

    async def answer(
        self, status: int, body: bytes = b"", headers: Iterable[Header] = (JSON_TYPE,)
    ) -> None:
        """Sends the answer; a HEAD request gets everything but the body."""
        own = [*headers, (b"content-length", b"%d" % len(body))]
        if status == 204:
            own = [header for header in headers if header != JSON_TYPE]
        await self._start(status, own)
        shown = b"" if self.method == "HEAD" else body
        await self._send({"type": "http.response.body", "body": shown})

    async def stream(self, headers: Iterable[Header]) -> Pipe | None:
        """Begins an answer that goes on; None where it was asked for without a body."""
        await self._start(200, headers)
        if self.method == "HEAD":
            await self.send({"type": "http.response.body", "body": b""})
            return None
        pipe: Pipe = self.scope["extensions"][PIPE]()
        return pipe

    async def gone(self) -> None:
        """Returns when the connection has ended. What was asked is let go of before: thousands of
        connections that last would keep it."""
        self.scope["headers"].clear()
        self.headers.clear()
        self._query = None
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _start(self, status: int, headers: Iterable[Header]) -> None:
        sent = [*SECURITY_HEADERS, *headers, *self.extra, *self.cors]
        self.status = status
        await self._send({"type": "http.response.start", "status": status, "headers": sent})

    async def answer_json(self, status: int, value: Any) -> None:
        """Answers with a value as JSON."""
        await self.answer(status, json.encode(value))


def pairs_of(raw: bytes, *, is_lenient: bool = False) -> list[tuple[str, str]]:
    """The pairs of an urlencoded text; bytes that are not UTF-8 become U+FFFD.

    Raises ValueError for a broken percent-encoding or a `;` (the lenient leave such pairs out), and
    TooLarge for too many pairs.
    """
    if raw.count(b"&") >= PAIRS_MAX:
        raise TooLarge("too_large")
    found: list[tuple[str, str]] = []
    for part in raw.split(b"&"):
        if not part:
            continue
        if b";" in part or is_badly_encoded(part):
            if is_lenient:
                continue
            raise ValueError("not an urlencoded pair")
        name, _, value = part.partition(b"=")
        found.append((_decoded(name), _decoded(value)))
    return found


def is_badly_encoded(raw: bytes) -> bool:
    """Whether a percent sign is not followed by two hexadecimal digits."""
    return b"%" in raw and _BAD_PERCENT.search(raw) is not None


def _decoded(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")
