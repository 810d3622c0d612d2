"""The whole product at a glance: every collection, in an order in which relations point back."""

from holobase.community.cards.collections import COLLECTIONS as CARDS
from holobase.community.identity.collections import COLLECTIONS as IDENTITY
from holobase.community.market.collections import COLLECTIONS as MARKET
from holobase.community.social.collections import COLLECTIONS as SOCIAL
from holobase.domain.declaration import Declaration

SERVICES: tuple[str, ...] = ("identity", "market", "cards", "social")

DECLARATIONS: tuple[Declaration, ...] = (*IDENTITY, *MARKET, *CARDS, *SOCIAL)
