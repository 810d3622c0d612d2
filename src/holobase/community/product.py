"""The whole product at a glance: every collection, in an order in which relations point back,
and everything that happens because of events."""

from collections.abc import Mapping

from holobase.community.cards.collections import COLLECTIONS as CARDS
from holobase.community.cards.reactions import REACTIONS as CARD_REACTIONS
from holobase.community.identity.collections import COLLECTIONS as IDENTITY
from holobase.community.identity.reactions import REACTIONS as IDENTITY_REACTIONS
from holobase.community.market.collections import COLLECTIONS as MARKET
from holobase.community.social.collections import COLLECTIONS as SOCIAL
from holobase.community.social.reactions import REACTIONS as SOCIAL_REACTIONS
from holobase.domain.declaration import Declaration
from holobase.engine.reactions import Reaction

SERVICES: tuple[str, ...] = ("identity", "market", "cards", "social")

DECLARATIONS: tuple[Declaration, ...] = (*IDENTITY, *MARKET, *CARDS, *SOCIAL)

REACTIONS: tuple[Mapping[str, tuple[Reaction, ...]], ...] = (
    IDENTITY_REACTIONS,
    CARD_REACTIONS,
    SOCIAL_REACTIONS,
)
"""The tables of all services, for `engine.reactions.Reactions`."""
