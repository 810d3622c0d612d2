"""Which stored bodies are good: those of revisions that show a record as the one in force does.

A new rule or index makes a new revision and changes no body. Without a look at what has changed,
every record that was written before would be rendered again by everybody who reads it.
"""

from typing import Final

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.event import DEFINITIONS, DELETED, stream_of
from holobase.engine.catalogue import Definition
from holobase.ports.store import EventLog

REVISIONS_MAX: Final = 100
"""Revisions that are looked through; bodies from before them are taken for old."""

COLLECTIONS_MAX: Final = 1_000
"""Collections for which that is remembered, those among them that are gone."""


class Bodies:
    """Remembers one number for each collection; a definition in force never changes its past."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._oldest: dict[str, tuple[int, int]] = {}

    async def oldest(self, definition: Definition) -> int:
        """The oldest revision whose bodies this one would render alike, as all between them."""
        revision, oldest = self._oldest.get(definition.collection.id, (0, 0))
        if revision != definition.revision:
            oldest = await self._look(definition)
            if len(self._oldest) >= COLLECTIONS_MAX:
                self._oldest.clear()
            self._oldest[definition.collection.id] = definition.revision, oldest
        return oldest

    async def _look(self, definition: Definition) -> int:
        collection, oldest = definition.collection, definition.revision
        for event in await self._log.newest(stream_of(DEFINITIONS, collection.id), REVISIONS_MAX):
            if event.version <= definition.revision:
                told = msgspec.json.decode(event.data, type=Collection)
                if event.kind == DELETED or not _render_alike(told, collection):
                    break
                oldest = event.version
        return oldest


def _render_alike(one: Collection, other: Collection) -> bool:
    return (one.name, one.type, one.fields) == (other.name, other.type, other.fields)
