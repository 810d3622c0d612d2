"""The turn to make or restore a backup of a data folder, as a locked file: the system lets go of it
when its holder dies. The file says what the turn is about."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from holobase.adapters.sqlite.replacing import is_waiting

FILE_NAME: Final = "backup.lock"
KEY_BYTES_MAX: Final = 1_024
"""Longest key of a backup."""

TRIES: Final = 10
"""Tries to get the turn: who only asks for its holder has it for a moment."""

TRY_SECONDS: Final = 0.02
"""Pause between two tries."""


class SqliteBackupTurn:
    """Keeps `ports.backup_turn.BackupTurn` for a data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def attempt(self, key: str) -> AsyncIterator[bool]:
        """As the port says."""
        lock = self._open()
        try:
            taken = await _take(lock) and not is_waiting(self._folder)
            if taken:
                os.ftruncate(lock, 0)
                os.pwrite(lock, key.encode(), 0)
            yield taken
        finally:
            os.close(lock)

    async def holder(self) -> str | None:
        """As the port says."""
        if is_waiting(self._folder):
            return ""
        lock = self._open()
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return os.pread(lock, KEY_BYTES_MAX, 0).decode(errors="replace")
        finally:
            os.close(lock)
        return None

    def _open(self) -> int:
        path = self._folder / FILE_NAME
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


async def _take(lock: int) -> bool:
    for _ in range(TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(TRY_SECONDS)
        else:
            return True
    return False
