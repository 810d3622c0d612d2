"""Identity as a service: what it owns, does and reads of others."""

from holobase.community.identity.collections import COLLECTIONS
from holobase.community.identity.fixtures import FIXTURES
from holobase.community.identity.reactions import REACTIONS
from holobase.engine.ownership import Service

IDENTITY = Service(
    name="identity",
    collections=COLLECTIONS,
    reactions=REACTIONS,
    fixtures=FIXTURES,
    reads=(
        "unified_cards",
        "collections",
        "collection_items",
        "templates",
        "template_downloads",
        "community_posts",
        "comments",
        "likes",
        "follows",
        "reports",
    ),
)
