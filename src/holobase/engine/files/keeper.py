"""Storing the files of a write before it is decided, and removing them where it came to nothing."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from holobase.domain.errors import BlobMissing, Unavailable
from holobase.domain.picture_privacy import PICTURES, without_secrets
from holobase.domain.principal import Request
from holobase.domain.upload import Upload
from holobase.engine.catalogue import Definition
from holobase.engine.files import marks
from holobase.engine.files.depot import Depot
from holobase.engine.files.marks import SERVICE
from holobase.engine.files.parcels import Claim
from holobase.engine.files.places import Places
from holobase.engine.files.sweep import mark_unnamed
from holobase.engine.files.uploads import SentFile, SentFiles, named, renamed
from holobase.engine.kernel import Kernel
from holobase.kit.json import Json
from holobase.ports.blob_store import Content

PICTURE_BYTES_MAX = 32 * 1024 * 1024
"""Largest picture that is looked through: it is in memory meanwhile."""


@dataclass(slots=True)
class Baggage:
    """The files of one write, by the names they will have. `marked` says since when those that are
    stored are marked, by key. `claims` are those of the files that came on their own before."""

    uploads: Mapping[str, Upload] = field(default_factory=dict)
    sources: Mapping[str, SentFile] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    marked: dict[str, int] = field(default_factory=dict)


class Keeper:
    """Keeps files beside the records that name them."""

    def __init__(self, kernel: Kernel, places: Places, depot: Depot) -> None:
        self._kernel = kernel
        self._places = places
        self.depot = depot

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
            upload = baggage.uploads[name]
            async with self._opened(baggage, name) as source:
                content = await asyncio.to_thread(_public, source, upload)
                await blobs.put(
                    key, content, upload.content_type, original_name=upload.original_name
                )

    async def release(self, baggage: Baggage) -> None:
        """Removes what was stored and no record came to name. What cannot be removed now will be
        later: it stays marked."""
        if baggage.marked:
            marked, baggage.marked = baggage.marked, {}
            with contextlib.suppress(Unavailable):
                await asyncio.shield(self._remove(marked))

    async def finish(self, baggage: Baggage, *, is_kept: bool) -> None:
        """Tidies up after a write. One that is not kept has no record that names its files, even
        where their marks are gone: storing them may have taken so long that the cleaner gave it up
        and found nothing yet."""
        keys = [*baggage.marked]
        await self.release(baggage)
        if keys and not is_kept:
            with contextlib.suppress(Unavailable):
                await asyncio.shield(self._remove_unnamed(keys))
        await self.depot.settle(baggage.claims.values())

    async def pack(
        self,
        definition: Definition,
        body: Mapping[str, Json],
        request: Request,
        files: SentFiles,
    ) -> tuple[Mapping[str, Json], Baggage]:
        """The body of a write with the names that its files will have, and the files: those that
        come with it, and those that its values stand for."""
        claims = await self.depot.claims(definition, body, request)
        names = {text: each.new_name() for text, each in claims.items()}
        if names:
            body = renamed(definition, body, names)
        body, uploads, sources = named(definition, body, files) if files else (body, {}, {})
        claimed = {names[text]: each for text, each in claims.items()}
        uploads |= {name: each.upload(name) for name, each in claimed.items()}
        return body, Baggage(uploads, sources, claimed)

    async def _remove(self, marked: Mapping[str, int]) -> None:
        request = self._kernel.service_request(SERVICE)
        await self._delete(await self._kernel.run(request, lambda _: marks.give_up(marked)))

    async def _remove_unnamed(self, keys: Sequence[str]) -> None:
        found: dict[str, set[str]] = defaultdict(set)
        for folder, _, name in (key.rpartition("/") for key in keys):
            found[folder].add(name)
        request = self._kernel.service_request(SERVICE)
        await self._delete(await self._kernel.run(request, lambda unit: mark_unnamed(unit, found)))

    async def _delete(self, unnamed: Sequence[str]) -> None:
        if unnamed:
            await (await self._places.files()).delete(unnamed)
            request = self._kernel.service_request(SERVICE)
            await self._kernel.run(request, lambda _: marks.forget(unnamed))

    @asynccontextmanager
    async def _opened(self, baggage: Baggage, name: str) -> AsyncIterator[BinaryIO]:
        claim = baggage.claims.get(name)
        if claim is None:
            yield baggage.sources[name].source
            return
        try:
            async with self.depot.opened(claim) as source:
                yield source
        except BlobMissing as missing:
            raise Unavailable("a part of an upload is gone") from missing


def _public(source: BinaryIO, upload: Upload) -> Content:
    """What is stored of a file: all of it, or a picture without what it tells beside its pixels."""
    source.seek(0)
    if upload.content_type not in PICTURES or upload.size > PICTURE_BYTES_MAX:
        return source
    return without_secrets(source.read(), upload.content_type)
