"""What people do with cards in the demo data: rate them, download them, keep them."""

from collections.abc import Iterator
from typing import Any

from holobase.community.seed.step import Step
from holobase.community.seed.world import Person, Thing, World

STARS, STAR_WEIGHTS = (5, 4, 3, 2, 1), (48, 32, 13, 5, 2)
WAYS, WAY_WEIGHTS = ("draw", "trade", "gift", "create"), (50, 25, 20, 5)
CONDITIONS, CONDITION_WEIGHTS = ("mint", "near_mint", "good", "fair"), (55, 30, 12, 3)


def ratings(world: World, count: int) -> Iterator[Step]:
    """Ratings of cards, none of one's own."""
    for person, card in _of_others(world, count):
        stars = world.random.choices(STARS, STAR_WEIGHTS)[0]
        yield _step(world, "card_ratings", person, card, {"rating": stars})


def downloads(world: World, count: int) -> Iterator[Step]:
    """Downloads of open cards."""
    for person, card in _of_others(world, count):
        yield _step(world, "card_downloads", person, card, {})


def items(world: World, count: int) -> Iterator[Step]:
    """Cards that people have collected."""
    for person, card in _of_others(world, count):
        kept = {
            "obtained_via": world.random.choices(WAYS, WAY_WEIGHTS)[0],
            "condition": world.random.choices(CONDITIONS, CONDITION_WEIGHTS)[0],
        }
        yield _step(world, "collection_items", person, card, kept)


def _of_others(world: World, count: int) -> Iterator[tuple[Person, Thing]]:
    cards = {card.id: card for card in world.cards if card.is_open}
    open_cards = list(cards.values())

    def draw() -> tuple[Person, str]:
        person, card = world.one(world.people), world.popular(open_cards)
        return (person, card.id) if card.owner != person.id else draw()

    for person, card_id in world.distinct(count, draw):
        yield person, cards[card_id]


def _step(world: World, collection: str, person: Person, card: Thing, more: dict[str, Any]) -> Step:
    body = {"id": world.new_id(), "user": person.id, "card": card.id, **more}
    return Step(collection, body, person.id, world.moment(person.at, card.at))
