"""A way to PostgreSQL that breaks at a chosen moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
SOCKET = ".s.PGSQL.5432"


class Proxy:
    """Passes everything on, until `cut` says to break the next COMMIT: before the server hears of
    it, or after it has answered, so that nobody hears the answer."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.cut: Literal["before", "after", ""] = ""
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(self._target)
        is_cut = asyncio.Event()
        down = asyncio.create_task(self._pass_down(up_reader, writer, is_cut))
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if self.cut and COMMIT in data:
                    how, self.cut = self.cut, ""
                    self.cuts += 1
                    is_cut.set()
                    if how == "after":
                        up_writer.write(data)
                    break
                up_writer.write(data)
        if is_cut.is_set():
            writer.close()
        up_writer.close() if not is_cut.is_set() else up_writer.write_eof()
        await down
        up_writer.close()
        writer.close()

    async def _pass_down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_cut: asyncio.Event
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if not is_cut.is_set():
                    writer.write(data)
        writer.close()


@asynccontextmanager
async def proxied(url: str, folder: Path) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the server of `url`, which listens on a socket, and its address."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    proxy = Proxy(f"{query['host']}/{SOCKET}")
    server = await asyncio.start_unix_server(proxy.serve, folder / SOCKET)
    query["host"] = str(folder)
    try:
        yield proxy, urlunsplit(parts._replace(query=urlencode(query)))
    finally:
        server.close()
