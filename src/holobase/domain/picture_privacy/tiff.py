"""TIFF: entries, of which those stay that say how the picture looks. Everything stays where it is,
because it is told by its place; what goes is overwritten.
"""

import struct
from collections.abc import Iterator
from typing import Final

from holobase.domain.picture_privacy import exif

KEPT_TAGS: Final = frozenset(
    (
        *range(254, 267),  # size, depth, compression, what the numbers mean
        *(273, 274, 277, 278, 279, 280, 281, 282, 283, 284),  # strips, orientation, resolution
        *(286, 287, 288, 289, 290, 291, 292, 293, 296, 297),  # places, greys, faxes, pages
        *(301, 317, 318, 319, 320, 321, 322, 323, 324, 325),  # curves, colours, tiles
        *(326, 327, 328, 330, 332, 334, 336, 338, 339, 340, 341),  # inks, further pictures, samples
        *(342, 347, *range(512, 522), 529, 530, 531, 532),  # JPEG, YCbCr
        *(32995, 32996, 32997, 32998, 34675),  # older names of depths, the colour profile
    )
)
"""Entries that say how the picture looks. EXIF, GPS, XMP, IPTC, texts, dates, and what programs and
cameras keep for themselves are others."""

RAW_TAGS: Final = frozenset((33421, 33422, 50706))
"""Entries that pictures as sensors see them have: what they need to be shown, only their camera
knows. They are left as they are."""

DIRECTORIES_MAX: Final = 1_000
"""Directories of one file: its pages, and what they lead to."""

_SUB_DIRECTORIES, _EXIF, _GPS, _INTEROPERABILITY = 330, 34665, 34853, 40965
_LEAD_ON: Final = frozenset((_EXIF, _GPS, _INTEROPERABILITY))
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def clean(picture: bytes) -> Iterator[bytes]:
    """The whole, with the rest overwritten."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(picture[:4])
    if order is None:
        raise exif.Unreadable
    if picture[8:10] == b"CR":  # Canon's, as its sensors see it
        raise exif.Unreadable
    yield bytes(_Cleaner(picture, order).run())


class _Cleaner:
    def __init__(self, picture: bytes, order: str) -> None:
        self._content = bytearray(picture)
        self._order = order
        self._seen: set[int] = set()

    def run(self) -> bytearray:
        waiting = [self._number("I", 4)]
        while waiting:
            at = waiting.pop()
            if at and at not in self._seen:
                waiting += self._clean(at)
        return self._content

    def _clean(self, at: int) -> list[int]:
        """Takes a directory through; where it leads on to."""
        entries, following = self._directory(at)
        if RAW_TAGS & {struct.unpack(self._order + "H", entry[:2])[0] for entry in entries}:
            raise exif.Unreadable
        kept = []
        leads = [following]
        for entry in entries:
            tag = struct.unpack(self._order + "H", entry[:2])[0]
            if tag in KEPT_TAGS:
                kept.append(entry)
                leads += self._numbers(entry) if tag == _SUB_DIRECTORIES else []
            else:
                self._forget(entry)
        written = struct.pack(self._order + "H", len(kept)) + b"".join(kept)
        written += struct.pack(self._order + "I", following)
        self._content[at : at + 6 + 12 * len(entries)] = written.ljust(6 + 12 * len(entries), b"\0")
        return leads

    def _forget(self, entry: bytes) -> None:
        """Overwrites what an entry holds elsewhere, and directories that it leads to."""
        tag, kind, count = struct.unpack(self._order + "HHI", entry[:8])
        if tag in _LEAD_ON:
            for at in self._numbers(entry):
                entries, _ = self._directory(at)
                for each in entries:
                    self._forget(each)
                self._blank(at, 6 + 12 * len(entries))
        size = _SIZES.get(kind, 1) * count
        if size > 4:
            self._blank(struct.unpack(self._order + "I", entry[8:12])[0], size)

    def _directory(self, at: int) -> tuple[list[bytes], int]:
        """The entries of a directory, and where the next one is."""
        self._seen.add(at)
        if len(self._seen) > DIRECTORIES_MAX or at < 8:
            raise exif.Unreadable
        count = self._number("H", at)
        end = at + 2 + 12 * count
        entries = [bytes(self._content[place : place + 12]) for place in range(at + 2, end, 12)]
        return entries, self._number("I", end)

    def _numbers(self, entry: bytes) -> list[int]:
        """Where an entry leads to."""
        count, value = struct.unpack(self._order + "II", entry[4:12])
        if count > DIRECTORIES_MAX:
            raise exif.Unreadable
        return [value] if count == 1 else [self._number("I", value + 4 * n) for n in range(count)]

    def _number(self, form: str, at: int) -> int:
        return int(struct.unpack_from(self._order + form, self._content, at)[0])

    def _blank(self, at: int, size: int) -> None:
        if at < 8 or at + size > len(self._content):
            raise exif.Unreadable
        self._content[at : at + size] = bytes(size)
