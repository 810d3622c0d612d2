"""What cards do because of events: tags come into being by use, complete collections are told."""

from holobase.community.cards.measures import is_complete, is_listed
from holobase.community.reacting import after, before, record_id
from holobase.community.values import names
from holobase.engine.reactions import Applied, Command, Reaction, ScopedUnit, react

OWNER = "cards"

tag_names = names("community_tags")


def make_tags(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A name that a public card is tagged with is a tag from then on."""
    card, old = after(cause), before(cause)
    if not is_listed(card):
        return
    known = tag_names(old) if old and is_listed(old) else []
    for name in dict.fromkeys(tag_names(card)):
        if name not in known and not (yield from unit.find_by("tags", "name", name)):
            yield from unit.create("tags", {"name": name}, cause)


def announce_completion(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Completing a collection is a fact worth telling."""
    collection, old = after(cause), before(cause)
    if is_complete(collection) and not (old and is_complete(old)):
        told = {"owner": collection["owner"], "total_cards": collection["total_cards"]}
        yield from unit.fact("collection.completed", "collections", record_id(cause), told, cause)


REACTIONS: tuple[Reaction, ...] = (
    react(
        make_tags,
        "unified_cards.created",
        "unified_cards.updated",
        owner=OWNER,
        writes=("tags",),
    ),
    react(
        announce_completion,
        "collections.created",
        "collections.updated",
        owner=OWNER,
        writes=("collections",),
    ),
)
