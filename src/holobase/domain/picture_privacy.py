"""Taking out of a picture what it tells beside its pixels: where it was taken, by whom, with what.

Nothing is encoded anew: the parts of the file that show the picture stay as they are, byte for
byte. Of what is taken out only the orientation is put back. A file that is not laid out as its
format says is left as it is.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

PIXEL_CHUNKS_OF_PNG: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST sPLT acTL"
    b" fcTL fdAT".split()
)
"""Chunks of a PNG that say how the picture looks; texts, times and EXIF are others."""

PIXEL_CHUNKS_OF_WEBP: Final = frozenset(
    (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
)
"""Chunks of a WebP that say how the picture looks."""

KEPT_SEGMENTS_OF_JPEG: Final = frozenset((0xE0, 0xE2, 0xEE))
"""APP0 (JFIF), APP2 (colour profile) and APP14 (Adobe's transform) say how the picture looks."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_EXIF: Final = b"Exif\x00\x00"
_ICC: Final = b"ICC_PROFILE\x00"
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_ORIENTATION: Final = 0x0112


class Unreadable(Exception):
    """The file is not laid out as its format says."""


def without_secrets(picture: bytes, content_type: str) -> bytes:
    """The picture with nothing in it but how it looks; the same for what is no such picture."""
    clean = _CLEANERS.get(content_type)
    if clean is None:
        return picture
    try:
        return b"".join(clean(picture))
    except (Unreadable, struct.error, IndexError):
        return picture


def _png(picture: bytes) -> Iterator[bytes]:
    if picture[:8] != _PNG:
        raise Unreadable
    yield _PNG
    at, kind = 8, b""
    while kind != b"IEND":
        (length,) = struct.unpack_from(">I", picture, at)
        kind, end = picture[at + 4 : at + 8], at + 12 + length
        if end > len(picture):
            raise Unreadable
        if kind in PIXEL_CHUNKS_OF_PNG:
            yield picture[at:end]
        elif kind == b"eXIf" and (turned := _orientation(picture[at + 8 : end - 4])) != 1:
            yield _png_chunk(kind, _exif(turned))
        at = end


def _webp(picture: bytes) -> Iterator[bytes]:
    if picture[:4] != b"RIFF" or picture[8:12] != b"WEBP":
        raise Unreadable
    (length,) = struct.unpack_from("<I", picture, 4)
    end = min(8 + length, len(picture))
    kept: list[bytearray] = []
    at, turned = 12, 1
    while at + 8 <= end:
        kind = picture[at : at + 4]
        (size,) = struct.unpack_from("<I", picture, at + 4)
        after = at + 8 + size + size % 2
        if at + 8 + size > end:
            raise Unreadable
        if kind in PIXEL_CHUNKS_OF_WEBP:
            kept.append(bytearray(picture[at:after]))
        elif kind == b"EXIF":
            turned = _orientation(picture[at + 8 : after].removeprefix(_EXIF))
        at = after
    if kept and kept[0][:4] == b"VP8X":
        kept[0][8] &= ~(_EXIF_FLAG | _XMP_FLAG) & 0xFF
        if turned != 1:
            kept[0][8] |= _EXIF_FLAG
            kept.append(bytearray(b"EXIF" + struct.pack("<I", len(_exif(turned))) + _exif(turned)))
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, kept))) + b"WEBP"
    yield from map(bytes, kept)


def _jpeg(picture: bytes) -> Iterator[bytes]:
    if picture[:2] != b"\xff\xd8":
        raise Unreadable
    yield b"\xff\xd8"
    at, turned = 2, 1
    parts: list[bytes] = []
    while True:
        marker, end = _segment(picture, at)
        if marker == _END:
            parts.append(b"\xff\xd9")  # what some cameras put behind it is no part of the picture
            break
        data = picture[at + 4 : end]
        if marker == 0xE1 and data[:6] == _EXIF:
            turned = _orientation(data[6:])
        if _shows(marker, data):
            parts.append(picture[at:end])
        at = end
        if marker == _SCAN:
            at = _after_scan(picture, end)
            parts.append(picture[end:at])
    if turned != 1:
        yield _turned(turned)
    yield from parts


def _segment(picture: bytes, at: int) -> tuple[int, int]:
    """The marker at a place, and where its segment ends."""
    if picture[at] != 0xFF:
        raise Unreadable
    marker = picture[at + 1]
    if marker == _END:
        return marker, at + 2
    (length,) = struct.unpack_from(">H", picture, at + 2)
    end = at + 2 + length
    if length < 2 or end > len(picture):
        raise Unreadable
    return marker, end


def _shows(marker: int, data: bytes) -> bool:
    if marker == 0xE2:
        return data[:12] == _ICC
    is_application = 0xE0 <= marker <= 0xEF
    return marker in KEPT_SEGMENTS_OF_JPEG if is_application else marker != _COMMENT


def _after_scan(picture: bytes, at: int) -> int:
    """Where the next marker is behind coded pixels."""
    while True:
        at = picture.find(b"\xff", at)
        if at < 0 or at + 1 >= len(picture):
            raise Unreadable
        if picture[at + 1] not in (0x00, 0xFF) and not 0xD0 <= picture[at + 1] <= 0xD7:
            return at
        at += 1 if picture[at + 1] == 0xFF else 2


def _orientation(exif: bytes) -> int:
    """The orientation that EXIF tells; 1 is upright."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, first)
        for number in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHIH", exif, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _turned(orientation: int) -> bytes:
    """A segment of a JPEG that tells the orientation and nothing else."""
    exif = _EXIF + _exif(orientation)
    return b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif


def _exif(orientation: int) -> bytes:
    """EXIF that tells the orientation and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + bytes(4)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_CLEANERS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
}

PICTURES: Final = frozenset(_CLEANERS)
"""The types of pictures that something can be taken out of."""
