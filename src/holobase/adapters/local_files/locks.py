"""Locks as locked files: the system lets go of them when a process dies."""

import asyncio
import fcntl
import os
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

FILES: Final = 64
"""Files that all names share: enough that few wait for another's."""

POLL_SECONDS: Final = 0.02
"""How often a lock is tried that somebody holds; what it guards takes some ten times that."""


class FileLocks:
    """Locks in a folder, which is made when the first is taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """As the port says."""
        file = self._open(str(zlib.crc32(name.encode()) % FILES))
        try:
            while not _taken(file):  # noqa: ASYNC110 - others hold it
                await asyncio.sleep(POLL_SECONDS)
            yield
        finally:
            os.close(file)

    @asynccontextmanager
    async def attempt(self, name: str) -> AsyncIterator[bool]:
        """As the port says."""
        file = self._open(name)
        try:
            yield _taken(file)
        finally:
            os.close(file)

    def _open(self, name: str) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        return os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
