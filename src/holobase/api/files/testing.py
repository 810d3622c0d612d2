"""`POST /api/settings/test/s3`: whether the storage that the settings name can be used."""

import secrets
from typing import Final

from holobase.api import bodies
from holobase.api.exchange import Exchange
from holobase.api.surroundings import LogError
from holobase.domain.errors import BadRequest, FieldError, Invalid, Unavailable
from holobase.engine.application import Application

BODY_BYTES_MAX: Final = 64 * 1024
"""One short word."""

STORAGES: Final = ("storage", "backups")


class StorageTest:
    """The endpoint that tries a storage."""

    def __init__(self, application: Application, log_error: LogError) -> None:
        self._application = application
        self._log_error = log_error

    async def run(self, exchange: Exchange) -> None:
        """POST: stores and deletes a small object in the bucket that the settings name."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        asked = body.get("filesystem") or ""
        if asked not in STORAGES:
            code = "validation_in_invalid" if asked else "validation_required"
            raise Invalid("storage_unreachable", {"filesystem": FieldError(code)})
        settings = await self._application.instance_settings.current()
        places = self._application.places
        section = settings.s3 if asked == "storage" else settings.backups.s3
        if not section.enabled:
            raise BadRequest("storage_disabled")
        blobs = await (places.files() if asked == "storage" else places.backups())
        key = f"test_{secrets.token_hex(8)}"
        try:
            await blobs.put(key, b"test")
            await blobs.delete([key])
        except Unavailable as error:
            self._log_error(f"POST {exchange.scope['path']}", error, exchange.id)
            raise BadRequest("storage_unreachable") from error
        await exchange.answer(204)
