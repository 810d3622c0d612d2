"""Taking a parcel in, piece by piece: what has come is stored part by part, and the sender goes on
from there whatever happens in between.
"""

import asyncio
import base64
import hashlib
import tempfile
from collections.abc import AsyncIterator
from typing import BinaryIO, Final, cast

from holobase.domain.errors import Damaged, Refusal, TooLarge
from holobase.domain.principal import Request
from holobase.engine.files.depot import Depot
from holobase.engine.files.parcels import Parcel, Part
from holobase.kit import ids

PART_BYTES_MAX: Final = 8 * 1024 * 1024
"""Largest part, and so what a crash takes of what was sent: it is stored when it is whole, or when
nothing more comes."""

PART_IN_MEMORY_BYTES_MAX: Final = 256 * 1024
"""Larger parts wait on the disk, in the system's folder for temporary files."""

PARTS_MAX: Final = 1_000
"""Parts with which a parcel is still gone on with: they stand in a list that is kept with it."""

STORING_MAX: Final = 4
"""Parts that a process stores at once: for each a bucket takes 5 MiB of memory."""

PIECE_SECONDS: Final = 60.0
"""How long nothing may come; then the sender is gone, and comes back to where it stood."""


class Checksum:
    """What a body must add up to. Raises ValueError for an algorithm that is not known."""

    ALGORITHMS: Final = ("sha256", "sha1", "md5")

    def __init__(self, algorithm: str, expected: str) -> None:
        if algorithm not in self.ALGORITHMS:
            raise ValueError(algorithm)
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._expected = base64.b64decode(expected, validate=True)

    def add(self, piece: bytes) -> None:
        """Counts a piece in."""
        self._digest.update(piece)

    @property
    def holds(self) -> bool:
        """Whether it was all, and nothing but what was sent."""
        return self._digest.digest() == self._expected


class Receiver:
    """Takes pieces of parcels in."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._storing = asyncio.Semaphore(STORING_MAX)

    async def receive(
        self,
        request: Request,
        parcel: Parcel,
        pieces: AsyncIterator[bytes],
        checksum: Checksum | None = None,
    ) -> Parcel:
        """Goes on with a parcel as far as pieces come; with a checksum all of them count, or none.

        Raises Conflict where somebody else has gone on with it, NotFound where it is over, Damaged,
        TooLarge, and ConnectionResetError where the sender went away: what came counts then.
        """
        if len(parcel.label.parts) >= PARTS_MAX:
            raise TooLarge("upload_in_too_many_parts")
        held: list[Part] = []
        try:
            while True:
                part, is_end, lost = await self._store(parcel, pieces, checksum)
                held += [part] if part else []
                if lost is not None and checksum is not None:
                    raise lost
                if checksum is not None and is_end and not checksum.holds:
                    raise Damaged("upload_damaged")
                if held and (is_end or checksum is None):
                    parcel, held = await self._depot.go_on(request, parcel, held), []
                if lost is not None:
                    raise lost
                if is_end:
                    return parcel
        except (Refusal, ConnectionResetError):
            # Only what is certain not to count: a commit that nobody told us of might.
            await self._depot.remove_parts(parcel, held)
            raise

    async def _store(
        self,
        parcel: Parcel,
        pieces: AsyncIterator[bytes],
        checksum: Checksum | None,
    ) -> tuple[Part | None, bool, ConnectionResetError | None]:
        """Stores the next part, if anything comes; whether that was the end, or the sender's."""
        size, is_end, lost = 0, False, None
        with tempfile.SpooledTemporaryFile(PART_IN_MEMORY_BYTES_MAX) as spool:
            try:
                while size < PART_BYTES_MAX and not is_end:
                    async with asyncio.timeout(PIECE_SECONDS):
                        piece = await anext(pieces, b"")
                    spool.write(piece)
                    size, is_end = size + len(piece), not piece
                    if checksum is not None:
                        checksum.add(piece)
            except (ConnectionResetError, TimeoutError) as error:
                lost = ConnectionResetError(str(error))
            if not size:
                return None, is_end, lost
            spool.seek(0)
            part = Part(ids.record_id(), size)
            async with self._storing:
                await self._depot.store_part(parcel, part, cast(BinaryIO, spool))
        return part, is_end, lost
