"""Taking turns at the file: between the threads and the processes that use one folder.

SQLite's own busy handler polls, which costs a tenth of a second at the slow end; a lock on a file
beside it wakes the next one at once, and is let go of by the kernel when its holder dies.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Turns:
    """A lock held by one user at a time. Every user needs a `Turns` of its own."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Waits for the turn, and passes it on at the end of the block."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def take(self) -> bool:
        """Takes the lock for life, if nobody else has it; whether it is ours now. Never waits."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Gives the file back."""
        os.close(self._file)
