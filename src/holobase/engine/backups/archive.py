"""Reading a backup that may come from anybody: nothing of it is believed before it is looked at,
and nothing is unpacked to where a name in it says.
"""

import errno
import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import msgspec

from holobase.domain.errors import BadRequest
from holobase.engine.backups.format import (
    CONTENTS,
    FILES,
    FILES_PREFIX,
    FORMAT,
    LENGTH_BYTES,
    MANIFEST,
    SIGNATURE,
    FileHead,
    Manifest,
    frames,
    whole,
)
from holobase.engine.sealing import Sealer
from holobase.ports.blob_store import checked

MANIFEST_BYTES_MAX: Final = 64 * 1024 * 1024
"""Largest manifest: it tells of each collection in some hundred bytes."""

SIGNATURE_BYTES_MAX: Final = 1024
"""Longest signature that is read."""

DIRECTORY_BYTES_MAX: Final = 64 * 1024
"""Largest table of contents of a zip that may be ours: it has less than ten entries."""

RATIO_MAX: Final = 200
"""How much larger an entry may get by unpacking: events hold hashes, which do not shrink."""

SLACK_BYTES: Final = 1024 * 1024
"""What unpacks to less is no bomb, whatever its ratio."""

PIECE_BYTES: Final = 1024 * 1024
"""Bytes read at once where an entry is only looked through."""

_END: Final = struct.Struct("<4s4H2LH")
_END64_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError)
_STORED_AS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

Hear = Callable[[int, int], None]
"""Told how many bytes are done, and how many there are."""


class ArchivedFile(msgspec.Struct, frozen=True):
    """A file in a backup: where its bytes begin in the archive."""

    head: FileHead
    start: int


