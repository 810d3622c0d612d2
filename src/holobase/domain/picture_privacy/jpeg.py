"""JPEG: segments, of which those stay that say how the picture looks."""

import struct
from collections.abc import Iterator
from typing import Final

from holobase.domain.picture_privacy import exif

KEPT_SEGMENTS: Final = frozenset((0xE0, 0xE2, 0xEE))
"""APP0 (JFIF), APP2 (colour profile) and APP14 (Adobe's transform) say how the picture looks."""

_ICC: Final = b"ICC_PROFILE\x00"
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE


def clean(picture: bytes) -> Iterator[bytes]:
    """The parts that stay."""
    if picture[:2] != b"\xff\xd8":
        raise exif.Unreadable
    yield b"\xff\xd8"
    at, turned = 2, 1
    parts: list[bytes] = []
    while True:
        marker, end = _segment(picture, at)
        if marker == _END:
            parts.append(b"\xff\xd9")  # what some cameras put behind it is no part of the picture
            break
        data = picture[at + 4 : end]
        if marker == 0xE1 and data[:6] == exif.START:
            turned = exif.orientation(data[6:])
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
        raise exif.Unreadable
    marker = picture[at + 1]
    if marker == _END:
        return marker, at + 2
    (length,) = struct.unpack_from(">H", picture, at + 2)
    end = at + 2 + length
    if length < 2 or end > len(picture):
        raise exif.Unreadable
    return marker, end


def _shows(marker: int, data: bytes) -> bool:
    if marker == 0xE2:
        return data[:12] == _ICC
    is_application = 0xE0 <= marker <= 0xEF
    return marker in KEPT_SEGMENTS if is_application else marker != _COMMENT


def _after_scan(picture: bytes, at: int) -> int:
    """Where the next marker is behind coded pixels."""
    while True:
        at = picture.find(b"\xff", at)
        if at < 0 or at + 1 >= len(picture):
            raise exif.Unreadable
        if picture[at + 1] not in (0x00, 0xFF) and not 0xD0 <= picture[at + 1] <= 0xD7:
            return at
        at += 1 if picture[at + 1] == 0xFF else 2


def _turned(orientation: int) -> bytes:
    """A segment of a JPEG that tells the orientation and nothing else."""
    told = exif.START + exif.telling(orientation)
    return b"\xff\xe1" + struct.pack(">H", 2 + len(told)) + told
