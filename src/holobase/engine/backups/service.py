"""The backups of an instance: what there is, and who may change it when."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from holobase.domain.errors import BadRequest, BlobExists, FieldError, Invalid
from holobase.domain.principal import Request
from holobase.engine.backups import names
from holobase.engine.backups.format import CONTENT_TYPE
from holobase.engine.files.places import Places
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.jobs import Job
from holobase.ports.backup_turn import BackupTurn
from holobase.ports.backup_work import BackupWork
from holobase.ports.blob_store import Blob, BlobStore, checked
from holobase.ports.clock import Clock

LISTED_MAX: Final = 10_000
"""Backups that a list tells of; one an hour for a year are fewer."""


class Backups:
    """What the endpoints of backups ask, and the job that makes them. `waiting` is a folder for
    what is being uploaded; `on_failure` hears that the schedule's backup was not made."""

    def __init__(
        self,
        settings: KeptSettings,
        places: Places,
        work: BackupWork,
        turn: BackupTurn,
        clock: Clock,
        waiting: Path,
        on_failure: Callable[[], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._places = places
        self._work = work
        self._turn = turn
        self._clock = clock
        self.waiting = waiting
        self._on_failure = on_failure

    @property
    def job(self) -> Job:
        """Makes a backup when the settings say, and deletes the oldest of those."""
        return Job("__pbAutoBackup__", lambda: self._settings.held.backups.cron, self.make_due)

    async def place(self) -> BlobStore:
        """Where backups are kept now."""
        return await self._places.backups()

    async def is_busy(self) -> bool:
        """Whether one is being made or restored, by whatever process."""
        return await self._turn.holder() is not None

    async def listed(self) -> list[Blob]:
        """All backups by name. What lies in folders is none."""
        found: list[Blob] = []
        async for blob in (await self.place()).list(""):
            if "/" not in blob.key:
                found.append(blob)
            if len(found) >= LISTED_MAX:
                break
        return sorted(found, key=lambda blob: blob.key)

    async def find(self, key: str) -> Blob | None:
        """The backup of this name, if there is one."""
        with suppress(ValueError):
            return await (await self.place()).look(_flat(key))
        return None

    async def create(self, name: str) -> None:
        """Makes a backup of this name, or of one that tells the moment. Raises BadRequest while
        another is under way, and Invalid for a name that cannot be."""
        if await self.is_busy():
            raise BadRequest("backup_busy")
        error = names.error_of(name) if name else None
        if error is None and name and await self.find(name):
            error = FieldError("validation_backup_name_exists")
        if error is not None:
            raise Invalid("bad_submission", {"name": error})
        await self._work.create(name or await self._generated(names.MANUAL))

    async def upload(self, name: str, file: BinaryIO) -> None:
        """Keeps a file that is a backup of this instance. Raises Invalid for any other."""
        try:
            await self._work.inspect(file)
        except BadRequest as refused:
            raise _invalid(FieldError(f"validation_{refused.reason}")) from refused
        if await self.find(name):
            raise _invalid(FieldError("validation_backup_name_exists"))
        file.seek(0)
        try:
            await (await self.place()).put(_flat(name), file, CONTENT_TYPE)
        except ValueError as error:
            raise _invalid(FieldError("validation_invalid_value")) from error
        except BlobExists as error:
            raise _invalid(FieldError("validation_backup_name_exists")) from error

    async def delete(self, key: str) -> None:
        """Deletes a backup. Raises BadRequest where there is none, or it is being restored."""
        if await self._turn.holder() in (key, ""):
            raise BadRequest("backup_in_use")
        if await self.find(key) is None:
            raise BadRequest("backup_missing")
        await (await self.place()).delete([key])

    async def restore(self, key: str, request: Request) -> None:
        """Has a backup be what the instance is, a moment after this returns. Raises BadRequest,
        with nothing touched, where it cannot be."""
        if await self.is_busy():
            raise BadRequest("backup_busy")
        if await self.find(key) is None:
            raise BadRequest("backup_missing")
        await self._work.restore(key, request.actor)

    async def make_due(self) -> None:
        """Makes a backup, and deletes the oldest of those made so beyond the number to keep."""
        try:
            await self._work.create(await self._generated(names.AUTOMATIC))
        except Exception:
            await self._on_failure()
            raise
        keep = (await self._settings.current()).backups.cron_max_keep
        made = [blob for blob in await self.listed() if blob.key.startswith(names.AUTOMATIC)]
        made.sort(key=lambda blob: (blob.modified, blob.key), reverse=True)
        await (await self.place()).delete([blob.key for blob in made[keep:]])

    async def _generated(self, prefix: str) -> str:
        app_name = (await self._settings.current()).meta.app_name
        return names.generated(prefix, app_name, self._clock())


def _flat(key: str) -> str:
    """The key of a backup, which lies in no folder. Raises ValueError."""
    if "/" in key:
        raise ValueError("a backup lies in no folder")
    return checked(key)


def _invalid(error: FieldError) -> Invalid:
    return Invalid("bad_submission", {"file": error})
