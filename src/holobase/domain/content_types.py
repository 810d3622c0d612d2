"""What a file is, told from its first bytes: neither its name nor its sender is believed."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

HEAD_BYTES = 3_072
"""Bytes of a file that are looked at; every type here shows itself in them."""


class ContentType(NamedTuple):
    """A type as HTTP names it, and the extension that names without one get."""

    name: str
    extension: str


BYTES: Final = ContentType("application/octet-stream", "")
TEXT: Final = ContentType("text/plain; charset=utf-8", ".txt")
HTML: Final = ContentType("text/html; charset=utf-8", ".html")
XML: Final = ContentType("text/xml; charset=utf-8", ".xml")
SVG: Final = ContentType("image/svg+xml", ".svg")
JSON: Final = ContentType("application/json", ".json")
PNG: Final = ContentType("image/png", ".png")
JPEG: Final = ContentType("image/jpeg", ".jpg")
GIF: Final = ContentType("image/gif", ".gif")
WEBP: Final = ContentType("image/webp", ".webp")
AVIF: Final = ContentType("image/avif", ".avif")

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_ZIP: Final = ContentType("application/zip", ".zip")
_ZIPPED: Final = (
    (b"word/", ContentType(_OFFICE + "wordprocessingml.document", ".docx")),
    (b"xl/", ContentType(_OFFICE + "spreadsheetml.sheet", ".xlsx")),
    (b"ppt/", ContentType(_OFFICE + "presentationml.presentation", ".pptx")),
    (b"mimetypeapplication/epub+zip", ContentType("application/epub+zip", ".epub")),
    (b"META-INF/MANIFEST.MF", ContentType("application/jar", ".jar")),
)

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", ContentType("image/bmp", ".bmp")),
    (b"II*\x00", ContentType("image/tiff", ".tiff")),
    (b"MM\x00*", ContentType("image/tiff", ".tiff")),
    (b"\x00\x00\x01\x00", ContentType("image/x-icon", ".ico")),
    (b"\xff\x0a", ContentType("image/jxl", ".jxl")),
    (b"8BPS", ContentType("image/vnd.adobe.photoshop", ".psd")),
    (b"%PDF-", ContentType("application/pdf", ".pdf")),
    (b"%!PS-Adobe-", ContentType("application/postscript", ".ps")),
    (b"\x1f\x8b\x08", ContentType("application/gzip", ".gz")),
    (b"7z\xbc\xaf\x27\x1c", ContentType("application/x-7z-compressed", ".7z")),
    (b"Rar!\x1a\x07", ContentType("application/x-rar-compressed", ".rar")),
    (b"BZh", ContentType("application/x-bzip2", ".bz2")),
    (b"\xfd7zXZ\x00", ContentType("application/x-xz", ".xz")),
    (b"\x28\xb5\x2f\xfd", ContentType("application/zstd", ".zst")),
    (b"SQLite format 3\x00", ContentType("application/vnd.sqlite3", ".sqlite")),
    (b"\x00asm", ContentType("application/wasm", ".wasm")),
    (b"\x7fELF", ContentType("application/x-elf", "")),
    (b"MZ", ContentType("application/vnd.microsoft.portable-executable", ".exe")),
    (b"OggS", ContentType("application/ogg", ".ogg")),
    (b"fLaC", ContentType("audio/flac", ".flac")),
    (b"MThd", ContentType("audio/midi", ".midi")),
    (b"ID3", ContentType("audio/mpeg", ".mp3")),
    (b"\xff\xfb", ContentType("audio/mpeg", ".mp3")),
    (b"\xff\xf3", ContentType("audio/mpeg", ".mp3")),
    (b"\xff\xf2", ContentType("audio/mpeg", ".mp3")),
    (b"\xff\xf1", ContentType("audio/aac", ".aac")),
    (b"\xff\xf9", ContentType("audio/aac", ".aac")),
    (b".snd", ContentType("audio/basic", ".au")),
    (b"FLV\x01", ContentType("video/x-flv", ".flv")),
    (b"wOFF", ContentType("font/woff", ".woff")),
    (b"wOF2", ContentType("font/woff2", ".woff2")),
    (b"OTTO\x00", ContentType("font/otf", ".otf")),
    (b"\x00\x01\x00\x00", ContentType("font/ttf", ".ttf")),
)

_BRANDS: Final = {
    b"avif": AVIF,
    b"avis": AVIF,
    b"heic": ContentType("image/heic", ".heic"),
    b"heix": ContentType("image/heic", ".heic"),
    b"mif1": ContentType("image/heif", ".heif"),
    b"msf1": ContentType("image/heif-sequence", ".heif"),
    b"qt  ": ContentType("video/quicktime", ".mov"),
    b"M4A ": ContentType("audio/x-m4a", ".m4a"),
    b"M4V ": ContentType("video/x-m4v", ".m4v"),
    b"3gp4": ContentType("video/3gpp", ".3gp"),
    b"3gp5": ContentType("video/3gpp", ".3gp"),
    b"3gp6": ContentType("video/3gpp", ".3gp"),
    b"crx ": ContentType("image/x-canon-cr3", ".cr3"),
}
_MP4: Final = ContentType("video/mp4", ".mp4")

_RIFF: Final = {
    b"WEBP": WEBP,
    b"WAVE": ContentType("audio/wav", ".wav"),
    b"AVI ": ContentType("video/x-msvideo", ".avi"),
}

_HTML = re.compile(
    rb"<(?:!doctype html|html|head|body|title|script|style|iframe|h1|div|table|font|br|p|a|b)"
    rb"(?=[\s>/])|<!--",
    re.IGNORECASE,
)
_BOMS: Final = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_NO_TEXT: Final = frozenset({*range(9), 11, *range(14, 27), *range(28, 32)})


def sniff(head: bytes) -> ContentType:
    """The type of a file that begins so; its first `HEAD_BYTES` are enough."""
    head = head[:HEAD_BYTES]
    for look in _LOOKS:
        found = look(head)
        if found is not None:
            return found
    return BYTES


def essence(content_type: str) -> str:
    """A type without its parameters, in small letters."""
    return content_type.partition(";")[0].strip().lower()


def _by_start(head: bytes) -> ContentType | None:
    return next((kind for start, kind in _STARTS if head.startswith(start)), None)


def _by_container(head: bytes) -> ContentType | None:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], _MP4)
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return ContentType("audio/aiff", ".aiff")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return ContentType("video/webm" if b"webm" in head[:64] else "video/x-matroska", ".webm")
    if head[257:262] == b"ustar":
        return ContentType("application/x-tar", ".tar")
    return None


def _by_zip(head: bytes) -> ContentType | None:
    if head[:4] not in (b"PK\x03\x04", b"PK\x05\x06"):
        return None
    return next((kind for part, kind in _ZIPPED if part in head), _ZIP)


def _by_text(head: bytes) -> ContentType | None:
    if not _NO_TEXT.isdisjoint(head) and not head.startswith(_BOMS[1:]):
        return None
    text = head.removeprefix(_BOMS[0]).lstrip(b" \t\r\n\x0c")
    if _HTML.match(text):
        return HTML
    if text.startswith((b"<?xml", b"<svg")):
        return SVG if b"<svg" in head else XML
    if text[:1] in (b"{", b"["):
        return JSON if _looks_like_json(text) else TEXT
    return TEXT


def _looks_like_json(text: bytes) -> bool:
    """Whether a text that begins with a bracket goes on as JSON does."""
    rest = text[1:].lstrip()
    if text[:1] == b"{":
        return rest[:1] in (b'"', b"}", b"")
    return rest[:1] in (b"", b"]", b"{", b"[", b'"', b"-", b"t", b"f", b"n") or rest[:1].isdigit()


_LOOKS: Final[tuple[Callable[[bytes], ContentType | None], ...]] = (
    _by_container,
    _by_zip,
    _by_start,
    _by_text,
)
