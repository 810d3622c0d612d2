"""What an instance is made of: the card community, or the system's collections alone.

A folder (or a schema) is one of the two from its first start on. The community can be added to a
plain one; it cannot be left out again, because its counters and reactions would stand still.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from holobase.community.fixtures import FIXTURES
from holobase.community.identity.keeping import KEEPING
from holobase.community.product import DECLARATIONS, PICTURES, REACTIONS
from holobase.domain.artwork import Pictured
from holobase.domain.collection import Collection
from holobase.domain.declaration import Declaration
from holobase.domain.errors import DamagedData
from holobase.domain.event import CREATED, DEFINITIONS, stream_of
from holobase.domain.principal import Request
from holobase.engine.fixtures import Fixture
from holobase.engine.kernel import STARTUP
from holobase.engine.reactions import Reactions
from holobase.ports.store import EventLog, Store

_AT_STARTUP = Request(service=STARTUP).actor


@dataclass(frozen=True, slots=True)
class Product:
    """Collections, what happens because of their events, and the records there are from the first
    start on."""

    declarations: tuple[Declaration, ...]
    reactions: Reactions
    fixtures: tuple[Fixture, ...] = ()
    pictures: tuple[Pictured, ...] = ()


COMMUNITY = Product(DECLARATIONS, Reactions(*REACTIONS), FIXTURES, PICTURES)
SYSTEM = Product(
    tuple(declared for declared in DECLARATIONS if declared.name.startswith("_")),
    Reactions(*KEEPING),
)
"""The collections whose names begin with an underscore: without them nobody could log in."""

_OF_COMMUNITY = {d.collection.id for d in COMMUNITY.declarations} - {
    d.collection.id for d in SYSTEM.declarations
}


async def stored_product(log: EventLog, definitions: Iterable[Collection]) -> Product:
    """What was laid out here; the system alone where nothing was yet."""
    for collection in definitions:
        if collection.id in _OF_COMMUNITY and await _is_ours(log, collection):
            return COMMUNITY
    return SYSTEM


async def wanted_product(store: Store, without_community: bool) -> Product:
    """What is to be served here.

    Raises DamagedData where the community is here but not wanted, or is wanted and something else
    has the place of one of its collections.
    """
    return await wanted_of(
        store.log, [collection for _, collection in store.definitions()], without_community
    )


async def wanted_of(
    log: EventLog, definitions: list[Collection], without_community: bool
) -> Product:
    """As `wanted_product`, of a store that is not open yet."""
    if without_community:
        if await stored_product(log, definitions) is COMMUNITY:
            raise DamagedData(
                "The card community is kept here. Start without --without-community (and without "
                "HOLOBASE_WITHOUT_COMMUNITY), or choose another data folder."
            )
        return SYSTEM
    taken = await _taken(log, definitions)
    if taken:
        raise DamagedData(
            f"The card community has collections of its own in the place of {', '.join(taken)}. "
            "Move their records into collections of other names and delete them, or start with "
            "--without-community."
        )
    return COMMUNITY


async def _taken(log: EventLog, definitions: list[Collection]) -> list[str]:
    """The names of collections that people made where the community has its own."""
    by_id = {collection.id: collection for collection in definitions}
    if by_id.keys() >= _OF_COMMUNITY:  # all are here already
        return []
    names = {d.name.lower(): d.collection.id for d in COMMUNITY.declarations}
    return [
        collection.name
        for collection in definitions
        if names.get(collection.name.lower(), collection.id) != collection.id
        or (collection.id in _OF_COMMUNITY and not await _is_ours(log, collection))
    ]


async def _is_ours(log: EventLog, collection: Collection) -> bool:
    """Whether the program itself made this collection."""
    events = await log.stream(stream_of(DEFINITIONS, collection.id))
    made = [event for event in events if event.kind == CREATED]
    return bool(made) and made[-1].actor == _AT_STARTUP
