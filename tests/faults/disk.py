"""A disk that keeps what was not synced in memory, and can lose power, fill up or lie.

It is a SQLite VFS over the real one. Every write, truncation and sync is a *step*; a test chooses
at which step things go wrong, so a seed reproduces a whole run.
"""

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

NAME = "faulty"
NEVER = 1 << 60


class Contents:
    """One file: as programs see it, and what of that is not on the disk yet."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.now = bytearray(self.path.read_bytes() if self.path.exists() else b"")
        self.unsynced: list[tuple[int, bytes | None]] = []
        """Writes at an offset, or (with None) truncations to a size."""

    def apply(self, offset: int, data: bytes | None) -> None:
        """Changes what programs see."""
        change(self.now, offset, data)
        self.unsynced.append((offset, data))

    def sync(self) -> None:
        """Puts everything on the disk."""
        if self.unsynced:
            self.path.write_bytes(self.now)
            self.unsynced.clear()

    def lose(self, chance: random.Random) -> None:
        """Leaves on the disk what was synced, and any part of the rest, in any order."""
        kept = bytearray(self.path.read_bytes() if self.path.exists() else b"")
        share = chance.choice([0.0, 0.5, 0.9])
        for offset, data in self.unsynced:
            if chance.random() < share:
                whole = data is None or chance.random() < 0.8
                change(kept, offset, data if whole else (data or b"")[: len(data or b"") // 2])
        if self.path.exists() or kept:
            self.path.write_bytes(kept)


def change(content: bytearray, offset: int, data: bytes | None) -> None:
    """Writes or truncates."""
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """Registered as `NAME` while it lives; use it in a `with` block."""

    def __init__(
        self, *, dies_at: int = NEVER, full_at: int = NEVER, syncs_nothing: bool = False
    ) -> None:
        self.dies_at = dies_at
        self.full_at = full_at
        self.syncs_nothing = syncs_nothing
        self.steps = 0
        self.files: dict[str, Contents] = {}
        self.lock = threading.RLock()
        super().__init__(NAME, base="")

    @property
    def is_dead(self) -> bool:
        """Whether the power is gone."""
        return self.steps >= self.dies_at

    def step(self, *, grows: bool = False) -> None:
        """Counts a step, and fails where it is time to."""
        self.steps += 1
        if self.is_dead:
            raise apsw.IOError("no power")
        if grows and self.steps >= self.full_at:
            raise apsw.FullError("no room")

    def lose_power(self, chance: random.Random) -> None:
        """Leaves the real files as a power cut might; what was shared in memory is gone."""
        with self.lock:
            for contents in self.files.values():
                contents.lose(chance)
                Path(f"{contents.path}-shm").unlink(missing_ok=True)
            self.files.clear()

    def xOpen(self, name: Any, flags: list[int]) -> "File":  # noqa: N802
        return File(self, name, flags)

    def xDelete(self, name: str, sync_directory: bool) -> None:  # noqa: N802
        with self.lock:
            self.step()
            self.files.pop(name, None)
            super().xDelete(name, sync_directory)

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return name in self.files or super().xAccess(name, flags)

    @contextlib.contextmanager
    def registered(self) -> Iterator["Disk"]:
        """The disk, unregistered at the end of the block."""
        try:
            yield self
        finally:
            self.unregister()


class File(apsw.VFSFile):
    """An open file of a `Disk`. Locks and shared memory are the real file's."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        super().__init__("", name, flags)
        self.disk = disk
        with disk.lock:
            self.contents = disk.files.setdefault(path, Contents(path))

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        with self.disk.lock:
            return bytes(self.contents.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        with self.disk.lock:
            self.disk.step(grows=True)
            self.contents.apply(offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        with self.disk.lock:
            self.disk.step()
            self.contents.apply(size, None)

    def xSync(self, _: int) -> None:  # noqa: N802
        with self.disk.lock:
            self.disk.step()
            if not self.disk.syncs_nothing:
                self.contents.sync()

    def xFileSize(self) -> int:  # noqa: N802
        with self.disk.lock:
            return len(self.contents.now)
