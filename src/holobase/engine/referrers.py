"""Who refers to records that are deleted. Where many go together, it is asked for all of them at
once, before the first one goes; what they leave behind may have changed that meanwhile.
"""

from collections.abc import Mapping, Sequence

from holobase.domain.collection import Collection, Schema
from holobase.domain.fields import RelationField
from holobase.domain.record import Record
from holobase.ports import command
from holobase.ports.command import Command, Find

ASKED_AT_ONCE_MAX = 500
"""Records whose referrers are asked for together: enough to share a query, few enough to hold."""


class Referrers:
    """What one deletion knows of referrers. `written` counts, by collection, what its command has
    written there, deletions aside: they alone bring no new referrers."""

    def __init__(self, schema: Schema, written: Mapping[str, int]) -> None:
        self._schema = schema
        self._written = written
        self._known: dict[tuple[str, str, str], tuple[int, list[Record]]] = {}

    def foresee(self, target: Collection, ids: Sequence[str]) -> Command[None]:
        """Asks who refers to these records of the collection."""
        asked = [
            (collection, relation, each)
            for collection, relation in self._schema.referring(target)
            for each in ids
        ]
        answers = yield from command.gather(Find(*question) for question in asked)
        for (collection, relation, each), records in zip(asked, answers, strict=True):
            key = collection.id, relation.name, each
            self._known[key] = self._written.get(collection.id, 0), records

    def of(
        self, collection: Collection, relation: RelationField, record_id: str
    ) -> Command[list[Record]]:
        """Who refers to the record by this field, by id. Some may have changed since, or be gone:
        none has been added."""
        known = self._known.pop((collection.id, relation.name, record_id), None)
        if known is not None and known[0] == self._written.get(collection.id, 0):
            return known[1]
        return (yield from command.find(collection, relation, record_id))
