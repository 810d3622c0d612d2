"""Files that are whole and on the disk before anybody can see them."""

import contextlib
import itertools
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from holobase.adapters.disk import sync

PARTIAL_SECONDS_MAX: Final = 24 * 3_600
"""Age at which a file that is being written is what a crash has left."""

NAMINGS_MAX: Final = 10
"""Tries of giving a file its name while others remove the empty folder that it goes to."""


@contextlib.contextmanager
def written(folder: Path, pieces: Iterable[bytes]) -> Iterator[Path]:
    """A file of these bytes that is on the disk; gone after the block if nobody moved it."""
    make(folder)
    path = folder / secrets.token_hex(16)
    try:
        with path.open("xb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)


def name(files: Iterable[tuple[Path, Path]], *, only_new: bool = False) -> None:
    """Gives written files their names, in order and in one folder.

    `only_new`: the last one must be new, or FileExistsError is raised.
    """
    *before, (last, path) = files
    for _ in range(NAMINGS_MAX):
        make(path.parent)
        with contextlib.suppress(FileNotFoundError):
            for source, target in before:
                if source.exists():  # else it was moved by the try before
                    source.replace(target)
            if only_new:
                path.hardlink_to(last)
            else:
                last.replace(path)
            sync(path.parent)
            return
    raise FileNotFoundError(path)


def make(folder: Path) -> None:
    """Makes a folder that is there after a power cut too."""
    missing = [*itertools.takewhile(lambda each: not each.is_dir(), (folder, *folder.parents))]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            sync(made.parent)


def remove(paths: Iterable[Path], root: Path) -> None:
    """Removes files, and folders below the root that are empty then."""
    folders = set()
    for path in paths:
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in folders:
        with contextlib.suppress(OSError):  # not empty, or gone already
            while folder != root:
                folder.rmdir()
                folder = folder.parent  # noqa: PLW2901 - it climbs
        with contextlib.suppress(OSError):
            sync(folder)


def clear(folder: Path) -> None:
    """Removes what crashes have left half written."""
    oldest = time.time() - PARTIAL_SECONDS_MAX
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
