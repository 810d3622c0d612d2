"""Sending a blob: its headers, and its bytes as fast as the client takes them."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Final
from urllib.parse import quote

from holobase.api.exchange import SECURITY_HEADERS, Exchange
from holobase.api.files import conditions
from holobase.api.files.conditions import Part, Unsatisfiable
from holobase.api.origins import Header
from holobase.domain.errors import BlobMissing, NotFound
from holobase.ports.blob_store import Blob, BlobStore

TAKING_SECONDS: Final = 60.0
"""How long a client may take for one piece; then it is gone, or wants to hold us up."""

FRAMES: Final = b"x-frame-options"


async def send_blob(
    exchange: Exchange,
    blobs: BlobStore,
    blob: Blob,
    headers: Sequence[Header],
    *,
    may_be_framed: bool = False,
) -> None:
    """Answers with a blob, or with the parts of it that are asked for.

    `headers` are the caller's own, `Content-Type` among them. Raises NotFound where it is gone.
    """
    left_out = (FRAMES,) if may_be_framed else ()
    own = [
        *_without(SECURITY_HEADERS, *(name for name, _ in headers), *left_out),
        *headers,
        (b"last-modified", conditions.http_date(blob.modified).encode()),
        *exchange.cors,
    ]
    status = conditions.precondition(exchange.headers, blob.modified)
    if status != 200:
        await _answer(exchange, status, _without(own, b"content-type"))
        return
    try:
        parts = conditions.parts(exchange.headers, blob.size, blob.modified)
    except Unsatisfiable:
        refused = _without(own, b"content-type", b"cache-control", b"last-modified")
        await _answer(exchange, 416, [*refused, (b"content-range", b"bytes */%d" % blob.size)])
        return
    own.append((b"accept-ranges", b"bytes"))
    if len(parts) > 1:
        await _send_parts(exchange, blobs, blob, own, parts)
        return
    part = parts[0] if parts else Part(0, blob.size)
    own.append((b"content-length", b"%d" % (part.end - part.start)))
    if parts:
        own.append((b"content-range", part.content_range(blob.size).encode()))
    await _send(exchange, 206 if parts else 200, own, _read(blobs, blob, part))


def disposition(kind: str, name: str) -> bytes:
    """The value of `Content-Disposition`: the name quoted, and in full where it is not ASCII."""
    plain = name.encode("ascii", "replace").decode().replace("\\", "\\\\").replace('"', '\\"')
    value = f'{kind}; filename="{plain}"'
    if not name.isascii():
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    return value.encode()


async def _send_parts(
    exchange: Exchange, blobs: BlobStore, blob: Blob, own: list[Header], parts: Sequence[Part]
) -> None:
    boundary = secrets.token_hex(16)
    kind = dict(own).get(b"content-type", b"").decode()
    heads = [
        f"{'' if number == 0 else chr(13) + chr(10)}--{boundary}\r\n"
        f"Content-Range: {part.content_range(blob.size)}\r\nContent-Type: {kind}\r\n\r\n".encode()
        for number, part in enumerate(parts)
    ]
    tail = f"\r\n--{boundary}--\r\n".encode()
    length = sum(len(head) for head in heads) + len(tail)
    length += sum(part.end - part.start for part in parts)
    headers = _without(own, b"content-type")
    headers.append((b"content-type", f"multipart/byteranges; boundary={boundary}".encode()))
    headers.append((b"content-length", b"%d" % length))

    async def pieces() -> AsyncGenerator[bytes, None]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            async with aclosing(_read(blobs, blob, part)) as read:
                async for piece in read:
                    yield piece
        yield tail

    await _send(exchange, 206, headers, pieces())


async def _read(blobs: BlobStore, blob: Blob, part: Part) -> AsyncGenerator[bytes, None]:
    end = None if part.end == blob.size else part.end
    async with aclosing(blobs.read(blob.key, part.start, end)) as pieces:
        async for piece in pieces:
            yield piece


async def _send(
    exchange: Exchange, status: int, headers: list[Header], pieces: AsyncGenerator[bytes, None]
) -> None:
    async with aclosing(pieces):
        if exchange.method == "HEAD":
            await _start(exchange, status, headers)
            await exchange.send({"type": "http.response.body", "body": b""})
            return
        try:
            first = await anext(pieces, b"")  # a missing blob is told while that can be told
        except BlobMissing as missing:
            raise NotFound("not_found") from missing
        await _start(exchange, status, headers)
        try:
            await _take(exchange, first)
            async for piece in pieces:
                await _take(exchange, piece)
        except TimeoutError as error:
            raise ConnectionResetError("the client does not take it") from error
        await exchange.send({"type": "http.response.body", "body": b""})


async def _take(exchange: Exchange, piece: bytes) -> None:
    async with asyncio.timeout(TAKING_SECONDS):
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})


async def _answer(exchange: Exchange, status: int, headers: list[Header]) -> None:
    """An answer without a body."""
    length = [] if status == 304 else [(b"content-length", b"0")]
    await _start(exchange, status, [*headers, *length])
    await exchange.send({"type": "http.response.body", "body": b""})


def _without(headers: Iterable[Header], *names: bytes) -> list[Header]:
    return [header for header in headers if header[0] not in names]


async def _start(exchange: Exchange, status: int, headers: list[Header]) -> None:
    await exchange.send({"type": "http.response.start", "status": status, "headers": headers})
