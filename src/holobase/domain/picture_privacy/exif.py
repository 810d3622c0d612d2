"""EXIF, of which the orientation alone is kept; and what is raised for what is no picture."""

import struct
from typing import Final

START: Final = b"Exif\x00\x00"
"""What stands before EXIF in a JPEG, and sometimes elsewhere."""

_ORIENTATION: Final = 0x0112


class Unreadable(Exception):
    """The file is not laid out as its format says."""


def orientation(content: bytes) -> int:
    """The orientation that EXIF tells; 1 is upright."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, first)
        for number in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHIH", content, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def telling(orientation: int) -> bytes:
    """EXIF that tells the orientation and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + bytes(4)
