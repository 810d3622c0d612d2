"""Cards as a service: what it owns, does and reads of others."""

from holobase.community.cards.collections import COLLECTIONS
from holobase.community.cards.reactions import REACTIONS
from holobase.engine.ownership import Service

CARDS = Service(
    name="cards", collections=COLLECTIONS, reactions=REACTIONS, reads=("likes", "comments")
)
