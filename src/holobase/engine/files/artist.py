"""Deriving what pictures of records show: a durable reader of the log that works beside everything
else. A record is usable before that arrives, and what arrives is an event like all others.

What it does is found in the record itself (`Pictured.made_of`), so it may do a thing again after a
crash, or beside a twin on another machine, and nothing is derived twice or left out.
"""

import asyncio
import hashlib
import io
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from holobase.domain.artwork import Pictured
from holobase.domain.errors import BlobMissing, VersionConflict
from holobase.domain.event import CREATED, IMPORTED, UPDATED, Event
from holobase.domain.file_names import stored_name
from holobase.domain.record import Record
from holobase.domain.upload import Upload
from holobase.engine.background import Background
from holobase.engine.catalogue import Definition
from holobase.engine.files import marks
from holobase.engine.files.keeper import Baggage, Keeper
from holobase.engine.files.places import Places
from holobase.engine.files.thumbs import fetch
from holobase.engine.files.uploads import SentFile
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command, Remember
from holobase.ports.imaging import Artwork, ImageRefused, Imaging
from holobase.ports.locks import Locks

NAME: Final = "artwork"

EVENTS_AT_ONCE: Final = 200
"""Events behind which the checkpoint moves; after a crash so many are looked at again."""

UNTOLD_MAX: Final = 2_000
"""Events about other things behind which the checkpoint may stay: moving it costs a commit."""

POLL_SECONDS: Final = 5.0
"""How soon another process goes on where one has died."""

RETRY_SECONDS: Final = 10.0
"""Pause after a store of blobs that could not be reached."""

KNOWN_MAX: Final = 64
"""Pictures whose artwork is remembered: the same picture often comes several times in a row."""

NOTHING: Final = Artwork(0, 0, (), "", b"", b"")
"""What is derived from no picture, or from one of which nothing can be made."""


_TELLING: Final = frozenset({CREATED, UPDATED, IMPORTED})


class Artist(Background):
    """Works from `async with` until the block is left, in one process of a machine at a time."""

    def __init__(
        self,
        kernel: Kernel,
        places: Places,
        keeper: Keeper,
        imaging: Imaging,
        locks: Locks,
        pictured: Iterable[Pictured],
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(
            on_failure,
            retry_seconds=RETRY_SECONDS,
            poll_seconds=POLL_SECONDS,
            store=kernel.store,
        )
        self._kernel = kernel
        self._places = places
        self._keeper = keeper
        self._imaging = imaging
        self._locks = locks
        self._pictured = {each.collection: each for each in pictured}
        self._known: OrderedDict[bytes, Artwork] = OrderedDict()
        self._seen = 0

    def hears(self, events: Iterable[Event]) -> bool:
        """Whether pictures may have changed."""
        return bool(self._meant(events))

    async def step(self) -> bool:
        """Looks at all events where nobody else does; what comes later wakes it."""
        async with self._locks.attempt(NAME) as is_ours:
            while is_ours and await self._look():
                pass
        return False

    async def _look(self) -> bool:
        """Looks at the next events; whether there were any. Raises Unavailable."""
        log = self._kernel.store.log
        checkpoint = await log.checkpoint(NAME)
        events = await log.events(max(checkpoint, self._seen), EVENTS_AT_ONCE)
        if not events:
            return False
        meant = self._meant(events)
        for collection, record_id in meant:
            await self.derive(self._pictured[collection], record_id)
        self._seen = events[-1].position
        if not meant and self._seen < checkpoint + UNTOLD_MAX:
            return True

        def remember(_: Unit) -> Command[None]:
            try:
                yield Remember(NAME, events[-1].position, checkpoint)
            except VersionConflict:  # a twin has been here
                return

        await self._kernel.run(self._kernel.service_request(NAME), remember)
        return True

    async def derive(self, pictured: Pictured, record_id: str) -> None:
        """Brings what a record shows up to its picture. Raises Unavailable."""
        request = self._kernel.service_request(NAME)
        record = await self._kernel.run(
            request, lambda unit: unit.find(pictured.collection, record_id)
        )
        if record is None or record.values[pictured.source] == record.values[pictured.made_of]:
            return
        definition = self._kernel.catalogue.get(pictured.collection)
        artwork = await self._artwork(definition, record, pictured)
        baggage, names = _baggage(artwork, pictured)
        try:
            if baggage.uploads:
                await self._keeper.store(definition.collection.id, record_id, baggage)
            values = _values(definition, pictured, record, artwork, names)
            await self._kernel.run(request, lambda unit: _keep(unit, pictured, values, baggage))
        finally:
            await self._keeper.release(baggage)

    def _meant(self, events: Iterable[Event]) -> list[tuple[str, str]]:
        """The records whose pictures the events have changed, each once."""
        found: dict[tuple[str, str], None] = {}
        for event in events:
            collection_id, _, record_id = event.stream.partition("/")
            definition = self._kernel.catalogue.by_id(collection_id)
            pictured = self._pictured.get(definition.name) if definition else None
            if definition is None or pictured is None or event.kind not in _TELLING:
                continue
            if pictured.source in definition.sealed or _tells_picture(event, pictured):
                found[pictured.collection, record_id] = None
        return list(found)

    async def _artwork(self, definition: Definition, record: Record, pictured: Pictured) -> Artwork:
        name = record.values[pictured.source]
        if not name:
            return NOTHING
        key = marks.key_of(definition.collection.id, record.id, name)
        try:
            with tempfile.TemporaryDirectory(prefix="holobase-artwork-") as folder:
                source = Path(folder) / "picture"
                await fetch(await self._places.files(), key, source)
                return await self._drawn(source)
        except (ImageRefused, BlobMissing):
            return NOTHING

    async def _drawn(self, source: Path) -> Artwork:
        content = await asyncio.to_thread(source.read_bytes)
        digest = hashlib.sha256(content).digest()
        artwork = self._known.get(digest)
        if artwork is None:
            artwork = await self._imaging.artwork(source)
            self._known[digest] = artwork
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)
        return artwork


