"""Making identifiers: record ids, random texts, event ids, and ids derived from names."""

import os
import secrets
import string
import threading
import zlib
from collections.abc import Callable, Container
from functools import lru_cache

LOWER_ALPHANUMERIC = string.ascii_lowercase + string.digits
ALPHANUMERIC = string.ascii_letters + string.digits
RECORD_ID_LENGTH = 15
BYTE_VALUES = 256

RandomBytes = Callable[[int], bytes]
"""Gives that many random bytes; `fresh_bytes`, or a seeded source for demo data."""

POOL_BYTES_MAX = 4_096
"""Random bytes that are asked of the system at once: a call for each id costs more than the id."""


class Pool:
    """The system's random bytes, taken in large pieces and given out once each, to any thread. A
    process that is forked has none of its parent's."""

    def __init__(self) -> None:
        self._empty()
        os.register_at_fork(after_in_child=self._empty)

    def _empty(self) -> None:
        self._lock = threading.Lock()
        self._bytes, self._at = b"", 0

    def take(self, count: int) -> bytes:
        """So many random bytes."""
        with self._lock:
            if self._at + count > len(self._bytes):
                self._bytes, self._at = secrets.token_bytes(max(count, POOL_BYTES_MAX)), 0
            begin, self._at = self._at, self._at + count
            return self._bytes[begin : self._at]


_pool = Pool()


def fresh_bytes(count: int) -> bytes:
    """So many random bytes that nobody can foresee."""
    return _pool.take(count)


def random_text(
    length: int, alphabet: str = ALPHANUMERIC, random_bytes: RandomBytes = fresh_bytes
) -> str:
    """A uniformly random text of `length` characters out of `alphabet`."""
    size = len(alphabet)
    if size > BYTE_VALUES:
        return "".join(_one_of_many(alphabet, random_bytes) for _ in range(length))
    digits, uneven = _places(size)
    places = b""
    while len(places) < length:
        places += random_bytes(length * 2).translate(digits, uneven)
    return "".join(map(alphabet.__getitem__, places[:length]))


@lru_cache(maxsize=BYTE_VALUES)
def _places(size: int) -> tuple[bytes, bytes]:
    """For each byte its place in an alphabet; and the bytes that would favour the first places."""
    digits = bytes(byte % size for byte in range(BYTE_VALUES))
    return digits, bytes(range(BYTE_VALUES - BYTE_VALUES % size, BYTE_VALUES))


def _one_of_many(alphabet: str, random_bytes: RandomBytes) -> str:
    # Eight bytes favour the first of a million characters by less than one in 10**13.
    return alphabet[int.from_bytes(random_bytes(8), "big") % len(alphabet)]


def record_id(random_bytes: RandomBytes = fresh_bytes) -> str:
    """A new record id: 15 characters of a-z0-9."""
    return random_text(RECORD_ID_LENGTH, LOWER_ALPHANUMERIC, random_bytes)


def event_id(milliseconds: int, random_bytes: RandomBytes = fresh_bytes) -> bytes:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then version, variant and randomness."""
    tail = bytearray(random_bytes(10))
    tail[0] = 0x70 | (tail[0] & 0x0F)
    tail[2] = 0x80 | (tail[2] & 0x3F)
    return milliseconds.to_bytes(6, "big") + bytes(tail)


def free(base: str, taken: Container[str]) -> str:
    """The id, with a number behind it where that is needed to be none of those taken."""
    found, suffix = base, 2
    while found in taken:
        found, suffix = f"{base}{suffix}", suffix + 1
    return found


def checksum(text: str) -> str:
    """The decimal CRC32-IEEE of the text's UTF-8 bytes."""
    return str(zlib.crc32(text.encode()))


def collection_id(kind: str, name: str) -> str:
    """The id a collection gets when none is given: `pbc_` and a checksum of type and name."""
    return "pbc_" + checksum(kind + name)


def field_id(kind: str, name: str) -> str:
    """The id a field gets when none is given: its type and a checksum of its name."""
    return kind + checksum(name)
