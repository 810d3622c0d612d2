"""Which relations a store indexes by itself: who refers to a record is asked whenever one is
deleted, and without an index all rows would be read while every other write waits.
"""

import re
from typing import Final

from holobase.domain.collection import Collection
from holobase.domain.fields import RelationField
from holobase.domain.fields.field import OWN_PREFIX

_FIRST_COLUMN: Final = re.compile(
    r"\bON\b[^(]*\(\s*[`\"\[]?(\w+)[`\"\]]?\s*(?:ASC|DESC)?\s*[,)]", re.IGNORECASE
)
_PARTIAL: Final = re.compile(r"\)\s*WHERE\b", re.IGNORECASE)


def unindexed(collection: Collection) -> tuple[RelationField, ...]:
    """The relations to one record that no index of the definition serves. Those to many are read
    through: one index cannot find what is in a list."""
    found = (_FIRST_COLUMN.search(text) for text in collection.indexes if not _PARTIAL.search(text))
    served = {match[1].lower() for match in found if match}
    return tuple(
        relation
        for relation in collection.relations
        if not relation.is_multiple and relation.name.lower() not in served
    )


def index_name(collection: Collection, relation: RelationField) -> str:
    """What the store's own index is called: no definition may call one so."""
    return f"{OWN_PREFIX}by_{collection.id}_{relation.id}"
