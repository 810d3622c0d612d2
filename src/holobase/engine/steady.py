"""Work under definitions that people change while it runs.

Whatever fails because a collection was defined anew meanwhile is begun anew with what is in force
now: nobody is told of it. A command is refused by `Kernel.run` where it was prepared under other
definitions than it meets; a read may find a column gone.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from holobase.domain.errors import DefinitionsChanged, NotFound, Refusal
from holobase.engine.catalogue import Catalogue, Definition
from holobase.ports.store import Store

T = TypeVar("T")

ATTEMPTS_MAX = 5
"""How often work is begun. Definitions are changed by people: two changes within one request are
rare, five are a script gone wrong."""


async def steady(catalogue: Catalogue, store: Store, attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of work that looks definitions up itself.

    Raises what the work raises, and DefinitionsChanged where they change again and again.
    """
    for _ in range(ATTEMPTS_MAX):
        revisions = catalogue.revisions
        try:
            return await attempt()
        except Refusal:
            raise
        except Exception:
            await store.look()
            if catalogue.revisions == revisions:
                raise
    raise DefinitionsChanged("the definitions keep changing")


async def steadily(
    catalogue: Catalogue,
    store: Store,
    definition: Definition,
    attempt: Callable[[Definition], Awaitable[T]],
) -> T:
    """As `steady`, for work with the definition of one collection, as it is in force then.

    Raises NotFound where the collection is gone.
    """

    async def prepared() -> T:
        current = catalogue.by_id(definition.collection.id)
        if current is None:
            raise NotFound("not_found")
        return await attempt(current)

    return await steady(catalogue, store, prepared)
