"""Out again: everything at one position of the log, as another program keeps it."""

import os
from collections import Counter

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.settings import DEFAULTS
from holobase.engine import instance_settings
from holobase.engine.moving.plan import SHORT_LIVED
from holobase.engine.moving.records import Progress
from holobase.engine.moving.settings import NONCE_BYTES, encrypted
from holobase.engine.sealing import Sealer
from holobase.kit import json
from holobase.ports.foreign_writer import ForeignWriter
from holobase.ports.mirror import Part
from holobase.ports.store import Snapshot

ROWS_PER_STEP = 500
"""Rows held in memory at once."""

OWN_COLUMNS = 5
"""What stands before the fields in a row of records: its place and what is kept of its stream."""


class Export:
    """Writes what a snapshot shows. `counts` and `notes` tell of it afterwards."""

    def __init__(self, snapshot: Snapshot, writer: ForeignWriter, sealer: Sealer) -> None:
        self._snapshot = snapshot
        self._writer = writer
        self._sealer = sealer
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []

    async def run(self, key: str, progress: Progress) -> None:
        """Definitions, records and settings; these encrypted where there is a key."""
        definitions = [collection for _, collection in await self._snapshot.definitions()]
        collections = sorted(definitions, key=lambda each: (each.type == "view", each.created))
        for number, collection in enumerate(collections, 1):
            for index in self._writer.define(collection):
                self.notes.append(f"{collection.name}: an index is left out: {index}")
            if collection.type != "view" and collection.name not in SHORT_LIVED:
                await self._records(collection)
            progress("collections", number, len(collections))
        await self._settings(key)

    async def _records(self, collection: Collection) -> None:
        part = Part(collection.name, (), collection, first=-1)
        after = part.first
        while rows := await self._snapshot.page(part, after, ROWS_PER_STEP):
            self._writer.records(collection, [row[OWN_COLUMNS:] for row in rows])
            self.counts[collection.name] += len(rows)
            after = rows[-1][0]

    async def _settings(self, key: str) -> None:
        events = await self._snapshot.log.stream(instance_settings.STREAM)
        kept = instance_settings.from_event(events[-1], self._sealer) if events else DEFAULTS
        plain = json.encode(msgspec.to_builtins(kept))
        nonce = os.urandom(NONCE_BYTES)
        self._writer.settings(encrypted(plain, key, nonce) if key else plain)
