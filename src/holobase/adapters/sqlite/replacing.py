"""Putting another database in the place of the one that is there, in one step that a crash cannot
split: a folder beside it gets another name. What follows is only tidying, and is done by whoever
opens the database next, before anybody uses it.

    restore.partial/   is being made: of no worth to anybody but who makes it
    restore.ready/     is whole: from here on it is what the instance is
        before/        what was there until then, until the new one is in force

Whoever has the database open holds a shared lock, so that nobody takes it away beneath them.
"""

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import Final

from holobase.adapters.disk import sync
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.domain.errors import Unavailable

PARTIAL: Final = "restore.partial"
READY: Final = "restore.ready"
BEFORE: Final = "before"
LOCK_FILE_NAME: Final = "presence.lock"

SIDES: Final = ("", "-wal", "-shm")
"""What a database consists of, by how the names of its files go on."""

WAIT_SECONDS: Final = 60.0
"""How long to wait for others to let go: longer than a server takes to finish its requests."""

POLL_SECONDS: Final = 0.02
"""How often it is looked whether they have."""


class Presence:
    """Says that a folder's database is in use, until `leave`."""

    def __init__(self, lock: int) -> None:
        self._lock = lock

    def leave(self) -> None:
        """Lets go. More than once is once."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def is_waiting(folder: Path) -> bool:
    """Whether a restored database waits to take the place of the one that is there."""
    return (folder / READY / FILE_NAME).exists()


def enter(folder: Path) -> Presence:
    """Begins to use a folder; a database that waits takes its place first.

    Raises Unavailable where others do not let go of the one before.
    """
    lock = os.open(folder / LOCK_FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            if is_waiting(folder):
                _await(lock, fcntl.LOCK_EX)
                _switch(folder)
            _await(lock, fcntl.LOCK_SH)
            if not is_waiting(folder):
                return Presence(lock)
            fcntl.flock(lock, fcntl.LOCK_UN)
    except BaseException:
        os.close(lock)
        raise


def is_used(folder: Path) -> bool:
    """Whether anybody has the database of a folder open."""
    lock = os.open(folder / LOCK_FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def begin(folder: Path) -> Path:
    """An empty folder to make a database in; what was begun before is thrown away."""
    partial = folder / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    return partial


def make_ready(folder: Path) -> None:
    """Makes what was begun the instance's database, in one step. It must be on the disk."""
    settle(folder)
    (folder / PARTIAL).rename(folder / READY)
    sync(folder)


def settle(folder: Path) -> None:
    """Throws away what was before a restored database that is in force."""
    if not is_waiting(folder):
        shutil.rmtree(folder / READY, ignore_errors=True)


def abandon(folder: Path) -> None:
    """Throws away what was begun."""
    shutil.rmtree(folder / PARTIAL, ignore_errors=True)


def _switch(folder: Path) -> None:
    """Nobody uses the database. May be cut off anywhere, and is gone on with then."""
    ready = folder / READY
    if not is_waiting(folder):
        return
    before = ready / BEFORE
    before.mkdir(exist_ok=True)
    for side in SIDES:
        path = folder / f"{FILE_NAME}{side}"
        if path.exists():
            path.rename(before / path.name)
    sync(before)
    (ready / FILE_NAME).rename(folder / FILE_NAME)
    sync(folder)
    sync(ready)


def _await(lock: int, kind: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Unavailable("other programs use the data folder") from error
            time.sleep(POLL_SECONDS)
        else:
            return
