"""WebP: chunks of RIFF, of which those stay that say how the picture looks."""

import struct
from collections.abc import Iterator
from typing import Final

from holobase.domain.picture_privacy import exif

PIXEL_CHUNKS: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
"""Chunks that say how the picture looks."""

_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def clean(picture: bytes) -> Iterator[bytes]:
    """The parts that stay."""
    if picture[:4] != b"RIFF" or picture[8:12] != b"WEBP":
        raise exif.Unreadable
    (length,) = struct.unpack_from("<I", picture, 4)
    end = min(8 + length, len(picture))
    kept: list[bytearray] = []
    at, turned = 12, 1
    while at + 8 <= end:
        kind = picture[at : at + 4]
        (size,) = struct.unpack_from("<I", picture, at + 4)
        after = at + 8 + size + size % 2
        if at + 8 + size > end:
            raise exif.Unreadable
        if kind in PIXEL_CHUNKS:
            kept.append(bytearray(picture[at:after]))
        elif kind == b"EXIF":
            turned = exif.orientation(picture[at + 8 : after].removeprefix(exif.START))
        at = after
    if kept and kept[0][:4] == b"VP8X":
        kept[0][8] &= ~(_EXIF_FLAG | _XMP_FLAG) & 0xFF
        if turned != 1:
            kept[0][8] |= _EXIF_FLAG
            kept.append(
                bytearray(
                    b"EXIF" + struct.pack("<I", len(exif.telling(turned))) + exif.telling(turned)
                )
            )
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, kept))) + b"WEBP"
    yield from map(bytes, kept)
