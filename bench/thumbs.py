"""Sizes of thumbs: what `docs/how-to/images.md` tells, measured over the demo data's pictures.

python -m bench.thumbs
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import mean

import pyvips

from holobase.adapters.vips import Workshop
from holobase.community.seed import artwork
from holobase.ports.imaging import Format, Size

SIZES = (Size(150, 210), Size(400, 560))
FORMATS: tuple[Format, ...] = ("jpeg", "webp", "avif")
SIDE = 1_200
"""Width of the originals, a phone's picture of a card."""


async def main() -> None:
    """Prints a line for each size: the mean bytes of each format, and the mean milliseconds."""
    workshop = Workshop(1)
    with tempfile.TemporaryDirectory() as folder:
        sources = [_original(Path(folder), number) for number in range(artwork.DESIGNS)]
        print(f"originals {mean(path.stat().st_size for path in sources):10.0f} bytes")
        for size in SIZES:
            cells = [f"plain {mean(_plain(path, size) for path in sources):8.0f}"]
            for into in FORMATS:
                began = time.perf_counter()
                made = [len(await workshop.resize(path, size, into)) for path in sources]
                took = (time.perf_counter() - began) / len(sources) * 1000
                cells.append(f"{into} {mean(made):8.0f} ({took:.0f} ms)")
            print(f"{size.width}x{size.height}  " + "  ".join(cells))
    await workshop.close()


def _original(folder: Path, number: int) -> Path:
    rarity = [*artwork.LAYERS][number % len(artwork.LAYERS)]
    small = pyvips.Image.new_from_buffer(artwork.draw(number, rarity), "")
    path = folder / f"{number}.jpg"
    small.resize(SIDE / small.width).jpegsave(str(path), Q=92)
    return path


def _plain(path: Path, size: Size) -> int:
    """The picture at this size, simply saved as a JPEG of quality 95, metadata and all."""
    image = pyvips.Image.thumbnail(str(path), size.width, height=size.height, crop="centre")
    return len(image.jpegsave_buffer(Q=95))


if __name__ == "__main__":
    asyncio.run(main())
