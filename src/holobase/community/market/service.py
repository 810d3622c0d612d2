"""The market as a service: what it owns, does and reads of others."""

from holobase.community.market.collections import COLLECTIONS
from holobase.community.market.fixtures import FIXTURES
from holobase.community.market.reactions import REACTIONS
from holobase.engine.ownership import Service

MARKET = Service(name="market", collections=COLLECTIONS, reactions=REACTIONS, fixtures=FIXTURES)
