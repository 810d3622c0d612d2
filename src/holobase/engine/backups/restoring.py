"""From a backup to a store that may take the place of another: the log is replayed, which proves
its chain, and the files are put where the restored instance will look for them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Final

from holobase.domain.collection import Collection
from holobase.domain.declaration import Declaration
from holobase.domain.errors import BadRequest, BlobMissing
from holobase.domain.event import Event, NewEvent, chain_hash, facts_of, numbered
from holobase.domain.fields import FileField
from holobase.domain.settings import DEFAULTS, InstanceSettings
from holobase.engine import instance_settings
from holobase.engine.backups.archive import Archive, ArchivedFile
from holobase.engine.backups.format import CHECKPOINTS, EVENTS, LOG, TABLES
from holobase.engine.files import marks
from holobase.engine.moving.exporting import OWN_COLUMNS
from holobase.engine.moving.records import Progress
from holobase.engine.replay import Replay
from holobase.engine.sealing import Sealer
from holobase.kit import ids, json
from holobase.ports import command
from holobase.ports.blob_store import BlobStore
from holobase.ports.command import Command
from holobase.ports.draft import Draft
from holobase.ports.mirror import Part
from holobase.ports.store import Snapshot

STREAM: Final = facts_of("_backups", "instance")
RESTORED: Final = "_backups.restored"
"""The stream and the fact that tell, as the first of the restored instance, of the restore."""

ROWS_AT_ONCE: Final = 500
"""Rows held in memory at once, and files that are marked together."""

Mark = Callable[[Sequence[str]], Awaitable[None]]
"""Has the instance that is there, if any, remember files that it does not name."""

_EVENT = tuple[
    int, bytes, str, int, str, int, bytes, bytes | None, str, str, bytes | None, int, bytes
]


class _Source:
    """The log of an archive, read once from its beginning, in the place of a snapshot."""

    def __init__(self, archive: Archive, draft: Draft) -> None:
        self._rows = archive.rows(LOG, _EVENT)
        self._draft = draft
        self.position = 0

    @property
    def log(self) -> "_Source":
        return self

    async def events(self, after: int = 0, limit: int = ROWS_AT_ONCE) -> list[Event]:
        """The next events; `after` is where the last ones ended."""
        found = [
            Event(**dict(zip(EVENTS.columns, row, strict=True)))
            for row in islice(self._rows, limit)
        ]
        if [event.position for event in found] != [*range(after + 1, after + len(found) + 1)]:
            raise BadRequest("backup_damaged")
        self.position = after + len(found)
        return found

    async def person_key(self, subject: str) -> bytes | None:
        """The wrapped key of a person."""
        return await self._draft.snapshot().person_key(subject)


async def rebuild(
    archive: Archive,
    draft: Draft,
    sealer: Sealer,
    declarations: list[Declaration],
    progress: Progress,
) -> None:
    """Fills a draft with everything but the files. Raises BadRequest or DamagedData."""
    manifest = archive.manifest
    for part in TABLES:
        draft.put(part, (tuple(row) for row in archive.rows(part.table, list)))
    source = _Source(archive, draft)
    replay = Replay(source, draft, sealer, declarations)  # type: ignore[arg-type]
    await replay.run(lambda done: progress("events", done, manifest.position))
    draft.remember([tuple(row) for row in archive.rows(CHECKPOINTS, list)])
    if source.position != manifest.position:
        raise BadRequest("backup_damaged")
    records = {told.id: told.records for told in manifest.collections if told.type != "view"}
    counted = {
        collection.id: draft.count(collection)
        for _, collection in await draft.snapshot().definitions()
        if not collection.is_view
    }
    if counted != records:
        raise BadRequest("backup_damaged")


def tell(draft: Draft, archive: Archive, key: str, actor: str, now: int) -> None:
    """Adds the fact that this was restored, behind everything that was."""
    manifest = archive.manifest
    version, previous = draft.head(STREAM)
    fact = NewEvent(
        id=ids.event_id(now),
        stream=STREAM,
        type=RESTORED,
        schema=0,
        data=json.encode({"name": key, "position": manifest.position, "made": manifest.made}),
        sealed=None,
        actor=actor,
        request_id="",
        causation_id=None,
        at=now,
    )
    digest = chain_hash(previous, version + 1, fact)
    event = numbered(fact, version + 1, digest, manifest.position + 1)
    draft.apply(event, None)


async def settings_of(snapshot: Snapshot, sealer: Sealer) -> InstanceSettings:
    """The settings that hold in what a snapshot shows."""
    events = await snapshot.log.newest(instance_settings.STREAM, 1)
    return instance_settings.from_event(events[0], sealer) if events else DEFAULTS


async def bring_files(archive: Archive, blobs: BlobStore, mark: Mark, progress: Progress) -> int:
    """Puts every file of a backup in its place, those that are there as they were excepted; how
    many were put. What stands in the way of one is written over."""
    done = put = 0
    files = archive.files()
    while some := [*islice(files, ROWS_AT_ONCE)]:
        wanted = [file for file in some if not await _is_there(archive, file, blobs)]
        await mark([file.head.key for file in wanted])
        for file in wanted:
            head = file.head
            content, name = archive.content(file), head.original_name
            await blobs.put(head.key, content, head.content_type, original_name=name)
        done, put = done + len(some), put + len(wanted)
        progress("files", done, archive.manifest.files)
    return put


async def let_go(before: Snapshot, draft: Draft) -> None:
    """Marks the files that the instance that is there names and the restored one does not: they are
    deleted once that is in force."""
    here = {c.id: c for _, c in await draft.snapshot().definitions()}
    for _, collection in await before.definitions():
        fields = [field for field in collection.fields if isinstance(field, FileField)]
        if collection.is_view or not fields:
            continue
        part = Part(collection.name, (), collection, first=-1)
        after = part.first
        while rows := await before.page(part, after, ROWS_AT_ONCE):
            for row in rows:
                values = dict(zip(collection.field_names, row[OWN_COLUMNS:], strict=True))
                values |= {field.name: field.from_cell(values[field.name]) for field in fields}
                restored = here.get(collection.id)
                record = draft.load(restored, str(values["id"])) if restored else None
                named = set[str]()
                if restored is not None and record is not None:
                    file_fields = [f for f in restored.fields if isinstance(f, FileField)]
                    named = marks.names(file_fields, record.values)
                gone = marks.names(fields, values) - named
                keys = [marks.key_of(collection.id, str(values["id"]), name) for name in gone]
                draft.remember([(marks.PREFIX + key, marks.GONE) for key in keys])
            after = rows[-1][0]


def mark_unnamed(key: str, collections: Mapping[str, Collection], now: int) -> Command[None]:
    """Marks a file that is about to be stored, unless a record names it: then it is being mended.

    Raises VersionConflict where it is marked already. `collections` are those in force, by id.
    """
    collection_id, record_id, name = key.split("/")
    collection = collections.get(collection_id)
    if collection is not None:
        record = yield from command.load(collection, record_id)
        fields = [field for field in collection.fields if isinstance(field, FileField)]
        if name in marks.names(fields, record.values if record else None):
            return
    yield from marks.mark([key], now)


async def _is_there(archive: Archive, file: ArchivedFile, blobs: BlobStore) -> bool:
    """Whether a file is in its place, byte for byte."""
    there = await blobs.look(file.head.key)
    if there is None or there.size != file.head.size:
        return False
    content = archive.content(file)
    try:
        async for piece in blobs.read(file.head.key):
            if piece != content.read(len(piece)):
                return False
    except BlobMissing:
        return False
    return not content.read(1)
