"""The templates of the demo data and what people say about them."""

from collections.abc import Iterator
from typing import Any

from holobase.community.market.categories import CATEGORIES
from holobase.community.seed.step import Step
from holobase.community.seed.texts import cards, market
from holobase.community.seed.world import Person, Thing, World

LICENSES = ("CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-NC-SA", "ARR")
PRICES = (0, 0, 0, 0, 0, 0, 0, 1_900, 2_900, 4_900)
STARS, STAR_WEIGHTS = (5, 4, 3, 2, 1), (52, 28, 12, 5, 3)


def templates(world: World, count: int) -> Iterator[Step]:
    """Published, approved templates; some are remixes of earlier ones."""
    for _ in range(count):
        creator = world.popular(world.people)
        original = world.popular(world.templates) if len(world.templates) > 5 else None
        if original and not (original.body["allow_remix"] and world.happens(0.2)):
            original = None
        at = world.moment(creator.at, original.at if original else 0)
        body = _template(world, creator, original)
        world.templates.append(Thing(body["id"], creator.id, at, body=body))
        yield Step("templates", body, None, at)


def reviews(world: World, count: int) -> Iterator[Step]:
    """One review by a person of a template at most, mostly kind ones, none of one's own."""

    def draw() -> tuple[Person, str]:
        writer, template = world.one(world.people), world.popular(world.templates)
        return (writer, template.id) if writer.id != template.owner else draw()

    uploaded = {template.id: template.at for template in world.templates}
    for writer, template in world.distinct(count, draw):
        stars = world.random.choices(STARS, STAR_WEIGHTS)[0]
        body = {
            "id": world.new_id(),
            "template": template,
            "user": writer.id,
            "rating": stars,
            "creativity": min(5, stars + world.one((0, 0, 1))),
            "usability": stars,
            "completeness": max(1, stars - world.one((0, 0, 1))),
            "comment": world.one(market.REVIEWS[stars]),
        }
        yield Step("reviews", body, writer.id, world.moment(writer.at, uploaded[template]))


def _template(world: World, creator: Person, original: Thing | None) -> dict[str, Any]:
    style, subject = world.one(market.STYLES), world.one(market.SUBJECTS)
    terms = original.body["license"] if original else world.one(LICENSES)
    return {
        "id": world.new_id(),
        "name": f"{style} {subject}" + (" 리믹스" if original else ""),
        "description": world.one(market.DESCRIPTIONS).format(style=style, subject=subject),
        "category": world.one(CATEGORIES).id,
        "creator": creator.id,
        "price": 0 if original else world.one(PRICES),
        "currency": "KRW",
        "license": terms,
        "allow_remix": terms != "ARR",
        "is_public": True,
        "status": "approved",
        "featured": world.happens(0.08),
        "original_template": original.id if original else "",
        "tags": world.random.sample([name for name, _, _ in cards.TAGS], 3),
        "template_data": _design(world, creator, style),
    }


def _design(world: World, creator: Person, style: str) -> dict[str, Any]:
    return {
        "background": {
            "type": "gradient",
            "colors": [creator.team.primary_color, creator.team.secondary_color],
            "angle": world.one((0, 45, 90, 135)),
        },
        "holographic": {"pattern": style, "intensity": world.one((30, 50, 70))},
        "text": [
            {"role": "title", "x": 50, "y": 82, "size": 28, "align": "center"},
            {"role": "season", "x": 50, "y": 92, "size": 14, "align": "center"},
        ],
        "metadata": {"version": "1.0.0", "width": 630, "height": 880},
    }
