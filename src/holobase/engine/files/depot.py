"""The depot: keeps parcels, hands them to the write that names them, and removes those that nobody
came for. How they come in is told in `receiving` and `direct`.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import BinaryIO, Final, cast

from holobase.domain.content_types import HEAD_BYTES, ContentType, sniff
from holobase.domain.errors import BlobMissing, NotFound, TooLarge, Unavailable
from holobase.domain.principal import Request
from holobase.engine.catalogue import Definition
from holobase.engine.files import parcels
from holobase.engine.files.parcels import FOLDER, REFERENCE, Claim, Label, Parcel, Parcels, Part
from holobase.engine.files.places import Places
from holobase.engine.files.uploads import keys_of, texts_of
from holobase.engine.jobs import Job
from holobase.engine.kernel import Kernel
from holobase.kit import ids
from holobase.kit.json import Json
from holobase.ports.blob_store import BlobStore

SERVICE: Final = "uploads"

CLAIMS_MAX: Final = 20
"""Parcels that one write may name."""

STRAYS_AT_ONCE: Final = 200
"""Blobs without a parcel that are deleted at once."""


class Depot:
    """`bytes_max` bounds all parcels of one account together, and so each of them; `seconds` is how
    long one is kept after it was last gone on with."""

    def __init__(self, kernel: Kernel, places: Places, bytes_max: int, seconds: float) -> None:
        self._kernel = kernel
        self._places = places
        self.parcels = Parcels(kernel.store)
        self._ms = int(seconds * 1000)
        self.bytes_max = bytes_max

    @property
    def job(self) -> Job:
        """Removes what nobody came for."""
        return Job("__holobaseUploads__", "*/10 * * * *", self.clean)

    async def begin(self, request: Request, size: int, label: Label) -> Parcel:
        """A new parcel of the caller. Raises TooLarge where that is more than one may have."""
        if size > self.bytes_max:
            raise TooLarge("too_large")
        until = self._kernel.clock() + self._ms
        parcel = Parcel(ids.record_id(), _owner(request), until, size, 0, label)
        await self._kernel.run(
            request, lambda unit: self.parcels.begin(unit, parcel, self.bytes_max)
        )
        return parcel

    async def find(self, request: Request, parcel_id: str) -> Parcel:
        """A parcel of the caller. Raises NotFound for anybody else's, and for one that is over."""
        parcel = await self.parcels.find(parcel_id, self._kernel.sealer)
        is_theirs = parcel is not None and parcel.owner == _owner(request)
        if parcel is None or not is_theirs or parcel.expires <= self._kernel.clock():
            raise NotFound("not_found")
        return parcel

    async def give_up(self, request: Request, parcel: Parcel) -> None:
        """Ends a parcel that its owner does not want any more. Raises NotFound."""
        await self._kernel.run(request, lambda unit: self.parcels.end(unit, parcel.id))
        with contextlib.suppress(Unavailable):  # the job removes it then
            await self._remove(await self._places.files(), [parcel.id])

    async def store_part(self, parcel: Parcel, part: Part, content: BinaryIO) -> None:
        """Stores a part, which counts once the parcel has gone on with it."""
        await (await self._places.files()).put(parcel.key(part.name), content)

    async def remove_parts(self, parcel: Parcel, parts: Iterable[Part]) -> None:
        """Deletes parts that do not count."""
        await (await self._places.files()).delete(parcel.key(part.name) for part in parts)

    async def go_on(self, request: Request, parcel: Parcel, parts: Iterable[Part]) -> Parcel:
        """The parcel with these parts behind those that it has, and time for the next. Raises
        Conflict where somebody else was faster, NotFound where it is over."""
        after = parcel.gone_on(parts, self._kernel.clock() + self._ms)
        return await self.advance(request, parcel, after)

    async def advance(self, request: Request, before: Parcel, after: Parcel) -> Parcel:
        """Keeps a parcel as it is after something came in. Raises as `go_on`."""
        return await self._kernel.run(
            request, lambda unit: self.parcels.advance(unit, before, after)
        )

    async def claims(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> dict[str, Claim]:
        """The whole parcels of the caller that the values of file fields stand for, by value."""
        if request.auth is None:
            return {}
        found: dict[str, Claim] = {}
        for text in [*_references(definition, body)][:CLAIMS_MAX]:
            with contextlib.suppress(NotFound, BlobMissing):
                parcel = await self.find(request, text.removeprefix(REFERENCE))
                if parcel.is_whole:
                    found[text] = Claim(parcel, await self.kind(parcel), self.parcels)
        return found

    @asynccontextmanager
    async def opened(self, claim: Claim) -> AsyncIterator[BinaryIO]:
        """The content of a parcel, as a file for the length of a block. Raises BlobMissing."""
        with tempfile.TemporaryFile() as file:
            async with aclosing(self.content(claim.parcel)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
            file.seek(0)
            yield cast(BinaryIO, file)

    async def settle(self, claims: Iterable[Claim]) -> None:
        """Removes what is left of those parcels that were used; what cannot be removed now will be
        later."""
        with contextlib.suppress(Unavailable):
            for claim in claims:
                now = await self.parcels.find(claim.parcel.id, self._kernel.sealer)
                if now is not None and now.expires == parcels.OVER:
                    await self._remove(await self._places.files(), [now.id])

    async def clean(self) -> None:
        """Removes the parcels whose time is over, and blobs that belong to none."""
        blobs = await self._places.files()
        request = self._kernel.service_request(SERVICE)
        while expired := await self.parcels.expired(self._kernel.clock()):
            over = await self._kernel.run(request, partial(self.parcels.expire, expired))
            await self._remove(blobs, over)
        strays: list[str] = []
        known: dict[str, bool] = {}
        async for blob in blobs.list(f"{FOLDER}/"):
            parcel_id = blob.key.split("/")[1]
            if parcel_id not in known:
                # Looked for after its blob was seen: a parcel is known before it has any.
                found = await self.parcels.find(parcel_id, self._kernel.sealer)
                known[parcel_id] = found is not None
            if not known[parcel_id]:
                strays.append(blob.key)
            if len(strays) >= STRAYS_AT_ONCE:
                await blobs.delete(strays)
                strays.clear()
        await blobs.delete(strays)

    async def _remove(self, blobs: BlobStore, over: Sequence[str]) -> None:
        """Deletes the parts of parcels that are over, then forgets them."""
        for each in over:
            await blobs.delete([blob.key async for blob in blobs.list(f"{FOLDER}/{each}/")])
        request = self._kernel.service_request(SERVICE)
        await self._kernel.run(request, lambda _: parcels.forget(over))

    async def content(self, parcel: Parcel) -> AsyncGenerator[bytes, None]:
        """The bytes of a parcel, in pieces. Raises BlobMissing."""
        blobs = await self._places.files()
        for part in parcel.label.parts:
            async with aclosing(blobs.read(parcel.key(part.name))) as pieces:
                async for piece in pieces:
                    yield piece

    async def kind(self, parcel: Parcel) -> ContentType:
        """What the content of a parcel tells. Raises BlobMissing."""
        head = b""
        async with aclosing(self.content(parcel)) as pieces:
            async for piece in pieces:
                head += piece
                if len(head) >= HEAD_BYTES:
                    break
        return sniff(head)


def _owner(request: Request) -> str:
    """The account that asks, as parcels know it. A guest has none."""
    account = request.auth
    return f"{account.collection_id}/{account.id}" if account else ""


def _references(definition: Definition, body: Mapping[str, Json]) -> dict[str, None]:
    """The values of file fields that stand for parcels, each once."""
    return {
        text: None
        for key in sorted(keys_of(definition) & body.keys())
        for text in texts_of(body[key])
        if text.startswith(REFERENCE)
    }
