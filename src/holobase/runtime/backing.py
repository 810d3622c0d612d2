"""Backups of an instance as plain functions: for the command line, and for the process that the
server has do this work."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from holobase import __version__
from holobase.adapters.sqlite import replacing
from holobase.adapters.sqlite.draft import SqliteDraft
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.store import open_snapshot as open_file_snapshot
from holobase.domain.errors import (
    BadRequest,
    DamagedData,
    Invalid,
    NotFound,
    VersionConflict,
)
from holobase.domain.principal import Request
from holobase.domain.settings import DEFAULTS, InstanceSettings
from holobase.engine.backups import names, restoring
from holobase.engine.backups.archive import Archive
from holobase.engine.backups.channel import Channel
from holobase.engine.backups.format import CONTENT_TYPE, Manifest
from holobase.engine.backups.restoring import Mark
from holobase.engine.backups.writing import Writing
from holobase.engine.moving.records import Progress
from holobase.engine.moving.stores import move
from holobase.engine.sealing import Sealer
from holobase.ports.blob_store import Blob, BlobStore
from holobase.ports.command import Applied, Command
from holobase.ports.store import Snapshot
from holobase.runtime.keys import kept_key
from holobase.runtime.places import BACKUPS, backups_of, files_of
from holobase.runtime.product import COMMUNITY, SYSTEM, stored_product, wanted_of
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import backup_turn, open_snapshot, open_store, system_clock

Source: TypeAlias = str | Path
"""A backup of the instance by its name, or one in a file."""

ROOM: Final = 3
"""How many times the size of what is in a backup must be free on the disk: tables and their indexes
are larger than the log that they follow from."""


async def create(settings: Settings, key: str, progress: Progress) -> Manifest:
    """Makes a backup under a key that is new. Raises BadRequest, Unavailable or DamagedData."""
    async with backup_turn(settings).attempt(key) as is_ours:
        if not is_ours:
            raise BadRequest("backup_busy")
        sealer = _sealer(settings)
        async with open_snapshot(settings) as snapshot:
            kept = await restoring.settings_of(snapshot, sealer)
            definitions = [collection for _, collection in await snapshot.definitions()]
            product = await stored_product(snapshot.log, definitions)
        backups, files = backups_of(settings, kept), files_of(settings, kept)
        if await backups.look(key) is not None:
            raise BadRequest("backup_exists")
        channel = Channel()
        writing = Writing(lambda: open_snapshot(settings), files, sealer, channel, progress)
        made = asyncio.create_task(_made(writing, channel, is_community=product is COMMUNITY))
        try:
            await backups.put(key, channel, CONTENT_TYPE)
        except BaseException as error:
            channel.fail(error)
            if not made.done():
                made.cancel()
            [outcome] = await asyncio.gather(made, return_exceptions=True)
            if isinstance(outcome, Exception):  # what was wrong, and not what came of it
                raise outcome from error
            raise
        return await made


async def _made(writing: Writing, channel: Channel, *, is_community: bool) -> Manifest:
    try:
        return await writing.run(system_clock, __version__, community=is_community)
    except BaseException as error:
        channel.fail(error)
        raise


async def restore(
    settings: Settings, source: Source, actor: str, progress: Progress, *, is_served: bool
) -> Manifest:
    """Makes a backup what the instance is.

    `is_served`: servers use the store, and open it anew by themselves; else nobody may. Until it is
    whole nothing of the instance changes. Raises BadRequest, Unavailable or DamagedData.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = Path(source).name
    async with backup_turn(settings).attempt(name) as is_ours:
        if not is_ours:
            raise BadRequest("backup_busy")
        if not is_served and await _is_used(settings):
            raise BadRequest("backup_served")
        sealer = _sealer(settings)
        async with opened(settings, sealer, source) as archive:
            archive.verify(lambda done, total: progress("verifying", done, total))
            if shutil.disk_usage(settings.data).free < archive.size * ROOM:
                raise BadRequest("backup_no_room")
            await _settle(settings)
            path = replacing.begin(settings.data) / FILE_NAME
            draft = SqliteDraft(path)
            try:
                await _fill(settings, sealer, archive, draft, progress)
                if is_served:
                    await _check_served(settings, draft)
                restoring.tell(draft, archive, name, actor, system_clock())
                kept = await restoring.settings_of(draft.snapshot(), sealer)
                draft.finish()
                async with _marking(settings) as mark:
                    files = files_of(settings, kept)
                    await restoring.bring_files(archive, files, mark, progress)
                await _make_ready(settings, path, progress)
            finally:
                draft.close()
                replacing.abandon(settings.data)
            return archive.manifest


