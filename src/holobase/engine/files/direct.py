"""Files that are sent straight into the bucket, to an address that we sign, and judged afterwards.

The address is good for a while whatever comes of it, so what was looked at is first put where it
does not lead.
"""

import hashlib
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from holobase.domain.principal import Request
from holobase.engine.files.depot import Depot
from holobase.engine.files.parcels import FOLDER, Label, Parcel, Part
from holobase.engine.files.places import Places
from holobase.kit import ids

DIRECT_SECONDS: Final = 900
"""How long an address into the bucket is good: a large picture over a slow line."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of a file that was sent straight into the bucket; `size` 0 where there is none."""

    holds: bool
    size: int = 0
    content_type: str = ""


class Direct:
    """Announces and verifies such files."""

    def __init__(self, depot: Depot, places: Places) -> None:
        self._depot = depot
        self._places = places

    async def announce(
        self, request: Request, size: int, label: Label
    ) -> tuple[Parcel, str] | None:
        """A new parcel of the caller with the address to which it can be sent; None where files
        are kept where nobody but we can put them. Raises TooLarge."""
        blobs, name = await self._places.files(), ids.record_id()
        if await blobs.upload_address(f"{FOLDER}/{name}/{name}", DIRECT_SECONDS) is None:
            return None
        parcel = await self._depot.begin(
            request, size, msgspec.structs.replace(label, incoming=name)
        )
        address = await blobs.upload_address(parcel.key(name), DIRECT_SECONDS)
        return (parcel, address) if address else None

    async def verify(self, request: Request, parcel: Parcel, digest: str) -> Verified:
        """Whether what was sent into the bucket is what was announced, and has this SHA-256 where
        one is given. From then on it is whole, and nobody can put anything else in its place."""
        blobs = await self._places.files()
        wanted = {each for each in (digest, parcel.label.digest) if each}
        if parcel.is_whole:
            return await self._judged(parcel, wanted)
        arrived = await blobs.look(parcel.key(parcel.label.incoming))
        if arrived is None or arrived.size != parcel.size:
            return Verified(holds=False, size=arrived.size if arrived else 0)
        part = Part(ids.record_id(), parcel.size)
        # The address is good for a while yet: what is judged must be out of its reach.
        await blobs.copy(arrived.key, parcel.key(part.name))
        kept = await blobs.look(parcel.key(part.name))
        whole = parcel.gone_on([part], parcel.expires)
        found = await self._judged(whole, wanted)
        if kept is None or kept.size != part.size or not found.holds:
            await blobs.delete([parcel.key(part.name)])
            return replace(found, holds=False)
        await self._depot.advance(request, parcel, whole)
        await blobs.delete([arrived.key])
        return found

    async def _judged(self, parcel: Parcel, wanted: Iterable[str]) -> Verified:
        """Whether the content of a whole parcel has these SHA-256."""
        digest, wanted = hashlib.sha256(), set(wanted)
        if wanted:
            async with aclosing(self._depot.content(parcel)) as pieces:
                async for piece in pieces:
                    digest.update(piece)
        kind = await self._depot.kind(parcel)
        return Verified(wanted <= {digest.hexdigest()}, parcel.size, kind.name)