def _tells_picture(event: Event, pictured: Pictured) -> bool:
    """Whether the event tells the picture of a record, and not that it begins without one."""
    told = msgspec.json.decode(event.data, type=dict[str, msgspec.Raw])
    source = told.get(pictured.source)
    return source is not None and source != told.get(pictured.made_of)


def _baggage(artwork: Artwork, pictured: Pictured) -> tuple[Baggage, Mapping[str, str]]:
    """The maps as files to be stored, and the name of each by its field."""
    uploads: dict[str, Upload] = {}
    sources: dict[str, SentFile] = {}
    names: dict[str, str] = {}
    maps = {pictured.foil_mask: artwork.foil_mask, pictured.normal_map: artwork.normal_map}
    for field, content in maps.items():
        names[field] = stored_name(f"{field}.png", ".png") if content else ""
        if content:
            name = names[field]
            uploads[name] = Upload(name, f"{field}.png", len(content), "image/png")
            sources[name] = SentFile(f"{field}.png", io.BytesIO(content), len(content))
    return Baggage(uploads, sources), names


def _values(
    definition: Definition,
    pictured: Pictured,
    record: Record,
    artwork: Artwork,
    names: Mapping[str, str],
) -> dict[str, Any]:
    wire = {
        pictured.made_of: record.values[pictured.source],
        pictured.width: artwork.width,
        pictured.height: artwork.height,
        pictured.palette: [*artwork.palette] or None,
        pictured.blurhash: artwork.blurhash,
        **names,
    }
    fields = definition.collection.field_by_name
    return {
        "id": record.id,
        **{name: fields[name].normalise(value) for name, value in wire.items()},
    }


def _keep(
    unit: Unit, pictured: Pictured, values: Mapping[str, Any], baggage: Baggage
) -> Command[None]:
    """Keeps what was derived, if the picture is still the same and nobody was faster."""
    definition = unit.catalogue.get(pictured.collection)
    record = yield from command.load(definition.collection, values["id"])
    is_current = (
        record is not None
        and record.values[pictured.source] == values[pictured.made_of]
        and record.values[pictured.made_of] != values[pictured.made_of]
    )
    if record is None or not is_current:
        return
    for key, since in baggage.marked.items():
        yield from marks.take(key, since)
    yield from unit.derive(definition, record, {**record.values, **values})