class Archive:
    """A backup in a file that can be read anywhere, and stays open as long as this is used.

    Raises BadRequest, with a reason of its own for each, where the file is no backup, one of a
    newer program, of another instance's key, damaged, or made to do harm.
    """

    def __init__(self, file: BinaryIO, sealer: Sealer) -> None:
        self._file = file
        self._sealer = sealer
        with _told():
            _check_directory(file)
            self._zip = zipfile.ZipFile(file)
            self._check_entries()
            self.manifest = self._read_manifest()

    def verify(self, hear: Hear = lambda _done, _total: None) -> None:
        """Reads everything, and compares it with what the manifest tells."""
        total = sum(entry.size for entry in self.manifest.entries)
        done = 0
        for entry in self.manifest.entries:
            digest, size = hashlib.sha256(), 0
            with self.opened(entry.name) as file:
                while piece := file.read(PIECE_BYTES):
                    digest.update(piece)
                    size += len(piece)
                    hear(done + size, total)
            if (size, digest.hexdigest()) != (entry.size, entry.sha256):
                raise BadRequest("backup_damaged")
            done += size

    @property
    def size(self) -> int:
        """Bytes of everything in it, unpacked."""
        return sum(entry.size for entry in self.manifest.entries)

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """An entry to be read."""
        with _told(), self._zip.open(name) as file:
            yield file

    def rows(self, name: str, kind: Any) -> Iterator[Any]:
        """The rows of an entry, each of this type."""
        decoder = msgspec.msgpack.Decoder(kind)
        with self.opened(name) as file:
            for frame in frames(file):
                yield decoder.decode(frame)

    def files(self) -> Iterator[ArchivedFile]:
        """The files, in order."""
        place = self._start_of(FILES)
        end = place + self._zip.getinfo(FILES).file_size
        decoder = msgspec.msgpack.Decoder(FileHead)
        while place < end:
            with _told():
                self._file.seek(place)
                length = int.from_bytes(whole(self._file, LENGTH_BYTES), "big")
                head = decoder.decode(whole(self._file, length))
                if len(checked(head.key).split("/")) != FILES_PREFIX:
                    raise BadRequest("backup_unsafe")
            place += LENGTH_BYTES + length
            yield ArchivedFile(head, place)
            place += head.size

    def content(self, file: ArchivedFile) -> "Content":
        """The bytes of a file, from their beginning."""
        return Content(self._file, file.start, file.head.size)

    def _start_of(self, name: str) -> int:
        """Where the bytes of a stored entry begin."""
        info = self._zip.getinfo(name)
        self._file.seek(info.header_offset)
        *_, name_bytes, extra_bytes = _LOCAL.unpack(whole(self._file, _LOCAL.size))
        return int(info.header_offset + _LOCAL.size + name_bytes + extra_bytes)

    def _check_entries(self) -> None:
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        if MANIFEST not in names:
            raise BadRequest("backup_foreign")
        wanted = {*CONTENTS, MANIFEST, SIGNATURE}
        for info in infos:
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            is_bomb = info.file_size > info.compress_size * RATIO_MAX + SLACK_BYTES
            is_stored = info.filename != FILES or info.compress_type == zipfile.ZIP_STORED
            is_ours = info.compress_type in _STORED_AS and is_stored and not info.flag_bits & 1
            if info.filename not in wanted or is_link or is_bomb or not is_ours:
                raise BadRequest("backup_unsafe")
        if len(set(names)) != len(names):
            raise BadRequest("backup_unsafe")

    def _read_manifest(self) -> Manifest:
        sizes = {info.filename: info.file_size for info in self._zip.infolist()}
        if sizes[MANIFEST] > MANIFEST_BYTES_MAX or sizes.get(SIGNATURE, 0) > SIGNATURE_BYTES_MAX:
            raise BadRequest("backup_unsafe")
        told = self._zip.read(MANIFEST)
        head = msgspec.json.decode(told)
        version = head.get("format") if isinstance(head, dict) else None
        if not isinstance(version, int) or "key" not in head:
            raise BadRequest("backup_foreign")
        if version > FORMAT:
            raise BadRequest("backup_newer")
        if head["key"] != self._sealer.fingerprint:
            raise BadRequest("backup_other_key")
        if sizes.keys() != {*CONTENTS, MANIFEST, SIGNATURE}:
            raise BadRequest("backup_damaged")
        if not self._sealer.is_signed(told, self._zip.read(SIGNATURE)):
            raise BadRequest("backup_damaged")
        return msgspec.json.decode(told, type=Manifest)


class Content:
    """Some bytes of a file, read in order from their beginning."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._place = start
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; empty at the end. Raises BadRequest where the file ends before."""
        size = self._left if size < 0 else min(size, self._left)
        self._file.seek(self._place)
        data = whole(self._file, size)
        self._place += size
        self._left -= size
        return data


def _check_directory(file: BinaryIO) -> None:
    """Sees to it that reading the table of contents is no work: a zip says how large that is."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size:
        raise BadRequest("backup_foreign")
    file.seek(-_END.size, os.SEEK_END)
    mark, *_, directory_bytes, _, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\x05\x06" or comment or directory_bytes > DIRECTORY_BYTES_MAX:
        raise BadRequest("backup_foreign")
    before = _END.size + _END64_LOCATOR.size
    if size < before:
        return
    file.seek(-before, os.SEEK_END)
    mark, _, place, _ = _END64_LOCATOR.unpack(file.read(_END64_LOCATOR.size))
    if mark != b"PK\x06\x07":
        return
    file.seek(min(place, size))
    directory_bytes = _END64.unpack(whole(file, _END64.size))[8]
    if directory_bytes > DIRECTORY_BYTES_MAX:
        raise BadRequest("backup_foreign")


@contextmanager
def _told() -> Iterator[None]:
    """Tells what is wrong with a file in the words of a refusal."""
    try:
        yield
    except _BROKEN as error:
        raise BadRequest("backup_damaged") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadRequest("backup_damaged") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning, which the archive names
            raise
        raise BadRequest("backup_damaged") from error
