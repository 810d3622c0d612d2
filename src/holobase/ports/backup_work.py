"""The promise of the work on backups: what takes long, beside the process that asks for it."""

from typing import BinaryIO, Protocol


class BackupWork(Protocol):
    """Raises BadRequest where it is refused (`backup_busy` while another one is under way), and
    Unavailable where it failed. What is broken off leaves nothing."""

    async def create(self, key: str) -> None:
        """Makes a backup; returns when it is whole and durable."""

    async def restore(self, key: str, actor: str) -> None:
        """Verifies a backup and makes a store of it; returns when that is what the instance is. All
        who use the store are told to open it anew (`Store.is_superseded`)."""

    async def inspect(self, file: BinaryIO) -> None:
        """Looks whether a file is a backup of this instance's key, without reading all of it.

        Raises BadRequest.
        """
