"""AVIF and HEIC: items in boxes. Everything stays where it is, because it is told by its place;
items that are no picture, and boxes with what people and programs write, are overwritten.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from holobase.domain.picture_privacy import exif

TELLING_ITEMS: Final = frozenset((b"Exif", b"mime", b"uri "))
"""Items that say something beside the picture: EXIF, XMP and the like."""

TELLING_BOXES: Final = frozenset(
    (b"uuid", b"udta", b"free", b"skip", b"udes", b"altt", b"crtt", b"mdft")
)
"""Boxes that hold what programs keep, and descriptions, and times."""

CONTAINERS: Final = frozenset((b"moov", b"trak", b"mdia", b"iprp", b"ipco"))
"""Boxes that hold others and nothing else."""

BOXES_MAX: Final = 10_000
"""Boxes of one file, and extents of its items."""

_XMP: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
_IN_FILE, _IN_BOX = 0, 1


class _Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def clean(picture: bytes) -> Iterator[bytes]:
    """The whole, with the rest overwritten."""
    if picture[4:8] != b"ftyp":
        raise exif.Unreadable
    yield bytes(_Cleaner(picture).run())


class _Cleaner:
    def __init__(self, picture: bytes) -> None:
        self._picture = picture
        self._content = bytearray(picture)
        self._count = 0

    def run(self) -> bytearray:
        self._clean(0, len(self._picture), is_top=True)
        return self._content

    def _clean(self, start: int, end: int, *, is_top: bool = False) -> None:
        for box in self._boxes(start, end):
            if box.kind in TELLING_BOXES or (box.kind == b"meta" and not is_top):
                self._content[box.start + 4 : box.start + 8] = b"free"
                self._content[box.body : box.end] = bytes(box.end - box.body)
            elif box.kind == b"meta":
                self._clean_items(box)
            elif box.kind in CONTAINERS:
                self._clean(box.body, box.end)

    def _clean_items(self, meta: _Box) -> None:
        boxes = {box.kind: box for box in self._boxes(meta.body + 4, meta.end)}
        self._clean(meta.body + 4, meta.end)
        if b"iinf" not in boxes or b"iloc" not in boxes:
            return
        kinds = self._kinds(boxes[b"iinf"])
        for item, places in self._places(boxes[b"iloc"], boxes.get(b"idat")).items():
            kind = kinds.get(item, b"")
            if kind in TELLING_ITEMS:
                self._overwrite(kind, places)

    def _overwrite(self, kind: bytes, places: list[tuple[int, int]]) -> None:
        told = b"".join(self._picture[at : at + size] for at, size in places)
        said = _XMP if kind == b"mime" else b""
        if kind == b"Exif" and len(told) > 4:
            (skipped,) = struct.unpack_from(">I", told)
            turned = exif.orientation(told[4 + skipped :])
            said = bytes(4) + exif.telling(turned)
        filler = b" " if kind == b"mime" else b"\0"
        left = said.ljust(len(told), filler) if len(said) <= len(told) else bytes(len(told))
        for at, size in places:
            self._content[at : at + size] = left[:size]
            left = left[size:]

    def _boxes(self, start: int, end: int) -> Iterator[_Box]:
        at = start
        while at + 8 <= end:
            self._count += 1
            size, kind = struct.unpack_from(">I4s", self._picture, at)
            body = at + 8
            if size == 1:
                (size,) = struct.unpack_from(">Q", self._picture, body)
                body += 8
            stop = at + size if size else end
            if stop > end or stop < body or self._count > BOXES_MAX:
                raise exif.Unreadable
            yield _Box(kind, at, body, stop)
            at = stop

    def _kinds(self, box: _Box) -> dict[int, bytes]:
        """The kind of each item."""
        is_short = self._picture[box.body] == 0
        found: dict[int, bytes] = {}
        for entry in self._boxes(box.body + (6 if is_short else 8), box.end):
            version = self._picture[entry.body]
            form = {2: ">HH4s", 3: ">IH4s"}.get(version)
            if entry.kind != b"infe" or form is None:
                raise exif.Unreadable
            item, _, kind = struct.unpack_from(form, self._picture, entry.body + 4)
            found[item] = kind
        return found

    def _places(self, box: _Box, data: _Box | None) -> Mapping[int, list[tuple[int, int]]]:
        """Where the bytes of each item are."""
        reader = _Reader(self._picture, box.body, box.end)
        version = reader.number(1)
        reader.number(3)
        sizes = reader.number(2)
        offset_bytes, length_bytes = sizes >> 12, sizes >> 8 & 0xF
        base_bytes, index_bytes = sizes >> 4 & 0xF, sizes & 0xF if version else 0
        wide = 4 if version > 1 else 2
        found: dict[int, list[tuple[int, int]]] = {}
        for _ in range(reader.number(wide)):
            item = reader.number(wide)
            method = reader.number(2) & 0xF if version else _IN_FILE
            reader.number(2)
            base = reader.number(base_bytes)
            if method == _IN_BOX and data is not None:
                base += data.body
            extents = []
            for _ in range(reader.number(2)):
                self._count += 1
                reader.number(index_bytes)
                at, size = base + reader.number(offset_bytes), reader.number(length_bytes)
                if at + size > len(self._picture) or self._count > BOXES_MAX:
                    raise exif.Unreadable
                extents.append((at, size or len(self._picture) - at))
            found[item] = extents if method in (_IN_FILE, _IN_BOX) else []
        return found


class _Reader:
    """Numbers, one behind the other."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content, self._at, self._end = content, at, end

    def number(self, size: int) -> int:
        """The next number of so many bytes."""
        start, self._at = self._at, self._at + size
        if self._at > self._end:
            raise exif.Unreadable
        return int.from_bytes(self._content[start : self._at], "big")
