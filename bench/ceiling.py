"""What the load generator itself can do: a server that says the same to everybody, in no time.

A figure near the ceiling tells of the generator, not of the server.
"""

import asyncio
import socket
import threading
from pathlib import Path

from bench import load
from bench.load import Case

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CONNECTIONS = 32


class _Parrot(asyncio.Protocol):
    """Answers whatever ends like a request without a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))


def ceiling(folder: Path, seconds: int) -> float:
    """Requests per second of the load generator against a trivial server on one core."""
    loop = asyncio.new_event_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        loop.run_until_complete(loop.create_server(_Parrot, sock=listener))
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            case = Case("ceiling", lambda _run: [("GET", "/", "")], CONNECTIONS)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            return load.measure(url, case, 0, seconds, folder).per_second
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
