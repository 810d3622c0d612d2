"""Social as a service: what it owns, does and reads of others."""

from holobase.community.social.collections import COLLECTIONS
from holobase.community.social.reactions import REACTIONS
from holobase.engine.ownership import Service

SOCIAL = Service(name="social", collections=COLLECTIONS, reactions=REACTIONS)
