"""The whole demo data as steps in the order in which they happen; equal for equal arguments."""

from collections.abc import Iterator, Mapping
from random import Random

from holobase.community.seed import cards, keeping, market, people, safety, social
from holobase.community.seed.step import Step
from holobase.community.seed.texts.cards import TAGS
from holobase.community.seed.world import World

SIZES: Mapping[str, int] = {
    "users": 40,
    "unified_users": 40,
    "templates": 60,
    "unified_cards": 400,
    "collections": 60,
    "community_posts": 150,
    "comments": 500,
    "follows": 300,
    "reviews": 240,
    "likes": 2_000,
    "card_ratings": 150,
    "card_downloads": 200,
    "collection_items": 250,
    "template_versions": 80,
    "purchases": 20,
    "template_downloads": 300,
    "review_votes": 120,
    "bookmarks": 120,
    "shares": 60,
    "notification_settings": 10,
    "reports": 8,
    "moderation_actions": 2,
    "blocks": 3,
}
"""Steps by collection at scale 1."""


def count(scale: int) -> dict[str, int]:
    """How many steps there are by collection; tags are the same at every scale."""
    return {"tags": len(TAGS)} | {name: size * scale for name, size in SIZES.items()}


def plan(scale: int, seed: int, until_ms: int) -> Iterator[Step]:
    """Every step, spread over the 90 days before `until_ms`, nothing before what it refers to."""
    # Chance that anybody may foresee is what makes the demo data repeatable.
    world = World(Random(seed), until_ms)  # noqa: S311
    steps = [*_steps(world, count(scale))]
    steps.sort(key=lambda step: step.at)
    return iter(steps)


def _steps(world: World, sizes: Mapping[str, int]) -> Iterator[Step]:
    yield from cards.tags(world)
    yield from people.sign_ups(world, sizes["users"])
    yield from market.templates(world, sizes["templates"])
    yield from cards.cards(world, sizes["unified_cards"])
    yield from cards.collections(world, sizes["collections"])
    yield from social.posts(world, sizes["community_posts"])
    yield from social.comments(world, sizes["comments"])
    yield from people.follows(world, sizes["follows"])
    yield from market.versions(world, sizes["template_versions"])
    yield from market.purchases(world, sizes["purchases"])
    yield from market.downloads(world, sizes["template_downloads"] - sizes["purchases"])
    yield from market.reviews(world, sizes["reviews"])
    yield from market.votes(world, sizes["review_votes"])
    yield from social.likes(world, sizes["likes"])
    yield from social.bookmarks(world, sizes["bookmarks"])
    yield from social.shares(world, sizes["shares"])
    yield from keeping.ratings(world, sizes["card_ratings"])
    yield from keeping.downloads(world, sizes["card_downloads"])
    yield from keeping.items(world, sizes["collection_items"])
    yield from people.mail_wishes(world, sizes["notification_settings"])
    yield from safety.reports(world, sizes["reports"])
    yield from safety.decisions(world, sizes["moderation_actions"])
    yield from safety.blocks(world, sizes["blocks"])
