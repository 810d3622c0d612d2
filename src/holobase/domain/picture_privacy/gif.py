"""GIF: blocks, of which those stay that say how the picture looks and moves."""

from collections.abc import Iterator
from typing import Final

from holobase.domain.picture_privacy import exif

KEPT_APPLICATIONS: Final = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"))
"""How often it is shown, and its colours; XMP and what programs remember are others."""

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF


def clean(picture: bytes) -> Iterator[bytes]:
    """The parts that stay."""
    if picture[:6] not in (b"GIF87a", b"GIF89a"):
        raise exif.Unreadable
    at = 13 + _colours(picture[10])
    yield picture[:at]
    while (kind := picture[at]) != _END:
        if kind == _EXTENSION:
            end = _after_blocks(picture, at + 2)
            if _shows(picture[at + 1], picture[at + 3 : at + 14]):
                yield picture[at:end]
        elif kind == _IMAGE:
            end = _after_blocks(picture, at + 11 + _colours(picture[at + 9]))
            yield picture[at:end]
        else:
            raise exif.Unreadable
        at = end
    yield b"\x3b"


def _colours(flags: int) -> int:
    """The bytes of the table of colours that flags tell of."""
    return 3 * 2 ** ((flags & 0x07) + 1) if flags & 0x80 else 0


def _after_blocks(picture: bytes, at: int) -> int:
    """Where it goes on behind blocks that each tell their length."""
    while length := picture[at]:
        at += 1 + length
    return at + 1


def _shows(label: int, application: bytes) -> bool:
    return label != _COMMENT and (label != _APPLICATION or application in KEPT_APPLICATIONS)
