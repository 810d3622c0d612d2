"""Making a backup: one moment of the log, read in short looks while everybody goes on writing.

What stands beside the log, and which files records name, is read in one look at that moment.
Events never change, so they are read afterwards, page by page; and a file that is named is kept for
as long as somebody has the turn to make backups (`files/cleaner.py`), whatever becomes of its
record.
"""

import hashlib
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from typing import IO, Any, Final

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.domain.event import CREATED, DEFINITIONS, DELETED, IMPORTED
from holobase.domain.fields import FileField
from holobase.engine.backups.channel import Channel
from holobase.engine.backups.format import (
    CHECKPOINTS,
    EVENTS,
    FILES,
    FORMAT,
    LOG,
    MANIFEST,
    SIGNATURE,
    TABLES,
    Entry,
    FileHead,
    Manifest,
    Told,
    framed,
    frames,
)
from holobase.engine.files import marks
from holobase.engine.moving.exporting import OWN_COLUMNS
from holobase.engine.moving.records import Progress
from holobase.engine.sealing import Sealer
from holobase.ports.blob_store import Blob, BlobStore
from holobase.ports.clock import Clock
from holobase.ports.mirror import Part
from holobase.ports.store import Snapshot

ROWS_PER_READ: Final = 500
"""Rows held in memory at once."""

PAGE_BYTES: Final = 4 * 1024 * 1024
"""What a page of events is to weigh: where they are large, fewer are read at once."""

LOOK_SECONDS: Final = 0.5
"""How long one look into the store may last: meanwhile SQLite cannot shorten its log."""

SPOOL_BYTES: Final = 1024 * 1024
"""Names of files kept in memory; more of them go to the disk."""


class Writing:
    """Writes one backup into a channel."""

    def __init__(
        self,
        look: Callable[[], AbstractAsyncContextManager[Snapshot]],
        files: BlobStore,
        sealer: Sealer,
        out: Channel,
        progress: Progress,
    ) -> None:
        self._look = look
        self._files = files
        self._sealer = sealer
        self._out = out
        self._progress = progress
        self._zip = zipfile.ZipFile(out, "w", compresslevel=1)
        self._entries: list[Entry] = []
        self._records: Counter[str] = Counter()

    async def run(self, clock: Clock, program: str, *, community: bool) -> Manifest:
        """Writes everything; what that was. The channel is at its end then. `community` says of
        which kind the instance is."""
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as named:
            async with self._look() as snapshot:
                made, position = clock(), await snapshot.log.position()
                definitions = await snapshot.definitions()
                await self._tables(snapshot)
                names = 0
                for _, collection in definitions:
                    names += await self._names(snapshot, collection, named)
            await self._log(position)
            named.seek(0)
            files, file_bytes = await self._blobs(named, names)
        manifest = Manifest(
            format=FORMAT,
            program=program,
            made=made,
            key=self._sealer.fingerprint,
            position=position,
            community=community,
            collections=tuple(
                Told(c.id, c.name, c.type, revision, self._records[c.id])
                for revision, c in sorted(definitions, key=lambda each: each[1].name)
            ),
            files=files,
            file_bytes=file_bytes,
            missing=names - files,
            entries=tuple(self._entries),
        )
        told = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._zip.writestr(MANIFEST, told)
        self._zip.writestr(SIGNATURE, self._sealer.signature(told))
        self._zip.close()
        self._out.close()
        return manifest

    async def _tables(self, snapshot: Snapshot) -> None:
        for part in TABLES:
            with self._entry(part.table) as entry:
                async for rows in _pages(snapshot, part):
                    await self._put(entry, rows)
        with self._entry(CHECKPOINTS) as entry:
            await self._put(entry, await snapshot.checkpoints())

    async def _put(self, entry: "_Entry", rows: list[Any]) -> None:
        entry.write(b"".join(framed(row) for row in rows))
        await self._out.drain()

    async def _names(self, snapshot: Snapshot, collection: Collection, named: IO[bytes]) -> int:
        """Notes the keys of all files that the records of a collection name; how many."""
        fields = [
            (place + OWN_COLUMNS, field)
            for place, field in enumerate(collection.fields)
            if isinstance(field, FileField)
        ]
        if collection.is_view or not fields:
            return 0
        place_of_id = collection.field_names.index("id") + OWN_COLUMNS
        count = 0
        async for rows in _pages(snapshot, Part(collection.name, (), collection, first=-1)):
            for row in rows:
                for place, field in fields:
                    for name in field.items(field.from_cell(row[place])):
                        named.write(framed(marks.key_of(collection.id, row[place_of_id], name)))
                        count += 1
        return count

    async def _log(self, position: int) -> None:
        """All events up to a position, and how many records they leave."""
        after, limit = 0, ROWS_PER_READ
        with self._entry(LOG, compressed=True) as entry:
            while after < position:
                until = time.monotonic() + LOOK_SECONDS
                async with self._look() as snapshot:
                    while after < position and time.monotonic() < until:
                        rows = await snapshot.page(EVENTS, after, min(limit, position - after))
                        if not rows:
                            raise DamagedData(f"The log ends at {after}, before {position}.")
                        page = b"".join(framed(row) for row in rows)
                        entry.write(page)
                        self._count(rows)
                        after = rows[-1][0]
                        limit = _fitting(limit, len(page))
                        await self._out.drain()
                self._progress("events", after, position)

    def _count(self, rows: list[Any]) -> None:
        for row in rows:
            collection, _, kind = row[4].rpartition(".")
            owner, _, record = row[2].partition("/")
            if "/" in record:
                continue  # a fact
            if collection == DEFINITIONS:
                if kind == DELETED:
                    del self._records[record]
            elif kind in (CREATED, IMPORTED):
                self._records[owner] += 1
            elif kind == DELETED:
                self._records[owner] -= 1

    async def _blobs(self, named: IO[bytes], count: int) -> tuple[int, int]:
        """The files, as far as they are there; how many that are, and their bytes."""
        files = size = 0
        with self._entry(FILES) as entry:
            for number, frame in enumerate(frames(named), 1):
                blob = await self._files.look(msgspec.msgpack.decode(frame, type=str))
                if blob is not None:
                    await self._blob(entry, blob)
                    files, size = files + 1, size + blob.size
                self._progress("files", number, count)
        return files, size

    async def _blob(self, entry: "_Entry", blob: Blob) -> None:
        entry.write(framed(FileHead(blob.key, blob.size, blob.content_type, blob.original_name)))
        left = blob.size
        async with aclosing(self._files.read(blob.key)) as pieces:
            async for piece in pieces:
                left -= len(piece)
                entry.write(piece)
                await self._out.drain()
        if left:
            raise DamagedData(f"The file {blob.key} was changed while it was read.")

    @contextmanager
    def _entry(self, name: str, *, compressed: bool = False) -> Iterator["_Entry"]:
        self._zip.compression = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        with self._zip.open(name, "w", force_zip64=True) as file:
            entry = _Entry(file)
            yield entry
        self._entries.append(Entry(name, entry.size, entry.digest.hexdigest()))


class _Entry:
    """What is written into an entry, measured on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self.digest.update(data)
        self._file.write(data)


async def _pages(snapshot: Snapshot, part: Part) -> AsyncIterator[list[Any]]:
    after = part.first
    while rows := await snapshot.page(part, after, ROWS_PER_READ):
        yield rows
        after = rows[-1][0]


def _fitting(limit: int, size: int) -> int:
    """How many rows to read next, where `limit` of them had so many bytes."""
    return max(1, min(ROWS_PER_READ, limit * PAGE_BYTES // max(size, 1)))
