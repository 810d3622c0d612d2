"""What a backup is: a zip with the log, the tables that the log does not tell, the files, and a
manifest over all of it, which is signed with the instance's key. Decision 0019 is the contract.

Every entry but the last two is a row of frames: a length of four bytes, then MessagePack. A file is
a frame with what is known of it, and its bytes behind that.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Protocol

import msgspec

from holobase.domain.errors import BadRequest
from holobase.ports.mirror import PARTS, Part

FORMAT: Final = 1
"""Version of the format; raised by a change that older programs cannot read."""

CONTENT_TYPE: Final = "application/zip"

EVENTS: Final = PARTS[0]
TABLES: Final[tuple[Part, ...]] = tuple(
    part for part in PARTS if part.table not in (EVENTS.table, "hb_streams")
)
"""What stands beside the log: keys of persons and what is known of sessions. The heads of streams
are in the log."""

LOG: Final = "log"
CHECKPOINTS: Final = "checkpoints"
FILES: Final = "files"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.signature"

CONTENTS: Final = (LOG, *(part.table for part in TABLES), CHECKPOINTS, FILES)
"""The entries that the manifest tells of."""

LENGTH_BYTES: Final = 4

FILES_PREFIX: Final = 3
"""Names in the key of a file: collection, record, file."""


class Entry(msgspec.Struct, frozen=True):
    """An entry as the manifest tells it: its bytes, and their SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class Told(msgspec.Struct, frozen=True):
    """A collection as the manifest tells it."""

    id: str
    name: str
    type: str
    revision: int
    records: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a backup. `position` is the last event's, `made` Unix milliseconds, `key` tells
    the instance key that opens what is sealed; `missing` counts files that a record named and
    nobody had."""

    format: int
    program: str
    made: int
    key: str
    position: int
    community: bool
    collections: tuple[Told, ...]
    files: int
    file_bytes: int
    missing: int
    entries: tuple[Entry, ...]


class FileHead(msgspec.Struct, frozen=True, array_like=True):
    """What stands before the bytes of a file."""

    key: str
    size: Annotated[int, msgspec.Meta(ge=0)]
    content_type: str
    original_name: str


class Readable(Protocol):
    """What can be read in pieces."""

    def read(self, size: int, /) -> bytes: ...


def framed(value: Any) -> bytes:
    """A value as a frame."""
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def frames(file: Readable) -> Iterator[bytes]:
    """The frames of an entry, as they are. Raises BadRequest where one is cut off."""
    while length := file.read(LENGTH_BYTES):
        yield whole(file, int.from_bytes(length, "big"))


def whole(file: Readable, size: int) -> bytes:
    """Exactly so many bytes. Raises BadRequest."""
    data = file.read(size)
    if len(data) != size:
        raise BadRequest("backup_damaged")
    return data
