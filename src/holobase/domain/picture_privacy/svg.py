"""SVG: what draws stays byte for byte; comments, metadata and what programs keep for themselves are
cut out, and pictures inside are cleaned like others.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from holobase.domain.picture_privacy.exif import Unreadable

BYTES_MAX: Final = 4 * 1024 * 1024
"""Largest drawing that is looked through: a million elements take a second."""

DRAWING: Final = frozenset(
    (
        "",
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/XML/1998/namespace",
        "http://www.w3.org/2000/xmlns/",
        "http://www.w3.org/2001/xml-events",
    )
)
"""Namespaces of what is drawn; others are of programs, and of what is said about the drawing."""

TELLING: Final = "http://www.w3.org/2000/svg metadata"

_TAG: Final = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
_ATTRIBUTE: Final = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
_PICTURE: Final = re.compile(rb"data:(image/[a-z+]+);base64,([A-Za-z0-9+/=\s]+)")

Inner = Callable[[bytes, str], bytes]
"""Cleans a picture of a type."""


def cleaner(inner: Inner) -> Callable[[bytes], Iterator[bytes]]:
    """What gives the parts that stay; pictures inside go through `inner`."""

    def clean(picture: bytes) -> Iterator[bytes]:
        if len(picture) > BYTES_MAX:
            raise Unreadable
        try:
            drawn = _Cutter(picture).run()
        except (expat.ExpatError, LookupError) as error:  # its encoding, too
            raise Unreadable from error
        yield _PICTURE.sub(lambda found: _cleaned(found, inner), drawn)

    return clean


def _cleaned(found: re.Match[bytes], inner: Inner) -> bytes:
    try:
        content = base64.b64decode(found[2])
    except binascii.Error:
        return found[0]
    kind = found[1].decode()
    after = inner(content, kind)
    return (
        found[0] if after == content else b"data:%b;base64,%b" % (found[1], base64.b64encode(after))
    )


class _Cutter:
    """Goes through a drawing and notes what is to be cut out, by its first and last byte."""

    def __init__(self, picture: bytes) -> None:
        self._picture = picture
        self._cuts: list[tuple[int, int]] = []
        self._tag_ends: list[int] = []
        self._left_out_from: tuple[int, int] | None = None
        self._namespaces: dict[str, list[str]] = {}
        self._parser = expat.ParserCreate(namespace_separator=" ")

    def run(self) -> bytes:
        """What is left."""
        parser = self._parser
        parser.StartNamespaceDeclHandler = self._declare
        parser.EndNamespaceDeclHandler = lambda prefix: self._namespaces[prefix or ""].pop()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CommentHandler = lambda _: self._cut_until(b"<!--", b"-->")
        parser.ProcessingInstructionHandler = self._instruction
        parser.Parse(self._picture, True)
        kept, at = [], 0
        for start, end in sorted(self._cuts):
            kept.append(self._picture[at:start])
            at = max(at, end)
        return b"".join([*kept, self._picture[at:]])

    def _declare(self, prefix: str | None, namespace: str | None) -> None:
        self._namespaces.setdefault(prefix or "", []).append(namespace or "")

    def _start(self, name: str, _: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        tag = _TAG.match(self._picture, at)
        if tag is None:
            raise Unreadable
        self._tag_ends.append(tag.end())
        namespace = name.rpartition(" ")[0]
        if self._left_out_from is not None:
            return
        if name == TELLING or namespace not in DRAWING:
            self._left_out_from = at, len(self._tag_ends)
            return
        for attribute in _ATTRIBUTE.finditer(self._picture, at, tag.end()):
            prefix, colon, _rest = attribute[1].decode("latin-1").partition(":")
            if colon and self._namespaces.get(prefix, [""])[-1] not in DRAWING:
                self._cuts.append(attribute.span())

    def _end(self, _: str) -> None:
        at, depth = self._parser.CurrentByteIndex, len(self._tag_ends)
        end = self._tag_ends.pop()
        if self._left_out_from is None or self._left_out_from[1] != depth:
            return
        if self._picture.startswith(b"</", at):
            end = self._picture.index(b">", at) + 1
        self._cuts.append((self._left_out_from[0], end))
        self._left_out_from = None

    def _instruction(self, target: str, _: str) -> None:
        if target != "xml-stylesheet":
            self._cut_until(b"<?", b"?>")

    def _cut_until(self, first: bytes, last: bytes) -> None:
        at = self._parser.CurrentByteIndex
        if not self._picture.startswith(first, at):
            raise Unreadable
        self._cuts.append((at, self._picture.index(last, at + len(first)) + len(last)))
