"""Taking out of a picture what it tells beside its pixels: where it was taken, by whom, with what.

Nothing is encoded anew: the parts of the file that show the picture stay as they are, byte for
byte. Of what is taken out only the orientation is put back. A file that is not laid out as its
format says is left as it is.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final

from holobase.domain.picture_privacy import gif, heif, jpeg, png, svg, tiff, webp
from holobase.domain.picture_privacy.exif import Unreadable


def without_secrets(picture: bytes, content_type: str) -> bytes:
    """The picture with nothing in it but how it looks; the same for what is no such picture."""
    clean = _CLEANERS.get(content_type)
    if clean is None:
        return picture
    try:
        return b"".join(clean(picture))
    except (Unreadable, struct.error, IndexError, ValueError):
        return picture


def _inside(picture: bytes, content_type: str) -> bytes:
    """A picture in a drawing; drawings in drawings are left alone."""
    return picture if content_type == "image/svg+xml" else without_secrets(picture, content_type)


_CLEANERS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "image/png": png.clean,
    "image/jpeg": jpeg.clean,
    "image/webp": webp.clean,
    "image/gif": gif.clean,
    "image/tiff": tiff.clean,
    "image/avif": heif.clean,
    "image/heic": heif.clean,
    "image/heif": heif.clean,
    "image/heif-sequence": heif.clean,
    "image/svg+xml": svg.cleaner(_inside),
}

PICTURES: Final = frozenset(_CLEANERS)
"""The types of pictures that something can be taken out of."""
