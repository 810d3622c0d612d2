"""Moving out to PocketBase: a folder with everything that its program knows of."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from holobase.adapters.pocketbase.storage import Ways, copy_files, walk
from holobase.adapters.pocketbase.writer import PocketBaseWriter
from holobase.engine.moving.exporting import Export
from holobase.engine.moving.records import Progress
from holobase.engine.sealing import Sealer
from holobase.runtime.keys import instance_key
from holobase.runtime.places import FILES
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_snapshot

_UNFINISHED = ".partial"
"""Where the folder of files keeps what is being written."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written."""

    counts: Mapping[str, int]
    files: int
    notes: list[str]


def export_pocketbase(settings: Settings, folder: Path, key: str, progress: Progress) -> Exported:
    """Writes a folder that a PocketBase program opens. `key` encrypts its settings.

    Raises DamagedData where the folder holds something, NotFound where there is no instance.
    """
    given = settings.key.reveal() if settings.key else None
    return asyncio.run(_export(settings, folder, key, given, progress))


async def _export(
    settings: Settings, folder: Path, key: str, given: str | None, progress: Progress
) -> Exported:
    async with open_snapshot(settings) as snapshot:
        sealer = Sealer(instance_key(settings.data, given))
        writer = PocketBaseWriter(folder)
        try:
            export = Export(snapshot, writer, sealer)
            await export.run(key, progress)
            files = _copy_files(settings, writer.draft / FILES, progress)
            writer.put_in_place()
        finally:
            writer.close()
    return Exported(export.counts, files, export.notes)


def _copy_files(settings: Settings, target: Path, progress: Progress) -> int:
    """The files of a folder; those in a bucket stay there, and the settings lead to them."""
    url = urlsplit(settings.files.reveal() if settings.files else "")
    if url.scheme == "s3":
        return 0
    source = Path(unquote(url.path)) if url.scheme else settings.data / FILES
    total = sum(1 for _ in walk(source))
    left = frozenset({_UNFINISHED})
    return copy_files(source, target, Ways({}, left, lambda done: progress("files", done, total)))
