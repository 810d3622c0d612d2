"""What a card shows beside its picture: colours, a blurred preview, and two maps for its shine.

The algorithms are explained in docs/how-to/images.md. Equal pictures give equal results.
"""

from pathlib import Path
from typing import Any, Final

import blurhash
import pyvips

from holobase.adapters.vips import pictures

COLOURS_MAX: Final = 5
"""Colours of a palette: as many as people tell apart at a glance."""

LOOK_SIDE: Final = 48
"""Longer side of what colours and the preview are taken from, in pixels."""

MAP_SIDE: Final = 256
"""Longer side of the maps: shaders interpolate them, and they are loaded with every card."""

BIN: Final = 32
"""Width of the steps in which colours count as one."""

APART: Final = 64
"""Least distance of two colours of a palette, in RGB."""

RELIEF: Final = 4.0
"""How steep the normal map makes the edges."""


def derive(job: dict[str, Any]) -> dict[str, Any]:
    """Writes both maps into the folder of the job, and gives the rest."""
    source, folder = job["source"], Path(job["folder"])
    whole = pictures.opened(source)
    look = _rgb(pictures.resized(source, LOOK_SIDE, LOOK_SIDE, "inside"))
    bright = _brightness(_rgb(pictures.resized(source, MAP_SIDE, MAP_SIDE, "inside")))
    colour = _rgb(pictures.resized(source, MAP_SIDE, MAP_SIDE, "inside"))
    (folder / "foil_mask.png").write_bytes(pictures.encoded(foil_mask(bright, colour), "png"))
    (folder / "normal_map.png").write_bytes(pictures.encoded(normal_map(bright), "png"))
    pixels = _pixels(look)
    return {
        "width": whole.width,
        "height": whole.height,
        "palette": palette([pixel for row in pixels for pixel in row]),
        "blurhash": blurhash.encode(pixels, *_components(look)),
    }


def palette(pixels: list[tuple[int, int, int]]) -> list[str]:
    """The most frequent colours that are far enough apart, as the mean of their pixels."""
    bins: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
    for pixel in pixels:
        bins.setdefault(tuple(value // BIN for value in pixel), []).append(pixel)
    means = [
        tuple(round(sum(values) / len(values)) for values in zip(*found, strict=True))
        for found in sorted(bins.values(), key=lambda found: (-len(found), found[0]))
    ]
    chosen: list[tuple[int, ...]] = []
    for mean in means:
        if len(chosen) < COLOURS_MAX and all(_distance(mean, other) >= APART for other in chosen):
            chosen.append(mean)
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in chosen]


def foil_mask(bright: Any, colour: Any) -> Any:
    """Where foil shines: on edges, on what is light, and on what is strongly coloured."""
    light = bright / 255
    bands = colour.bandsplit()
    strength = (bands[0].bandrank(bands[1:], index=2) - bands[0].bandrank(bands[1:], index=0)) / 255
    shine = light * 0.45 + strength * 0.35 + bright.sobel() / 255 * 0.6
    risen = ((shine - 0.25) / 0.6).clamp(min=0, max=1)
    smooth = risen * risen * (risen * -2 + 3)
    return (smooth * 255).gaussblur(1.0).cast("uchar").copy(interpretation="b-w")


def normal_map(bright: Any) -> Any:
    """The slopes of the picture taken as a relief, light being high; green points up."""
    height = bright.cast("float").gaussblur(1.5) / 255
    across = pyvips.Image.new_from_array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], scale=8)
    down = pyvips.Image.new_from_array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], scale=8)
    x = height.conv(across, precision="float") * -RELIEF
    y = height.conv(down, precision="float") * RELIEF
    length = (x * x + y * y + 1) ** 0.5
    normal = (x / length).bandjoin([y / length, (x * 0 + 1) / length])
    return ((normal + 1) * 127.5 + 0.5).cast("uchar").copy(interpretation="srgb")


def _rgb(image: Any) -> Any:
    """The picture on black, in memory, as three bands of bytes."""
    if image.hasalpha():
        image = image.flatten()
    return image.colourspace("srgb").cast("uchar").copy_memory()


def _brightness(image: Any) -> Any:
    return image.colourspace("b-w").cast("uchar").extract_band(0).copy_memory()


def _pixels(image: Any) -> list[list[tuple[int, int, int]]]:
    memory = bytes(image.write_to_memory())
    rows = range(image.height)
    return [
        [
            (memory[at], memory[at + 1], memory[at + 2])
            for at in range(3 * image.width * row, 3 * image.width * (row + 1), 3)
        ]
        for row in rows
    ]


def _components(image: Any) -> tuple[int, int]:
    """More waves along the longer side."""
    return (4, 3) if image.width >= image.height else (3, 4)


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)
