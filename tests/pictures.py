"""Pictures of every kind that tell of where, by whom and with what they were taken."""

import struct
from collections.abc import Mapping
from typing import Any

import pyvips

SECRETS = (b"37.5665", b"Seoul", b"Camera of Anna")
SAVERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "image/jpeg": (".jpg", {"Q": 90}),
    "image/png": (".png", {}),
    "image/webp": (".webp", {"lossless": True}),
    "image/avif": (".avif", {"lossless": True}),
    "image/gif": (".gif", {}),
    "image/tiff": (".tif", {}),
}


def picture(kind: str, orientation: int = 1) -> bytes:
    """A picture with secrets in every place that its format has for them."""
    image = (pyvips.Image.xyz(40, 30) * [5, 7]).bandjoin(128).cast("uchar")
    image = image.copy(interpretation="srgb")
    texts = {"exif-ifd0-Make": "Camera of Anna", "exif-ifd2-UserComment": "37.5665"}
    for name, text in texts.items():
        image.set_type(pyvips.GValue.gstr_type, name, f"{text} ({text}, ASCII, 15 components)")
    if orientation != 1:
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><city>Seoul</city></x:xmpmeta>'
    image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    suffix, options = SAVERS[kind]
    content = bytes(image.write_to_buffer(suffix, **options))
    return {"image/gif": telling_gif, "image/tiff": telling_tiff}.get(kind, bytes)(content)


def telling_gif(content: bytes) -> bytes:
    """With a comment and XMP, and something behind its end."""
    comment = b"\x21\xfe\x05Seoul\x00"
    magic = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    xmp = b"\x21\xff\x0bXMP DataXMP<x>37.5665</x>" + magic
    return content[:-1] + comment + xmp + b";Camera of Anna"


def telling_tiff(content: bytes) -> bytes:
    """With a maker, and an EXIF directory that leads to one of GPS."""
    place = len(content) + len(content) % 2
    text, exif, gps = place, place + 16, place + 16 + 2 + 24 + 4
    behind = b"Camera of Anna\x00\x00"
    behind += struct.pack("<HHHIIHHIII", 2, 37510, 7, 14, text, 34853, 4, 1, gps, 0)
    behind += struct.pack("<HHHIII", 1, 29, 2, 10, gps + 18, 0) + b"37.5665\x00\x00\x00"
    first = struct.unpack_from("<I", content, 4)[0]
    (count,) = struct.unpack_from("<H", content, first)
    entries = content[first + 2 : first + 2 + 12 * count]
    added = struct.pack("<HHII", 271, 2, 15, text), struct.pack("<HHII", 34665, 4, 1, exif)
    every = [entries[n : n + 12] for n in range(0, len(entries), 12)] + [*added]
    whole = sorted(every, key=lambda entry: struct.unpack("<H", entry[:2]))
    directory = struct.pack("<H", count + 2) + b"".join(whole) + bytes(4)
    content = content.ljust(place, b"\x00") + behind
    start = len(content) + len(content) % 2
    moved = content[:4] + struct.pack("<I", start) + content[8:]
    return moved.ljust(start, b"\x00") + directory


DRAWING = b"""<?xml version="1.0" encoding="UTF-8"?><!-- Seoul --><?secret 37.5665?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://ns.adobe.com/AdobeIllustrator/10.0/"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:sodipodi="http://sodipodi.sourceforge.net/x.dtd"
  sodipodi:docname="/home/Camera of Anna/card.svg" viewBox='0 0 9 9'>
<title>A card</title><metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Camera of Anna</dc:creator></rdf:RDF>
</metadata><i:pgf>Seoul<i:more/></i:pgf><sodipodi:namedview a="37.5665"/>
<rect width="9" height="9" i:knockout='Seoul' fill="#f00"/>
<image xlink:href="data:image/png;base64,INSIDE"/></svg>"""

MADE = {kind: picture(kind) for kind in SAVERS} | {"image/svg+xml": DRAWING}
"""One of each kind."""
