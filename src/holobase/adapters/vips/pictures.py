"""Opening and resizing pictures with libvips."""

import math
from typing import Any, Final

import pyvips

from holobase.adapters.vips.limits import PIXELS_MAX

WRITERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "jpeg": (".jpg", {"Q": 85, "optimize_coding": True, "interlace": True}),
    "png": (".png", {"compression": 9}),
    "gif": (".gif", {"effort": 7}),
    "webp": (".webp", {"Q": 80, "effort": 4}),
    "avif": (".avif", {"Q": 55, "effort": 3, "compression": "av1"}),
}
"""How each format is written: as small as it looks like the original at this size."""

OPAQUE: Final = ("jpeg",)
"""Formats without transparency."""


class Refused(Exception):
    """A picture that is not worked on."""


def opened(path: str) -> Any:
    """The first frame of a picture, upright; its pixels are read when they are needed.

    Raises Refused for more pixels than allowed, and pyvips.Error for what is no picture.
    """
    image = pyvips.Image.new_from_file(path, access="sequential", fail_on="error")
    if image.width * image.height > PIXELS_MAX:
        raise Refused("too many pixels")
    return image.autorot()


def resized(path: str, width: int, height: int, fit: str) -> Any:
    """The picture in a size, as `ports.imaging.Size` says."""
    image = opened(path)
    across, down = image.width, image.height
    if fit == "inside":
        return _scaled(path, min(width / across, height / down, 1.0), across, down)
    scale = max(width / across, height / down)
    whole = _scaled(path, scale, across, down)
    if not width or not height:
        return whole
    left = max((whole.width - width) // 2, 0)
    spare = max(whole.height - height, 0)
    top = {"top": 0, "centre": spare // 2, "bottom": spare}[fit]
    return whole.crop(left, top, min(width, whole.width), min(height, whole.height))


def encoded(image: Any, into: str) -> bytes:
    """The picture as a file without anything but pixels."""
    suffix, options = WRITERS[into]
    if into in OPAQUE and image.hasalpha():
        image = image.flatten(background=255)
    return bytes(image.write_to_buffer(suffix, keep="none", **options))


def _scaled(path: str, scale: float, across: int, down: int) -> Any:
    width, height = (max(math.ceil(side * scale - 1e-6), 1) for side in (across, down))
    if width * height > PIXELS_MAX:
        raise Refused("too many pixels")
    return pyvips.Image.thumbnail(
        path, width, height=height, size="force", export_profile="srgb", fail_on="error"
    )
