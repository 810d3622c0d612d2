"""PNG: chunks, of which those stay that say how the picture looks."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from holobase.domain.picture_privacy import exif

PIXEL_CHUNKS: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST sPLT acTL"
    b" fcTL fdAT".split()
)
"""Chunks that say how the picture looks; texts, times and EXIF are others."""

_START: Final = b"\x89PNG\r\n\x1a\n"


def clean(picture: bytes) -> Iterator[bytes]:
    """The parts that stay."""
    if picture[:8] != _START:
        raise exif.Unreadable
    yield _START
    at, kind = 8, b""
    while kind != b"IEND":
        (length,) = struct.unpack_from(">I", picture, at)
        kind, end = picture[at + 4 : at + 8], at + 12 + length
        if end > len(picture):
            raise exif.Unreadable
        if kind in PIXEL_CHUNKS:
            yield picture[at:end]
        elif kind == b"eXIf" and (turned := exif.orientation(picture[at + 8 : end - 4])) != 1:
            yield _chunk(kind, exif.telling(turned))
        at = end


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