def create_now(settings: Settings, name: str, progress: Progress) -> tuple[str, Manifest]:
    """As `create`, for a person: under a name that is checked, or one that tells the moment."""

    async def run() -> tuple[str, Manifest]:
        error = names.error_of(name) if name else None
        if error is not None:
            raise Invalid("bad_submission", {"name": error})
        app_name = (await _kept(settings)).meta.app_name
        key = name or names.generated(names.MANUAL, app_name, system_clock())
        return key, await create(settings, key, progress)

    return asyncio.run(run())


async def restore_now(settings: Settings, source: Source, progress: Progress) -> Manifest:
    """As `restore`, where nobody serves: it is in force when this returns."""
    actor = Request(service="restore").actor
    manifest = await restore(settings, source, actor, progress, is_served=False)
    await _take_place(settings)
    return manifest


async def _take_place(settings: Settings) -> None:
    """Has a restored store that waits take its place, where nobody serves the one before."""
    if settings.store is None:
        replacing.enter(settings.data).leave()
    else:
        await (await open_store(settings, _settle_nothing)).close()
    await settle(settings)


async def _fill(
    settings: Settings, sealer: Sealer, archive: Archive, draft: SqliteDraft, progress: Progress
) -> None:
    product = COMMUNITY if archive.manifest.community else SYSTEM
    try:
        await restoring.rebuild(archive, draft, sealer, list(product.declarations), progress)
    except DamagedData as error:
        raise BadRequest("backup_damaged") from error
    async with _before(settings) as before:
        if before is not None:
            await restoring.let_go(before, draft)


async def _check_served(settings: Settings, draft: SqliteDraft) -> None:
    """Refuses what this server, as it was started, could not serve."""
    snapshot = draft.snapshot()
    there = [collection for _, collection in await snapshot.definitions()]
    try:
        await wanted_of(snapshot.log, there, settings.without_community)
    except DamagedData as error:
        raise BadRequest("backup_unfit") from error


async def _make_ready(settings: Settings, path: Path, progress: Progress) -> None:
    """Makes a store in a file what the instance is, in one step."""
    if settings.store is None:
        replacing.make_ready(settings.data)
        return
    from holobase.adapters.postgres.replacing import PostgresReplacement  # noqa: PLC0415

    mirror = await PostgresReplacement.open(settings.store.reveal())
    try:
        async with open_file_snapshot(path) as snapshot:
            await move(snapshot, mirror, progress)
    finally:
        await mirror.close()


async def verify(settings: Settings, source: Source, progress: Progress) -> Manifest:
    """Reads a backup from its beginning to its end. Raises BadRequest where it is not whole."""
    async with opened(settings, _sealer(settings), source) as archive:
        archive.verify(lambda done, total: progress("verifying", done, total))
        return archive.manifest


async def listed(settings: Settings) -> list[Blob]:
    """The backups of the instance, by name."""
    backups = backups_of(settings, await _kept(settings))
    found = [blob async for blob in backups.list("") if "/" not in blob.key]
    return sorted(found, key=lambda blob: blob.key)


