"""A folder of blobs. Its files block, so they are read and written in threads, piece by piece."""

import asyncio
import base64
import contextlib
import hashlib
import itertools
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Final

from holobase.adapters.local_files import attributes, durable
from holobase.domain.errors import BlobExists, BlobMissing, Unavailable
from holobase.ports.blob_store import ATTRIBUTES_SUFFIX, UNKNOWN_TYPE, Blob, Content, checked

PIECE_BYTES: Final = 256 * 1024
"""Bytes read or written at once: a thread hop costs little beside them, and so do they."""

LISTED_AT_ONCE: Final = 500
"""Files that a thread looks for before whoever asked gets to see them."""

PARTIAL: Final = ".partial"
"""Folder of what is being written: nothing in it is a blob."""


class Folder:
    """Keeps blobs under a folder, which is made when the first one is stored."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._partial = root / PARTIAL
        durable.clear(self._partial)

    async def put(
        self,
        key: str,
        content: Content,
        content_type: str = UNKNOWN_TYPE,
        *,
        original_name: str = "",
        only_new: bool = False,
    ) -> None:
        """As the port says."""
        path = self._path(key)
        with _told(key):
            await asyncio.to_thread(self._put, path, content, content_type, original_name, only_new)

    async def look(self, key: str) -> Blob | None:
        """As the port says."""
        path = self._path(key)
        with _told(key):
            return await asyncio.to_thread(self._look, key, path)

    async def read(
        self, key: str, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """As the port says."""
        path = self._path(key)
        with _told(key):
            file = await asyncio.to_thread(_open_at, path, start)
        try:
            left = PIECE_BYTES if end is None else end - start
            while left > 0:
                with _told(key):
                    piece = await asyncio.to_thread(os.read, file, min(PIECE_BYTES, left))
                if not piece:
                    return
                left -= 0 if end is None else len(piece)
                yield piece
        finally:
            os.close(file)

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        """As the port says."""
        found = self._files(self._path(prefix.removesuffix("/")) if prefix else self._root)
        some = True
        while some:
            with _told(prefix):
                blobs = await asyncio.to_thread(lambda: [*itertools.islice(found, LISTED_AT_ONCE)])
            for blob in blobs:
                yield blob
            some = bool(blobs)

    async def copy(self, key: str, to: str) -> None:
        """As the port says."""
        source, target = self._path(key), self._path(to)

        def copy() -> None:
            with source.open("rb") as file:
                self._put(target, file, *attributes.of(source), only_new=False)

        with _told(key):
            await asyncio.to_thread(copy)

    async def delete(self, keys: Iterable[str]) -> None:
        """As the port says."""
        paths = [self._path(key) for key in keys]
        files = [each for path in paths for each in (path, attributes.path_of(path))]
        with _told("some"):
            await asyncio.to_thread(durable.remove, files, self._root)

    async def upload_address(self, key: str, seconds: int) -> str | None:  # noqa: ARG002 - the port's
        """As the port says: nobody reaches a folder but we."""
        return None

    async def close(self) -> None:
        """As the port says; there are none."""

    def _path(self, key: str) -> Path:
        if key.split("/", 1)[0] == PARTIAL:
            raise ValueError(f"no key of a blob: {key!r}")
        return self._root / checked(key)

    def _look(self, key: str, path: Path) -> Blob | None:
        if not path.is_file():
            return None
        return _blob(key, path, *attributes.of(path))

    def _put(
        self, path: Path, content: Content, content_type: str, original_name: str, only_new: bool
    ) -> None:
        if only_new and path.exists():
            raise FileExistsError(path)
        digest = hashlib.md5(usedforsecurity=False)

        def pieces() -> Iterator[bytes]:
            for piece in _pieces(content):
                digest.update(piece)
                yield piece

        with durable.written(self._partial, pieces()) as blob:
            md5 = base64.b64encode(digest.digest()).decode()
            kept = attributes.encoded(content_type, original_name, md5)
            with durable.written(self._partial, [kept]) as known:
                # What is known of a blob is there when the blob is.
                files = ((known, attributes.path_of(path)), (blob, path))
                durable.name(files, only_new=only_new)

    def _files(self, top: Path) -> Iterator[Blob]:
        for folder, folders, names in os.walk(top):
            if PARTIAL in folders and Path(folder) == self._root:
                folders.remove(PARTIAL)
            folders.sort()
            for name in sorted(names):
                if not name.endswith(ATTRIBUTES_SUFFIX):
                    path = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):
                        yield _blob(path.relative_to(self._root).as_posix(), path, UNKNOWN_TYPE)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Tells what the system says in the words of the port."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise BlobMissing(what) from error
    except FileExistsError as error:
        raise BlobExists(what) from error
    except OSError as error:
        raise Unavailable(f"the folder of files: {error}") from error


def _blob(key: str, path: Path, content_type: str, original_name: str = "") -> Blob:
    found = path.stat()
    modified = found.st_mtime_ns // 1_000_000
    return Blob(key, found.st_size, modified, content_type, original_name)


def _open_at(path: Path, start: int) -> int:
    file = os.open(path, os.O_RDONLY)
    if start:
        os.lseek(file, start, os.SEEK_SET)
    return file


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    while piece := content.read(PIECE_BYTES):
        yield piece
