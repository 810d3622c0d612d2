"""The promise of imaging: what is made of pictures, whoever drew them and with whatever intent."""

from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import msgspec

Format: TypeAlias = Literal["jpeg", "png", "gif", "webp", "avif"]
Fit: TypeAlias = Literal["centre", "top", "bottom", "inside"]


class ImageRefused(Exception):
    """Nothing can be made of this picture: it is none, broken, or too much for its limits."""


class Size(msgspec.Struct, frozen=True):
    """What a picture is brought to. A `width` or `height` of 0 follows from the other and the
    picture. `fit` says which part is kept where the shapes differ; `inside` keeps all of it and
    enlarges nothing."""

    width: int
    height: int
    fit: Fit = "centre"


class Artwork(msgspec.Struct, frozen=True):
    """What a card shows before and beside its picture. `palette` are colours as `#rrggbb`, the most
    frequent first; the maps are PNGs."""

    width: int
    height: int
    palette: tuple[str, ...]
    blurhash: str
    foil_mask: bytes
    normal_map: bytes


class Imaging(Protocol):
    """Works on files, away from whoever asks. Everything raises ImageRefused for a picture that
    cannot be read within the limits, and Unavailable where too many wait already."""

    async def resize(self, source: Path, size: Size, into: Format) -> bytes:
        """The picture upright, in this size, with nothing in it but its pixels."""

    async def artwork(self, source: Path) -> Artwork:
        """What is derived from the picture of a card."""

    async def close(self) -> None:
        """Ends what works."""
