"""`/api/backups`: making, keeping and restoring backups."""

from typing import Final

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.api.files.downloads import CACHED, CONTENT_POLICY
from holobase.api.files.sending import disposition, send_blob
from holobase.domain.content_types import HEAD_BYTES, sniff
from holobase.domain.errors import (
    BadRequest,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)
from holobase.domain.principal import SUPERUSERS
from holobase.engine.application import Application
from holobase.engine.backups.format import CONTENT_TYPE
from holobase.engine.backups.service import Backups
from holobase.engine.files import tokens
from holobase.kit import dates
from holobase.kit.json import Json

BODY_BYTES_MAX: Final = 64 * 1024
"""One name."""

UPLOAD_BYTES_MAX: Final = 1 << 50
"""As good as none: an upload goes to the disk piece by piece, and ends where that is full."""

PERMISSION: Final = "backups.create"
"""What lets others than superusers download a backup."""

FILE: Final = "file"


class BackupEndpoints:
    """The endpoints of backups."""

    def __init__(self, application: Application, backups: Backups | None) -> None:
        self._application = application
        self._kept = backups

    @property
    def _backups(self) -> Backups:
        if self._kept is None:
            raise Unavailable("there are no backups here")
        return self._kept

    async def listed(self, exchange: Exchange) -> None:
        """GET: every backup with its size and when it was stored."""
        answer: list[Json] = [
            {
                "modified": dates.from_milliseconds(blob.modified),
                "key": blob.key,
                "size": blob.size,
            }
            for blob in await self._backups.listed()
        ]
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def create(self, exchange: Exchange) -> None:
        """POST: makes a backup while everybody goes on writing; 204 when it is whole."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        name = body.get("name") or ""
        if not isinstance(name, str):
            raise BadRequest("malformed_body")
        await self._backups.create(name)
        await exchange.answer(204)

    async def upload(self, exchange: Exchange) -> None:
        """POST: keeps a backup that was made by this instance, or one with the same key."""
        if not exchange.headers.get("content-type", "").startswith(bodies.MULTIPART):
            await exchange.body(BODY_BYTES_MAX)
            raise _invalid("validation_required")
        folder = self._backups.waiting
        with await bodies.read_form(exchange, UPLOAD_BYTES_MAX, FILE.__eq__, folder) as form:
            files = [file for name, file in form.files if name == FILE]
            if not files:
                raise _invalid("validation_required")
            sent = files[0]
            sent.source.seek(0)
            if sniff(sent.source.read(HEAD_BYTES)).name != CONTENT_TYPE:
                raise _invalid("validation_invalid_mime_type")
            await self._backups.upload(sent.name, sent.source)
        await exchange.answer(204)

    async def download(self, exchange: Exchange, key: str) -> None:
        """GET: a backup, for whom the file token in the parameter `token` speaks for."""
        if not await self._may_download(exchange):
            raise Forbidden("wrong_account_kind")
        blob = await self._backups.find(key)
        if blob is None:
            raise NotFound("not_found")
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-disposition", disposition("attachment", key)),
            (b"content-security-policy", CONTENT_POLICY),
            (b"cache-control", CACHED),
        ]
        await send_blob(exchange, await self._backups.place(), blob, headers)

    async def delete(self, exchange: Exchange, key: str) -> None:
        """DELETE: deletes a backup that nobody is restoring."""
        await self._backups.delete(key)
        await exchange.answer(204)

    async def restore(self, exchange: Exchange, key: str) -> None:
        """POST: 204 when a backup is verified and about to take the place of what is there."""
        await self._backups.restore(key, exchange.request)
        await exchange.answer(204)

    async def _may_download(self, exchange: Exchange) -> bool:
        application = self._application
        token = exchange.query.get("token", "")
        account = await tokens.resolve(token, application.catalogue, application.principals)
        if account is None:
            return False
        if account.collection_name == SUPERUSERS:
            return application.instance_settings.lets_superuser_in(exchange.address)
        return PERMISSION in await application.permissions.of(account)


def _invalid(code: str) -> Invalid:
    return Invalid("bad_submission", {FILE: FieldError(code)})
