"""Where files and backups are kept, and what else files need: from the settings to the parts."""

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from holobase.adapters.local_files import FileLocks, Folder
from holobase.adapters.vips import Workshop
from holobase.domain.settings import S3, InstanceSettings
from holobase.engine.files.places import Places
from holobase.engine.files.tools import FileTools
from holobase.engine.instance_settings import KeptSettings
from holobase.ports.blob_store import BlobStore
from holobase.runtime import logging
from holobase.runtime.settings import Settings

FILES: Final = "storage"
BACKUPS: Final = "backups"
"""Folders in the data folder, as PocketBase has them."""

BACKUP_PART_BYTES: Final = 32 * 1024 * 1024
"""Parts in which a backup goes to a bucket: S3 takes 10,000, which makes 312 GiB."""

LOCKS: Final = "locks"
"""Folder of what the processes of one machine agree by."""


def file_tools(settings: Settings) -> FileTools:
    """What an instance needs to deal with files."""
    log = logging.get("holobase.files")

    def make_places(kept: KeptSettings) -> Places:
        return Places(kept, own_files(settings), Folder(settings.data / BACKUPS), of_section)

    return FileTools(
        make_places=make_places,
        imaging=Workshop(settings.image_processes),
        locks=FileLocks(settings.data / LOCKS),
        upload_bytes_max=settings.upload_bytes_max,
        upload_kept_seconds=settings.upload_kept_seconds,
        on_failure=lambda error: log.error("a picture was not made", exc_info=error),
    )


def own_files(settings: Settings) -> BlobStore:
    """Where files are as long as no superuser has switched on a storage for them."""
    url = settings.files.reveal() if settings.files else ""
    return at(url) if url else Folder(settings.data / FILES)


def files_of(settings: Settings, kept: InstanceSettings) -> BlobStore:
    """Where the files of an instance are that has these settings of its own."""
    return of_section(kept.s3) if kept.s3.enabled else own_files(settings)


def backups_of(settings: Settings, kept: InstanceSettings) -> BlobStore:
    """Where its backups are."""
    section = kept.backups.s3
    if not section.enabled:
        return Folder(settings.data / BACKUPS)
    return of_section(section, BACKUP_PART_BYTES)


def at(url: str) -> BlobStore:
    """The store at an address, as `Settings.files` says it."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    query = dict(parse_qsl(parts.query))
    return of_section(
        S3(
            bucket=parts.hostname or "",
            region=query.get("region", ""),
            endpoint=query.get("endpoint", ""),
            access_key=unquote(parts.username or ""),
            secret=unquote(parts.password or ""),
            force_path_style=query.get("path_style", "true") != "false",
        )
    )


def of_section(section: S3, part_bytes: int = 0) -> BlobStore:
    """The store that a section of the settings describes; large blobs are sent in such parts."""
    # Imported here, because few need it and a start without it is quicker.
    from holobase.adapters.s3 import PART_BYTES, Bucket, Place  # noqa: PLC0415

    return Bucket(
        Place(
            bucket=section.bucket,
            region=section.region,
            endpoint=section.endpoint,
            access_key=section.access_key,
            secret=section.secret,
            by_path=section.force_path_style,
        ),
        part_bytes=part_bytes or PART_BYTES,
    )
