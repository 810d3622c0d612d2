"""`/api/storage/…-upload`: sending a file straight into the bucket, in the words of clients in the
wild.
"""

import re
from typing import Final

from holobase.api import bodies
from holobase.api.exchange import Exchange
from holobase.api.multipart import base_name
from holobase.domain.errors import BadRequest, FieldError, Invalid, NotFound
from holobase.engine.application import Application
from holobase.engine.files.direct import DIRECT_SECONDS, Direct
from holobase.engine.files.parcels import Label
from holobase.kit.json import Json

BODY_BYTES_MAX: Final = 64 * 1024
"""A name and some numbers."""

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class DirectUploads:
    """The endpoints of such uploads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._depot = application.keeper.depot
        self._direct = Direct(self._depot, application.places)

    async def announce(self, exchange: Exchange) -> None:
        """POST: where to `PUT` a file, and what stands for it in a record once it is verified."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        name, size, digest = body.get("filename"), _whole(body.get("fileSize")), _digest(body)
        errors: dict[str, FieldError] = {}
        if not (isinstance(name, str) and name.strip()):
            errors["filename"] = FieldError("validation_required")
        bytes_max = self._depot.bytes_max
        if not 0 < size <= bytes_max:
            params = {"file": str(name or ""), "maxSize": bytes_max}
            code = "validation_file_size_limit" if size > 0 else "validation_required"
            errors["fileSize"] = FieldError(code, params if size > 0 else {})
        if digest is None:
            errors["fileHash"] = FieldError("validation_invalid_format")
        if errors:
            raise Invalid("direct_failed", errors)
        label = Label(base_name(str(name)), digest=digest or "")
        announced = await self._direct.announce(exchange.request, size, label)
        if announced is None:
            raise BadRequest("storage_not_direct")
        parcel, address = announced
        await exchange.answer_json(
            200,
            {
                "uploadUrl": address,
                "storageUrl": parcel.reference,
                "expiresIn": DIRECT_SECONDS,
                "uploadId": parcel.id,
            },
        )

    async def verify(self, exchange: Exchange) -> None:
        """POST: whether what was sent is what was announced; a record may name it from then on."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        request = exchange.request
        digest = _digest(body, "expectedHash")
        if digest is None:
            errors = {"expectedHash": FieldError("validation_invalid_format")}
            raise Invalid("direct_failed", errors)
        parcel = await self._depot.find(request, str(body.get("uploadId") or ""))
        if (
            not parcel.label.incoming
            or body.get("storageUrl", parcel.reference) != parcel.reference
        ):
            raise NotFound("not_found")
        found = await self._direct.verify(request, parcel, digest)
        await exchange.answer_json(
            200,
            {
                "verified": found.holds,
                "fileSize": found.size,
                "storageUrl": parcel.reference,
                "contentType": found.content_type,
            },
        )


def _whole(value: Json) -> int:
    """A whole number; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if value == int(value) else 0


def _digest(body: dict[str, Json], key: str = "fileHash") -> str | None:
    """A SHA-256 in hexadecimal, with or without its name before it; empty where there is none, None
    for anything else."""
    value = body.get(key) or ""
    if not isinstance(value, str):
        return None
    text = value.lower().removeprefix("sha256").lstrip(":-")
    return text if not text or _SHA256.fullmatch(text) else None
