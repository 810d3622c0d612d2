"""The files of a foreign folder: copied byte for byte, each whole or not at all, and compared."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from holobase.adapters.local_files import attributes
from holobase.domain.errors import DamagedData
from holobase.ports.blob_store import ATTRIBUTES_SUFFIX, BlobStore

READ_BYTES: Final = 1024 * 1024
_DRAFT: Final = ".importing"


def walk(storage: Path) -> Iterator[tuple[PurePosixPath, int]]:
    """Every file below, by its path from there, with its size. Links are no files: they could
    lead anywhere."""
    pending = [storage] if storage.is_dir() and not storage.is_symlink() else []
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                elif entry.is_file(follow_symlinks=False):
                    relative = PurePosixPath(path.relative_to(storage).as_posix())
                    yield relative, entry.stat(follow_symlinks=False).st_size


@dataclass(frozen=True, slots=True)
class Ways:
    """Which files go where: `folders` renames the first part of a path, those in `left` stay;
    `report` hears how many are done."""

    folders: Mapping[str, str]
    left: frozenset[str]
    report: Callable[[int], None]

    def of(self, storage: Path) -> Iterator[tuple[Path, PurePosixPath]]:
        """Every file that goes, and the path it goes to."""
        done = 0
        for relative, _ in walk(storage):
            first, *rest = relative.parts
            if first not in self.left:
                yield storage / relative, PurePosixPath(self.folders.get(first, first), *rest)
                done += 1
                self.report(done)


def copy_files(storage: Path, target: Path, ways: Ways) -> int:
    """Copies files into a folder; how many.

    What is there already, equal to the byte, is taken for done, so that it may be run again.
    Raises DamagedData where a copy is not equal.
    """
    done = 0
    for source, to in ways.of(storage):
        _copy(source, target / to)
        done += 1
    return done


async def upload_files(storage: Path, blobs: BlobStore, ways: Ways) -> int:
    """Stores files with their types in a bucket, but for those of their size that are there; how
    many. Raises Unavailable."""
    done = 0
    for source, to in ways.of(storage):
        key = str(to)
        if key.endswith(ATTRIBUTES_SUFFIX):
            continue
        there = await blobs.look(key)
        if there is None or there.size != source.stat().st_size:
            with source.open("rb") as file:
                await blobs.put(key, file, attributes.of(source)[0])
        done += 1
    return done


def _copy(source: Path, target: Path) -> None:
    digest = _digest(source)
    if target.is_file() and _digest(target) == digest:
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name[:200]}{_DRAFT}")
    with source.open("rb") as reading, draft.open("wb") as writing:
        while chunk := reading.read(READ_BYTES):
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    if _digest(draft) != digest:
        draft.unlink()
        raise DamagedData(f"{source} could not be copied to the byte.")
    draft.replace(target)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
