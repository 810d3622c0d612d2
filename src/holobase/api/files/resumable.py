"""`/api/uploads`: files that come piece by piece and can be gone on with (TUS 1.0: core, creation,
creation-with-upload, termination, expiration and checksum). Each is its sender's alone.
"""

import base64
import binascii
from typing import Final

from holobase.api.exchange import Exchange
from holobase.api.files.conditions import http_date
from holobase.api.multipart import base_name
from holobase.api.origins import Header
from holobase.domain.errors import BadRequest, Conflict, NotFound, Outdated, Refusal, WrongType
from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.engine.files.parcels import Label, Parcel
from holobase.engine.files.receiving import Checksum, Receiver

PATH: Final = "/api/uploads"
VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,expiration,checksum"
PIECE_TYPE: Final = "application/offset+octet-stream"

METADATA_LENGTH_MAX: Final = 4_096
"""Longest `Upload-Metadata`: a name, a type, and what else a page wants to remember."""

DIGITS_MAX: Final = 15
"""Digits of a length or an offset: what every client counts exactly."""

NAME_KEYS: Final = ("filename", "name")
"""Under which of these clients tell what a file is called."""

SPEAKS: Final[Header] = (b"tus-resumable", VERSION.encode())
NOT_KEPT: Final[Header] = (b"cache-control", b"no-store")


def abilities(bytes_max: int) -> tuple[Header, ...]:
    """What an `OPTIONS` is told."""
    return (
        SPEAKS,
        (b"tus-version", VERSION.encode()),
        (b"tus-extension", EXTENSIONS.encode()),
        (b"tus-max-size", b"%d" % bytes_max),
        (b"tus-checksum-algorithm", ",".join(Checksum.ALGORITHMS).encode()),
    )


class Resumable:
    """The endpoints of such uploads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._depot = application.keeper.depot
        self._receiver = Receiver(self._depot)

    async def begin(self, exchange: Exchange) -> None:
        """POST: a new upload of `Upload-Length` bytes; its address is in `Location`."""
        request = await self._request(exchange)
        size = _number(exchange, "upload-length")
        label = _label(exchange.headers.get("upload-metadata", ""))
        parcel = await self._depot.begin(request, size, label)
        if exchange.headers.get("content-type", "") == PIECE_TYPE:
            parcel = await self._receive_first(exchange, request, parcel)
        location = (b"location", f"{PATH}/{parcel.id}".encode())
        await exchange.answer(201, headers=(location, *_standing(parcel)))

    async def show(self, exchange: Exchange, parcel_id: str) -> None:
        """GET, HEAD: how much of an upload is here, in `Upload-Offset`."""
        request = await self._request(exchange)
        parcel = await self._find(request, parcel_id)
        headers = [*_standing(parcel), (b"upload-length", b"%d" % parcel.size), NOT_KEPT]
        if parcel.label.metadata:
            headers.append((b"upload-metadata", parcel.label.metadata.encode("latin-1")))
        await exchange.answer(200, headers=headers)

    async def go_on(self, exchange: Exchange, parcel_id: str) -> None:
        """PATCH: the next bytes of an upload, from `Upload-Offset` on."""
        request = await self._request(exchange)
        if exchange.headers.get("content-type", "") != PIECE_TYPE:
            raise WrongType("unsupported_content_type")
        offset = _number(exchange, "upload-offset")
        parcel = await self._find(request, parcel_id)
        if offset != parcel.received:
            raise Conflict("upload_moved_on")
        parcel = await self._receive(exchange, request, parcel)
        await exchange.answer(204, headers=_standing(parcel))

    async def give_up(self, exchange: Exchange, parcel_id: str) -> None:
        """DELETE: ends an upload and removes what is here of it."""
        request = await self._request(exchange)
        parcel = await self._find(request, parcel_id)
        await self._depot.give_up(request, parcel)
        await exchange.answer(204)

    async def override(self, exchange: Exchange, parcel_id: str) -> None:
        """POST: what `X-HTTP-Method-Override` says, for clients that cannot send a PATCH."""
        method = exchange.headers.get("x-http-method-override", "").upper()
        handler = {"PATCH": self.go_on, "DELETE": self.give_up, "HEAD": self.show}.get(method)
        if handler is None:
            raise NotFound("not_found")
        await handler(exchange, parcel_id)

    async def _request(self, exchange: Exchange) -> Request:
        exchange.extra = (SPEAKS,)
        if exchange.headers.get("tus-resumable", "") != VERSION:
            exchange.extra = (SPEAKS, (b"tus-version", VERSION.encode()))
            raise Outdated("upload_version")
        return exchange.request

    async def _find(self, request: Request, parcel_id: str) -> Parcel:
        parcel = await self._depot.find(request, parcel_id)
        if parcel.label.incoming:
            raise NotFound("not_found")  # it comes by another way
        return parcel

    async def _receive_first(self, exchange: Exchange, request: Request, parcel: Parcel) -> Parcel:
        """Nobody knows the address of an upload whose beginning was refused: it ends then."""
        try:
            return await self._receive(exchange, request, parcel)
        except Refusal:
            await self._depot.give_up(request, parcel)
            raise

    async def _receive(self, exchange: Exchange, request: Request, parcel: Parcel) -> Parcel:
        checksum = _checksum(exchange.headers.get("upload-checksum", ""))
        pieces = exchange.chunks(parcel.size - parcel.received)
        return await self._receiver.receive(request, parcel, pieces, checksum)


def _standing(parcel: Parcel) -> tuple[Header, ...]:
    return (
        (b"upload-offset", b"%d" % parcel.received),
        (b"upload-expires", http_date(parcel.expires).encode()),
    )


def _number(exchange: Exchange, header: str) -> int:
    text = exchange.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise BadRequest("bad_upload")
    return int(text)


def _label(metadata: str) -> Label:
    """What a sender says of a file: pairs of a key and a text in base64, with commas between."""
    if len(metadata) > METADATA_LENGTH_MAX:
        raise BadRequest("bad_upload")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in metadata.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise BadRequest("bad_upload") from error
    name = next((found[key] for key in NAME_KEYS if found.get(key)), "")
    if "\x00" in name:
        raise BadRequest("bad_upload")
    return Label(base_name(name), metadata)


def _checksum(header: str) -> Checksum | None:
    algorithm, _, expected = header.partition(" ")
    try:
        return Checksum(algorithm.lower(), expected) if header else None
    except (binascii.Error, ValueError) as error:
        raise BadRequest("bad_upload") from error
