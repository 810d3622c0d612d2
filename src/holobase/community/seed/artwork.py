"""Pictures for the cards of the demo data, drawn here: foil in the colours of a team.

Waves of light across the card, a sun behind its middle, a frame that grows with its rarity, and
grain over all of it.
"""

import math
from functools import cache
from typing import Any, Final

WIDTH, HEIGHT = 200, 280
"""What is drawn."""

ENLARGED: Final = 2
"""Times to what frontends show a card at: light has no sharp edges."""

DESIGNS: Final = 6
"""Different pictures for each rarity."""

COLOURS: Final = (
    ((195, 4, 82), (20, 12, 40)),
    ((19, 18, 48), (190, 200, 230)),
    ((235, 28, 36), (30, 30, 40)),
    ((7, 76, 161), (200, 220, 245)),
    ((4, 30, 66), (210, 120, 60)),
    ((234, 0, 41), (255, 214, 90)),
    ((49, 82, 136), (180, 160, 110)),
    ((255, 102, 0), (60, 30, 20)),
)
"""Two colours for each design."""

LAYERS: Final = {"common": 1, "rare": 2, "epic": 3, "legendary": 4}
"""Waves of light by rarity."""


@cache
def draw(design: int, rarity: str) -> bytes:
    """The picture of a design, as a JPEG; equal for equal arguments."""
    import pyvips  # noqa: PLC0415 - few processes draw

    first, second = COLOURS[design % len(COLOURS)]
    layers = LAYERS[rarity]
    xy = pyvips.Image.xyz(WIDTH, HEIGHT)
    x, y = xy[0] / WIDTH - 0.5, xy[1] / HEIGHT - 0.5
    angle = math.radians(25 + 17 * design)
    along = x * math.cos(angle) + y * math.sin(angle)
    blend = (along + 0.6) * 0.8
    image = _mixed(blend, first, second)
    for layer in range(layers):
        image = image + _waves(along, x, y, layer, design) * (46 - 6 * layer)
    distance = (x * x + y * y * 1.6) ** 0.5
    image = image + (1 - distance * 2.2).clamp(min=0, max=1) * (40 + 14 * layers)
    image = _framed(image, x, y, layers).copy_memory().resize(ENLARGED, kernel="linear")
    grain = pyvips.Image.gaussnoise(image.width, image.height, sigma=5, mean=0, seed=design)
    ready = (image + grain).clamp(min=0, max=255).cast("uchar").copy(interpretation="srgb")
    return bytes(ready.jpegsave_buffer(Q=82, keep="none"))


def _mixed(blend: Any, first: tuple[int, ...], second: tuple[int, ...]) -> Any:
    bands = [blend * (b - a) + a for a, b in zip(first, second, strict=True)]
    return bands[0].bandjoin(bands[1:])


def _waves(along: Any, x: Any, y: Any, layer: int, design: int) -> Any:
    """Rainbow interference: three waves a third of a turn apart."""
    bend = (x * 220).sin()
    phase = along * (900 + 500 * layer) + bend * (60 + 20 * layer) + y * 140 + 53 * design
    bands = [(phase + shift).sin() for shift in (0, 120, 240)]
    return bands[0].bandjoin(bands[1:])


def _framed(image: Any, x: Any, y: Any, layers: int) -> Any:
    """A light frame, wider the rarer the card."""
    edge = 0.5 - 0.012 - 0.006 * layers
    inside = (x.abs() < edge) & (y.abs() < edge + 0.008)
    return inside.ifthenelse(image, image * 0.35 + 150)
