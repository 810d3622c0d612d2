"""A block keeps two people apart, both ways, and the blocked one cannot tell it from absence."""

from typing import Any

import pytest

from holobase.community.identity.permissions import MODERATOR

REFUSED_CREATE = "create_failed"


@pytest.fixture
def things(community: Any) -> dict[str, str]:
    """What Anna has made, by collection; everything is public."""
    anna = community.anna
    card = community.create(
        "unified_cards", title="t", community_creator=anna, community_is_public=True
    )
    template = community.create(
        "templates", name="tmpl", creator=anna, is_public=True, status="approved"
    )
    other = community.create("templates", name="else", is_public=True, status="approved")
    return {
        "users": anna,
        "unified_users": anna,
        "unified_cards": card,
        "templates": template,
        "community_posts": community.create("community_posts", author=anna),
        "comments": community.create("comments", author=anna, card=card, content="c"),
        "collections": community.create("collections", name="c", owner=anna, is_public=True),
        "likes": community.create("likes", user=anna, card=card),
        "follows": community.create("follows", follower=anna, following=community.person("c")),
        "reviews": community.create("reviews", user=anna, template=other, rating=5),
        "card_ratings": community.create("card_ratings", user=anna, card=card, rating=5),
        "collection_items": community.create("collection_items", user=anna, card=card),
        "template_versions": community.create(
            "template_versions", template=template, version="1.0.0", changelog="first of many"
        ),
    }


def seen(community: Any, who: str, things: dict[str, str]) -> set[str]:
    return {name for name, made in things.items() if community.sees(who, name, made)}


@pytest.mark.parametrize("by_anna", [True, False])
def test_neither_sees_what_the_other_makes(
    community: Any, things: dict[str, str], by_anna: bool
) -> None:
    anna, bora = community.anna, community.bora
    assert seen(community, bora, things) == set(things)
    blocker, blocked = (anna, bora) if by_anna else (bora, anna)
    block = community.try_create(blocker, "blocks", blocker=blocker, blocked=blocked)
    assert seen(community, bora, things) == set()
    for others in ("", community.person("carla"), anna):
        assert seen(community, others, things) == set(things)
    community.delete("blocks", block["id"])
    assert seen(community, bora, things) == set(things)


def test_who_is_blocked_is_refused_as_if_there_were_nothing(
    community: Any, things: dict[str, str]
) -> None:
    anna, bora = community.anna, community.bora
    carla = community.person("carla")
    asked = community.create(
        "comments", author=anna, card=things["unified_cards"], content="c", parent=""
    )
    community.create("blocks", blocker=anna, blocked=bora)
    card = {"card": things["unified_cards"]}
    tries = (
        ("likes", {"user": bora, **card}),
        ("likes", {"user": bora, "template": things["templates"]}),
        ("bookmarks", {"user": bora, **card}),
        ("comments", {"author": bora, "content": "c", **card}),
        ("comments", {"author": bora, "content": "c", **card, "parent": asked}),
        ("follows", {"follower": bora, "following": anna}),
        ("card_ratings", {"user": bora, "rating": 1, **card}),
        ("card_downloads", {"user": bora, **card}),
        ("collection_items", {"user": bora, **card}),
        ("reviews", {"user": bora, "template": things["templates"], "rating": 1}),
        ("template_downloads", {"user": bora, "template": things["templates"]}),
        ("shares", {"user": bora, "post": things["community_posts"], "target": "link"}),
    )
    for collection, body in tries:
        assert community.try_create(bora, collection, **body) == REFUSED_CREATE, collection
    follow = {"follower": carla, "following": anna}
    assert "id" in community.try_create(carla, "follows", **follow)


def test_a_block_ends_that_either_follows_the_other(community: Any) -> None:
    anna, bora = community.anna, community.bora
    carla = community.person("carla")
    gone = [
        community.create("follows", follower=anna, following=bora),
        community.create("follows", follower=bora, following=anna),
    ]
    kept = community.create("follows", follower=anna, following=carla)
    community.create("blocks", blocker=anna, blocked=bora)
    assert [community.find("follows", follow) for follow in gone] == [None, None]
    assert community.find("follows", kept) is not None


def test_moderators_see_everything_whoever_has_blocked_them(
    community: Any, things: dict[str, str]
) -> None:
    moderator = community.person("mod", MODERATOR)
    community.create("blocks", blocker=community.anna, blocked=moderator)
    judged = {"users", "unified_users", "unified_cards", "templates", "community_posts"}
    assert seen(community, moderator, things) >= judged | {"comments", "collections"}


def test_what_nobody_owns_is_shown_to_who_has_blocked_somebody(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_is_public=True)
    community.create("blocks", blocker=community.anna, blocked=community.bora)
    for who in (community.anna, community.bora):
        assert community.sees(who, "unified_cards", card)


def test_nobody_learns_of_a_block_from_the_wire(community: Any) -> None:
    anna, bora = community.anna, community.bora
    block = community.create("blocks", blocker=anna, blocked=bora)
    assert community.sees(anna, "blocks", block)
    assert not community.sees(bora, "blocks", block)
    assert community.values("users", bora)["block_count"] == 1
    definition = community.app.catalogue.get("users").collection
    assert definition.field_by_name["block_count"].hidden


def test_nobody_blocks_themselves_or_twice(community: Any) -> None:
    anna, bora = community.anna, community.bora
    oneself = community.try_create(anna, "blocks", blocker=anna, blocked=anna)
    assert oneself == {"blocked": "validation_invalid_value"}
    community.try_create(anna, "blocks", blocker=anna, blocked=bora)
    again = community.try_create(anna, "blocks", blocker=anna, blocked=bora)
    assert set(again.values()) == {"validation_not_unique"}
