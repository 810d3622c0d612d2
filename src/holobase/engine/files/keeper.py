"""Storing the files of a write before it is decided, and removing them where it came to nothing."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from holobase.domain.errors import Unavailable
from holobase.domain.picture_privacy import PICTURES, without_secrets
from holobase.domain.upload import Upload
from holobase.engine.files import marks
from holobase.engine.files.places import Places
from holobase.engine.files.uploads import SentFile
from holobase.engine.kernel import Kernel
from holobase.ports.blob_store import Content

SERVICE = "files"

PICTURE_BYTES_MAX = 32 * 1024 * 1024
"""Largest picture that is looked through: it is in memory meanwhile."""


@dataclass(slots=True)
class Baggage:
    """The files of one write, by the names they will have. `marked` says since when those that are
    stored are marked, by key."""

    uploads: Mapping[str, Upload] = field(default_factory=dict)
    sources: Mapping[str, SentFile] = field(default_factory=dict)
    marked: dict[str, int] = field(default_factory=dict)


class Keeper:
    """Keeps files beside the records that name them."""

    def __init__(self, kernel: Kernel, places: Places) -> None:
        self._kernel = kernel
        self._places = places

    async def store(self, collection_id: str, record_id: str, baggage: Baggage) -> None:
        """Stores the files of a write for this record, marked. Raises Unavailable."""
        await self.release(baggage)  # stored for a record of another id, by a run before this one
        now = self._kernel.clock()
        keys = {marks.key_of(collection_id, record_id, name): name for name in baggage.uploads}
        request = self._kernel.service_request(SERVICE)
        await self._kernel.run(request, lambda _: marks.mark(keys, now))
        baggage.marked = dict.fromkeys(keys, now)
        blobs = await self._places.files()
        for key, name in keys.items():
            upload, source = baggage.uploads[name], baggage.sources[name]
            content = await asyncio.to_thread(_public, source, upload.content_type)
            await blobs.put(key, content, upload.content_type, original_name=upload.original_name)

    async def release(self, baggage: Baggage) -> None:
        """Removes what was stored and no record came to name. What cannot be removed now will be
        later: it stays marked."""
        if baggage.marked:
            marked, baggage.marked = baggage.marked, {}
            with contextlib.suppress(Unavailable):
                await asyncio.shield(self._remove(marked))

    async def _remove(self, marked: Mapping[str, int]) -> None:
        request = self._kernel.service_request(SERVICE)
        unnamed = await self._kernel.run(request, lambda _: marks.give_up(marked))
        if unnamed:
            await (await self._places.files()).delete(unnamed)
            await self._kernel.run(request, lambda _: marks.forget(unnamed))


def _public(sent: SentFile, content_type: str) -> Content:
    """What is stored of a file: all of it, or a picture without what it tells beside its pixels."""
    sent.source.seek(0)
    if content_type not in PICTURES or sent.size > PICTURE_BYTES_MAX:
        return sent.source
    return without_secrets(sent.source.read(), content_type)
