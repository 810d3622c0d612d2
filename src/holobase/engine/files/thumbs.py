"""Thumbs: pictures in the sizes that a field allows, made when first asked for and kept beside the
original. However many ask at once, in however many processes, one is made.
"""

import asyncio
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

import msgspec

from holobase.domain.errors import BlobExists, BlobMissing, Unavailable
from holobase.domain.fields import FileField
from holobase.engine.files import marks
from holobase.engine.files.finding import Finder, Found
from holobase.ports.blob_store import Blob, BlobStore
from holobase.ports.imaging import Fit, Format, ImageRefused, Imaging, Size
from holobase.ports.locks import Locks

ALWAYS: Final = "100x100"
"""The size that every field allows."""

SOURCES: Final = frozenset(f"image/{kind}" for kind in ("png", "jpg", "jpeg", "gif", "webp"))
"""Types that thumbs are made of."""

FORMATS: Final[dict[str, Format]] = {
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",
    "image/gif": "gif",
}
"""What thumbs are, where the client does not ask for better; PNG for all others."""

ORIGINAL_BYTES_MAX: Final = 64 * 1024 * 1024
"""Largest original that is looked at."""

SIDE_MAX: Final = 4_096
"""Longest side of a thumb; one could be configured that fills the disk."""

REFUSED_MAX: Final = 10_000
"""Originals remembered that nothing can be made of."""

_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})([tbf]?)", re.ASCII)
_FITS: Final[dict[str, Fit]] = {"": "centre", "t": "top", "b": "bottom", "f": "inside"}


class Thumb(msgspec.Struct, frozen=True):
    """A thumb that is stored, and what it is called when it is saved."""

    blob: Blob
    name: str


class Thumbs:
    """Makes and finds thumbs. `on_failure` hears of what could not be made for want of anything but
    a good picture."""

    def __init__(
        self,
        imaging: Imaging,
        locks: Locks,
        finder: Finder,
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._imaging = imaging
        self._locks = locks
        self._finder = finder
        self._on_failure = on_failure
        self._making: dict[str, asyncio.Task[Blob | None]] = {}
        self._refused: OrderedDict[str, None] = OrderedDict()

    def allows(self, field: FileField, size: str, content_type: str) -> bool:
        """Whether there is a thumb of this size; where not, the original is given."""
        return (size == ALWAYS or size in field.thumbs) and content_type in SOURCES

    async def get(
        self, blobs: BlobStore, original: Blob, found: Found, size: str, better: Sequence[Format]
    ) -> Thumb | None:
        """The thumb, in the first of the `better` formats or else in the one of the reference; None
        where it cannot be made."""
        into: Format = better[0] if better else FORMATS.get(original.content_type, "png")
        name = f"{size}_{found.name}" + (f".{into}" if better else "")
        key = marks.thumbs_of(original.key) + name
        blob = await blobs.look(key)
        if blob is None and key not in self._refused:
            task = self._making.get(key)
            if task is None:
                making = self._make(blobs, original, found, key, size, into)
                task = self._making[key] = asyncio.create_task(making)
                task.add_done_callback(lambda _: self._making.pop(key, None))
            blob = await asyncio.shield(task)
        return Thumb(blob, name) if blob else None

    async def _make(
        self, blobs: BlobStore, original: Blob, found: Found, key: str, size: str, into: Format
    ) -> Blob | None:
        wanted = _size(size)
        if wanted is None or original.size > ORIGINAL_BYTES_MAX:
            return None
        try:
            async with self._locks.hold(key):
                blob = await blobs.look(key)
                if blob is None:
                    content = await self._draw(blobs, original.key, wanted, into)
                    with suppress(BlobExists):
                        await blobs.put(key, content, f"image/{into}", only_new=True)
                    blob = await blobs.look(key)
        except (ImageRefused, BlobMissing):
            self._refused[key] = None
            if len(self._refused) > REFUSED_MAX:
                self._refused.popitem(last=False)
            return None
        except (Unavailable, OSError) as error:
            self._on_failure(error)
            return None
        if not await self._finder.is_named(found):
            await blobs.delete([key])  # whoever deleted the original has not seen it
        return blob

    async def _draw(self, blobs: BlobStore, key: str, size: Size, into: Format) -> bytes:
        with tempfile.TemporaryDirectory(prefix="holobase-thumb-") as folder:
            source = Path(folder) / "original"
            await fetch(blobs, key, source)
            return await self._imaging.resize(source, size, into)


async def fetch(blobs: BlobStore, key: str, target: Path) -> None:
    """Writes a blob into a file. Raises BlobMissing."""
    with target.open("wb") as file:
        async with aclosing(blobs.read(key)) as pieces:
            async for piece in pieces:
                file.write(piece)


def _size(text: str) -> Size | None:
    match = _SIZE.fullmatch(text)
    if match is None or not 0 < max(int(match[1]), int(match[2])) <= SIDE_MAX:
        return None
    fit = _FITS[match[3]]
    width, height = int(match[1]), int(match[2])
    if fit == "inside" and not (width and height):
        fit = "centre"  # one side alone leaves nothing to fit into
    return Size(width, height, fit)
