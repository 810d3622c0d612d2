"""The tags, cards and collections of the demo data."""

from collections.abc import Iterator
from typing import Any

from holobase.community.seed.step import Step
from holobase.community.seed.texts import cards as words
from holobase.community.seed.world import Person, Thing, World

RARITIES, RARITY_WEIGHTS = ("common", "rare", "epic", "legendary"), (60, 25, 12, 3)
EFFECTS = ("overlay", "soft-light", "hard-light")


def tags(world: World) -> Iterator[Step]:
    """The tags that the community knows from the start."""
    for name, color, description in words.TAGS:
        body = {"id": world.new_id(), "name": name, "color": color, "description": description}
        yield Step("tags", body, None, world.start)


def cards(world: World, count: int) -> Iterator[Step]:
    """Cards, most of them public; some follow a template, some remix an earlier card."""
    for _ in range(count):
        creator = world.popular(world.people)
        template = world.popular(world.templates) if world.happens(0.4) else None
        original = world.popular(world.cards) if world.cards and world.happens(0.08) else None
        if original and not original.is_open:
            original = None
        body = _card(world, creator)
        body |= {
            "template": template.id if template else "",
            "remixed_from": original.id if original else "",
        }
        at = world.moment(creator.at, *(found.at for found in (template, original) if found))
        world.cards.append(Thing(body["id"], creator.id, at, body["community_is_public"]))
        yield Step("unified_cards", body, creator.id, at)


def collections(world: World, count: int) -> Iterator[Step]:
    """What people gather cards in; a third of them is complete."""
    open_cards = [card for card in world.cards if card.is_open]
    for _ in range(count):
        owner = world.one(world.people)
        chosen = {card.id: card for card in (world.popular(open_cards) for _ in range(12))}
        kept = list(chosen.values())[: world.random.randint(3, 12)]
        missing = 0 if world.happens(0.33) else world.random.randint(1, 8)
        body = {
            "id": world.new_id(),
            "name": world.phrase(world.one(words.COLLECTION_NAMES), owner.team),
            "owner": owner.id,
            "is_public": world.happens(0.8),
            "cards": [card.id for card in kept],
            "target_cards": len(kept) + missing,
        }
        at = world.moment(owner.at, *(card.at for card in kept))
        yield Step("collections", body, owner.id, at)


def _card(world: World, creator: Person) -> dict[str, Any]:
    rarity = world.random.choices(RARITIES, RARITY_WEIGHTS)[0]
    return {
        "id": world.new_id(),
        "title": world.phrase(world.one(words.TITLES), creator.team),
        "description": world.phrase(world.one(words.DESCRIPTIONS), creator.team),
        "holographic_effect": world.one(EFFECTS),
        "holographic_intensity": world.random.randint(20, 95),
        "holographic_animation_duration": world.random.randint(4, 18) * 100,
        "photocard_rarity": rarity,
        "photocard_season": world.one(words.SEASONS),
        "community_creator": creator.id,
        "community_is_public": world.happens(0.88),
        "community_tags": [name for name, _, _ in world.random.sample(words.TAGS, 3)],
        "context": "community",
    }