async def delete(settings: Settings, key: str) -> None:
    """Deletes a backup. Raises BadRequest where there is none, or it is being restored."""
    if await backup_turn(settings).holder() in (key, ""):
        raise BadRequest("backup_in_use")
    backups = backups_of(settings, await _kept(settings))
    if "/" in key or await backups.look(key) is None:
        raise BadRequest("backup_missing")
    await backups.delete([key])


async def settle(settings: Settings) -> None:
    """Throws away what restores have left: of those that were cut off, and of what was before the
    one that is in force. Does nothing while one is under way."""
    async with backup_turn(settings).attempt("") as is_ours:
        if is_ours:
            await _settle(settings)


def inspect(settings: Settings, file: BinaryIO) -> None:
    """Looks whether a file is a backup for this instance. Raises BadRequest."""
    Archive(file, _sealer(settings))


@asynccontextmanager
async def opened(settings: Settings, sealer: Sealer, source: Source) -> AsyncIterator[Archive]:
    """A backup to be read. Raises BadRequest where there is none."""
    kept = await _kept(settings)
    if isinstance(source, str) and kept.backups.s3.enabled:
        with tempfile.TemporaryFile(dir=settings.data) as copy:
            await _fetch(backups_of(settings, kept), source, copy)
            yield Archive(copy, sealer)
        return
    path = source if isinstance(source, Path) else settings.data / BACKUPS / source
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise BadRequest("backup_missing") from error
    with file:
        yield Archive(file, sealer)


async def _fetch(backups: BlobStore, key: str, copy: BinaryIO) -> None:
    if await backups.look(key) is None:
        raise BadRequest("backup_missing")
    async for piece in backups.read(key):
        copy.write(piece)


async def _kept(settings: Settings) -> InstanceSettings:
    async with _before(settings) as snapshot:
        if snapshot is None:
            return DEFAULTS
        return await restoring.settings_of(snapshot, _sealer(settings))


@asynccontextmanager
async def _before(settings: Settings) -> AsyncIterator[Snapshot | None]:
    """What is there now, if anything is."""
    async with contextlib.AsyncExitStack() as opened_here:
        try:
            found = await opened_here.enter_async_context(open_snapshot(settings))
        except NotFound:
            found = None
        yield found


@asynccontextmanager
async def _marking(settings: Settings) -> AsyncIterator[Mark]:
    """Marks files in the instance that is there, so that a restore that is cut off leaves none
    behind; where nothing is, there is nobody to mark them for."""
    async with _before(settings) as before:
        definitions = await before.definitions() if before is not None else None
    if definitions is None:

        async def forget(_: Sequence[str]) -> None:
            return

        yield forget
        return
    collections = {each.id: each for _, each in definitions if not each.is_view}
    store = await open_store(settings, _settle_nothing)

    async def mark(keys: Sequence[str]) -> None:
        now = system_clock()
        unnamed = partial(restoring.mark_unnamed, collections=collections, now=now)
        marked = [store.submit(partial(unnamed, key)) for key in keys]
        for outcome in await asyncio.gather(*marked, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, VersionConflict):
                raise outcome

    try:
        yield mark
    finally:
        await store.close()


def _settle_nothing(_: list[Applied]) -> Command[None]:
    yield from ()


async def _is_used(settings: Settings) -> bool:
    if settings.store is None:
        return replacing.is_used(settings.data)
    from holobase.adapters.postgres.replacing import is_used  # noqa: PLC0415 - few need it

    return await is_used(settings.store.reveal())


async def _settle(settings: Settings) -> None:
    replacing.abandon(settings.data)
    if settings.store is None:
        replacing.settle(settings.data)
        return
    from holobase.adapters.postgres.replacing import settle as settle_schema  # noqa: PLC0415

    await settle_schema(settings.store.reveal())


def _sealer(settings: Settings) -> Sealer:
    given = settings.key.reveal() if settings.key else None
    return Sealer(kept_key(settings.data, given))
