"""A client of realtime for tests: one connection, read message by message.

    with listen(server.url) as listener:
        listener.subscribe("unified_cards/*", token=token)
        message = listener.next()

`next` waits for the next message and fails where none comes. That one does *not* come is shown by
the one after it, never by waiting.
"""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

WAIT_SECONDS = 20.0
PATH = "/api/realtime"


@dataclass(frozen=True)
class Message:
    """One message as it came over the wire."""

    id: str
    event: str
    data: Any
    lines: tuple[bytes, ...]


class Listener:
    """A connection that has been told its client id."""

    def __init__(self, url: str, query: str = "", headers: dict[str, str] | None = None) -> None:
        self.url = url
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=WAIT_SECONDS
        )
        self._connection.request("GET", PATH + query, headers=headers or {})
        self._socket = self._connection.sock
        self.response = self._connection.getresponse()
        assert self.response.status == 200, self.response.read()
        self.first = self.next()
        self.id = str(self.first.data["clientId"])

    def next(self) -> Message:
        """The next message. Raises EOFError where the server has ended the stream."""
        lines: list[bytes] = []
        while True:
            line = self.response.readline()
            if not line:
                raise EOFError("the stream has ended")
            if line == b"\n":
                break
            lines.append(line.rstrip(b"\n"))
        told = dict(line.decode().split(":", 1) for line in lines)
        return Message(told["id"], told["event"], json.loads(told["data"]), tuple(lines))

    def subscribe(self, *topics: str, token: str = "", url: str = "") -> httpx.Response:
        """Says what to listen to, and as whom."""
        return httpx.post(
            (url or self.url) + PATH,
            json={"clientId": self.id, "subscriptions": topics},
            headers={"authorization": token} if token else {},
            timeout=WAIT_SECONDS,
        )

    def hang_up(self) -> None:
        """Ends the connection, and with it a wait for the next message in another thread."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()
        self.response.close()


@contextmanager
def listen(url: str, query: str = "", headers: dict[str, str] | None = None) -> Iterator[Listener]:
    """A connection for the length of a block."""
    listener = Listener(url, query, headers)
    try:
        yield listener
    finally:
        listener.close()
