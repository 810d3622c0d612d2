"""The whole product at a glance: every service, in an order in which relations point back."""

from holobase.community.cards.pictures import PICTURES as CARD_PICTURES
from holobase.community.cards.service import CARDS
from holobase.community.identity.service import IDENTITY
from holobase.community.market.service import MARKET
from holobase.community.social.service import SOCIAL
from holobase.domain.artwork import Pictured
from holobase.domain.declaration import Declaration
from holobase.engine.ownership import Ownership, Service, ownership
from holobase.engine.reactions import Reaction

SERVICES: tuple[Service, ...] = (IDENTITY, MARKET, CARDS, SOCIAL)

OWNERSHIP: tuple[Ownership, ...] = ownership(SERVICES)
"""Who owns what and reads what. Made here, so that no process starts on a product in which a
service reaches further than it says (OwnershipError)."""

DECLARATIONS: tuple[Declaration, ...] = tuple(
    declaration for service in SERVICES for declaration in service.collections
)

PICTURES: tuple[Pictured, ...] = CARD_PICTURES
"""The pictures from which something is derived."""

REACTIONS: tuple[Reaction, ...] = tuple(
    reaction for service in SERVICES for reaction in service.reactions
)
"""The reactions of all services, for `engine.reactions.Reactions`."""
