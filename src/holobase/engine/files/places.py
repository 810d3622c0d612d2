"""The stores in which an instance keeps its files and its backups.

A superuser may move either to a bucket while the instance runs: what is asked for next is looked
for there. Nothing is carried over; that is what a backup is for.
"""

from collections.abc import Callable

from holobase.domain.settings import S3
from holobase.engine.instance_settings import KeptSettings
from holobase.ports.blob_store import BlobStore


class Places:
    """`open_bucket` makes the store that a section of the settings describes."""

    def __init__(
        self,
        settings: KeptSettings,
        files: BlobStore,
        backups: BlobStore,
        open_bucket: Callable[[S3], BlobStore],
    ) -> None:
        self._settings = settings
        self._files = files
        self._backups = backups
        self._open_bucket = open_bucket
        self._buckets: dict[str, tuple[S3, BlobStore]] = {}

    async def files(self) -> BlobStore:
        """Where uploaded files are now."""
        section = (await self._settings.current()).s3
        return self._bucket("files", section) if section.enabled else self._files

    async def backups(self) -> BlobStore:
        """Where backups are now."""
        section = (await self._settings.current()).backups.s3
        return self._bucket("backups", section) if section.enabled else self._backups

    def _bucket(self, purpose: str, section: S3) -> BlobStore:
        known, bucket = self._buckets.get(purpose, (None, None))
        if bucket is None or known != section:
            bucket = self._open_bucket(section)
            self._buckets[purpose] = section, bucket
        return bucket
