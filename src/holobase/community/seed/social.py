"""What people do together in the demo data: posts, comments and likes."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from holobase.community.seed.step import Step
from holobase.community.seed.texts import cards, social
from holobase.community.seed.world import Person, Thing, World

KINDS = tuple(social.CAPTIONS)
KIND_WEIGHTS = (40, 15, 12, 10, 5, 10, 8)
VISIBILITIES, VISIBILITY_WEIGHTS = ("public", "followers", "fanclub"), (84, 8, 8)
LIKED, LIKED_WEIGHTS = ("card", "post", "comment", "template"), (60, 20, 12, 8)


class Mark(NamedTuple):
    """Who marks which record, and by which field the mark names it."""

    user: Person
    field: str
    target: str


def posts(world: World, count: int) -> Iterator[Step]:
    """Posts; the ones that share a card share an open one."""
    open_cards = [card for card in world.cards if card.is_open]
    for _ in range(count):
        author = world.popular(world.people)
        kind = world.random.choices(KINDS, KIND_WEIGHTS)[0]
        card = world.popular(open_cards) if kind == "card_share" else None
        body: dict[str, Any] = {
            "id": world.new_id(),
            "author": author.id,
            "card": card.id if card else "",
            "caption": world.phrase(world.one(social.CAPTIONS[kind]), author.team),
            "post_type": kind,
            "visibility": world.random.choices(VISIBILITIES, VISIBILITY_WEIGHTS)[0],
            "tags": [name for name, _, _ in world.random.sample(cards.TAGS, 2)],
        }
        at = world.moment(author.at, card.at if card else 0)
        world.posts.append(Thing(body["id"], author.id, at, body["visibility"] == "public"))
        yield Step("community_posts", body, author.id, at)


def comments(world: World, count: int) -> Iterator[Step]:
    """Comments on what everybody sees, and answers to them."""
    for _ in range(count):
        author = world.one(world.people)
        if world.comments and world.happens(0.25):
            asked = world.one(world.comments)
            about, parent = asked.body["about"], asked.id
            at, content = world.moment(author.at, asked.at), world.one(social.ANSWERS)
        else:
            field = "post" if world.happens(0.4) else "card"
            thing = _open(world, world.posts if field == "post" else world.cards)
            about, parent = {field: thing.id}, ""
            at, content = world.moment(author.at, thing.at), world.one(social.COMMENTS)
        body: dict[str, Any] = {
            "id": world.new_id(),
            "author": author.id,
            "content": content,
            "parent": parent,
            **about,
        }
        if not parent:
            world.comments.append(Thing(body["id"], author.id, at, body={"about": about}))
        yield Step("comments", body, author.id, at)


def likes(world: World, count: int) -> Iterator[Step]:
    """Likes: a few things are liked by almost everybody, nobody likes their own."""
    yield from _marks(world, "likes", count)


def bookmarks(world: World, count: int) -> Iterator[Step]:
    """What people want to find again."""
    yield from _marks(world, "bookmarks", count)


def shares(world: World, count: int) -> Iterator[Step]:
    """Posts that people show to others."""
    for _ in range(count):
        person, post = world.one(world.people), _open(world, world.posts)
        target = world.one(("link", "external", "feed"))
        body = {"id": world.new_id(), "user": person.id, "post": post.id, "target": target}
        yield Step("shares", body, person.id, world.moment(person.at, post.at))


def _marks(world: World, collection: str, count: int) -> Iterator[Step]:
    things = dict(zip(LIKED, _likeable(world), strict=True))
    since = {thing.id: thing.at for found in things.values() for thing in found}

    def draw() -> Mark:
        field = world.random.choices(LIKED, LIKED_WEIGHTS)[0]
        user, thing = world.one(world.people), _open(world, things[field])
        return Mark(user, field, thing.id) if user.id != thing.owner else draw()

    for mark in world.distinct(count, draw):
        body = {"id": world.new_id(), "user": mark.user.id, mark.field: mark.target}
        at = world.moment(mark.user.at, since[mark.target])
        yield Step(collection, body, mark.user.id, at)


def _likeable(world: World) -> tuple[list[Thing], ...]:
    return world.cards, world.posts, world.comments, world.templates


def _open(world: World, things: Sequence[Thing]) -> Thing:
    thing = world.popular(things)
    return thing if thing.is_open else _open(world, things)
