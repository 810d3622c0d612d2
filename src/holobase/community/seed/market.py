"""The templates of the demo data and what people say about them."""

from collections import Counter
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


def versions(world: World, count: int) -> Iterator[Step]:
    """A first version of every template, and later ones of some."""
    numbers = Counter[str]()
    later = (world.popular(world.templates) for _ in range(count - len(world.templates)))
    for template in (*world.templates, *later):
        numbers[template.id] += 1
        body = {
            "id": world.new_id(),
            "template": template.id,
            "version": f"1.{numbers[template.id] - 1}.0",
            "changelog": world.one(market.CHANGELOGS),
            "template_data": template.body["template_data"],
        }
        is_first = numbers[template.id] == 1
        at = template.at if is_first else world.moment(template.at)
        yield Step("template_versions", body, template.owner, at)


def purchases(world: World, count: int) -> Iterator[Step]:
    """Sales of priced templates, each with the buyer's download."""
    priced = {thing.id: thing for thing in world.templates if thing.body["price"]}

    def draw() -> tuple[Person, str]:
        buyer, template = world.one(world.people), world.one(list(priced.values()))
        return (buyer, template.id) if buyer.id != template.owner else draw()

    for buyer, template_id in world.distinct(count, draw):
        template = priced[template_id]
        at = world.moment(buyer.at, template.at)
        body = {
            "id": world.new_id(),
            "buyer": buyer.id,
            "template": template_id,
            "amount": template.body["price"],
            "currency": "KRW",
            "provider": world.one(("toss", "stripe")),
            "provider_ref": f"demo-{world.new_id()}",
            "status": "paid",
        }
        yield Step("purchases", body, None, at)
        yield _download(world, buyer, template, at)


def downloads(world: World, count: int) -> Iterator[Step]:
    """Downloads of templates that cost nothing."""
    free = {thing.id: thing for thing in world.templates if not thing.body["price"]}
    listed = list(free.values())

    def draw() -> tuple[Person, str]:
        person, template = world.one(world.people), world.popular(listed)
        return (person, template.id) if person.id != template.owner else draw()

    for person, template_id in world.distinct(count, draw):
        template = free[template_id]
        yield _download(world, person, template, world.moment(person.at, template.at))


def _download(world: World, person: Person, template: Thing, at: int) -> Step:
    body = {
        "id": world.new_id(),
        "template": template.id,
        "user": person.id,
        "source": world.one(("marketplace", "search", "featured", "profile")),
    }
    world.downloads.append(Thing(template.id, person.id, at))
    return Step("template_downloads", body, person.id, at)


def votes(world: World, count: int) -> Iterator[Step]:
    """Who found which review helpful."""
    written = {review.id: review for review in world.reviews}

    def draw() -> tuple[Person, str]:
        person, review = world.one(world.people), world.popular(world.reviews)
        return (person, review.id) if person.id != review.owner else draw()

    for person, review_id in world.distinct(count, draw):
        body = {"id": world.new_id(), "review": review_id, "user": person.id}
        at = world.moment(person.at, written[review_id].at)
        yield Step("review_votes", body, person.id, at)


def reviews(world: World, count: int) -> Iterator[Step]:
    """One review by a person of a template at most, mostly kind ones, none of one's own; most by
    people who have downloaded it."""
    people = {person.id: person for person in world.people}

    def draw() -> tuple[Person, str]:
        if world.happens(0.7):
            download = world.one(world.downloads)
            return people[download.owner], download.id
        writer, template = world.one(world.people), world.popular(world.templates)
        return (writer, template.id) if writer.id != template.owner else draw()

    uploaded = {template.id: template.at for template in world.templates}
    downloaded = {(thing.owner, thing.id): thing.at for thing in world.downloads}
    for writer, template in world.distinct(count, draw):
        stars = world.random.choices(STARS, STAR_WEIGHTS)[0]
        body: dict[str, Any] = {
            "id": world.new_id(),
            "template": template,
            "user": writer.id,
            "rating": stars,
            "creativity": min(5, stars + world.one((0, 0, 1))),
            "usability": stars,
            "completeness": max(1, stars - world.one((0, 0, 1))),
            "comment": world.one(market.REVIEWS[stars]),
        }
        since = downloaded.get((writer.id, template), uploaded[template])
        at = world.moment(writer.at, since)
        world.reviews.append(Thing(body["id"], writer.id, at))
        yield Step("reviews", body, writer.id, at)


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
