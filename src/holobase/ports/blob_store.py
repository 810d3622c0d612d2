"""The promise of a blob store: bytes under keys, each there whole or not at all.

A key is a path of names with slashes between them, as in `COLLECTION/RECORD/NAME`. What is stored
is durable when `put` returns.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Protocol, TypeAlias

import msgspec

UNKNOWN_TYPE = "application/octet-stream"
"""The content type of what nobody has told the type of."""

KEY_BYTES_MAX = 1_024
"""Longest key, which is S3's bound."""

ATTRIBUTES_SUFFIX = ".attrs"
"""How no key ends: a folder keeps what is known of a blob in a file called so beside it."""


class Source(Protocol):
    """What can be read in pieces: an open file, for example."""

    def read(self, size: int = -1, /) -> bytes: ...


Content: TypeAlias = bytes | Source
"""The bytes of a blob, at hand or to be read from where the source stands to its end."""


class Blob(msgspec.Struct, frozen=True):
    """What is known of a blob. `modified` is Unix milliseconds; `original_name` is what it was
    called where it came from. Lists do not tell the type and that name."""

    key: str
    size: int
    modified: int
    content_type: str = UNKNOWN_TYPE
    original_name: str = ""


class BlobStore(Protocol):
    """One place where blobs are kept.

    Everything raises Unavailable where the place cannot be reached or refuses us, and ValueError
    for what is no key.
    """

    async def put(
        self,
        key: str,
        content: Content,
        content_type: str = UNKNOWN_TYPE,
        *,
        original_name: str = "",
        only_new: bool = False,
    ) -> None:
        """Stores a blob in the place of any other under its key, in bounded memory.

        `only_new`: raises BlobExists where there is one already.
        """

    async def look(self, key: str) -> Blob | None:
        """What is known of a blob, or None where there is none."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to, not including, `end`, in pieces. Raises BlobMissing."""

    def list(self, prefix: str) -> AsyncIterator[Blob]:
        """The blobs whose keys begin with the prefix, a path that ends with a slash or nothing."""

    async def copy(self, key: str, to: str) -> None:
        """Stores the same under another key, its type too. Raises BlobMissing."""

    async def delete(self, keys: Iterable[str]) -> None:
        """Deletes what there is of these."""

    async def upload_address(self, key: str, seconds: int) -> str | None:
        """An address to which anybody may `PUT` this blob for so long, in the place of any other
        under its key; None where there is no such thing."""

    async def close(self) -> None:
        """Lets go of connections."""


def checked(key: str) -> str:
    """The key, if it is one. Raises ValueError."""
    names = key.split("/")
    if (
        any(name in ("", ".", "..") for name in names)
        or key.endswith(ATTRIBUTES_SUFFIX)
        or not key.isprintable()
        or "\\" in key
        or len(key.encode()) > KEY_BYTES_MAX
    ):
        raise ValueError(f"no key of a blob: {key!r}")
    return key
