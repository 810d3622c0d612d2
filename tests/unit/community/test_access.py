"""Who sees what, who may do what: the rules of the product, asked by people."""

from typing import Any

import pytest

from holobase.community.identity.permissions import ADMIN, MODERATOR, OPERATOR
from holobase.community.identity.teams import TEAMS

REFUSED_CREATE, NOT_FOUND = "create_failed", "not_found"


@pytest.fixture
def moderator(community: Any) -> str:
    return str(community.person("mod", MODERATOR))


def card(community: Any, **values: Any) -> str:
    """A card of Anna's."""
    return str(
        community.create("unified_cards", title="t", community_creator=community.anna, **values)
    )


@pytest.mark.parametrize(
    ("values", "guest", "stranger", "mod"),
    [
        ({}, False, False, False),
        ({"community_is_public": True}, True, True, True),
        ({"community_is_public": True, "hidden": True}, False, False, True),
    ],
)
def test_cards_are_shown_to_whom_they_should(
    community: Any, moderator: str, values: Any, guest: bool, stranger: bool, mod: bool
) -> None:
    made = card(community, **values)
    assert community.sees("", "unified_cards", made) == guest
    assert community.sees(community.bora, "unified_cards", made) == stranger
    assert community.sees(moderator, "unified_cards", made) == mod
    assert community.sees(community.anna, "unified_cards", made)


def test_a_card_without_creator_is_nobodys(community: Any) -> None:
    made = community.create("unified_cards", title="t")
    assert not community.sees("", "unified_cards", made)
    assert community.try_create("", "unified_cards", title="t") == REFUSED_CREATE


def test_cards_are_made_as_oneself_and_not_given_away(community: Any) -> None:
    anna, bora = community.anna, community.bora
    taken = community.try_create(bora, "unified_cards", title="t", community_creator=anna)
    assert taken == REFUSED_CREATE
    made = community.try_create(anna, "unified_cards", title="t", community_creator=anna)
    given = community.try_update(anna, "unified_cards", made["id"], community_creator=bora)
    assert given == NOT_FOUND


def test_what_the_server_keeps_cannot_be_sent(community: Any) -> None:
    sent = {"community_likes": 99, "featured": True, "hidden": True, "rarity_rank": 4}
    made = community.try_create(
        community.anna, "unified_cards", title="t", community_creator=community.anna, **sent
    )
    kept = {name: made[name] for name in sent}
    assert kept == {"community_likes": 0, "featured": False, "hidden": False, "rarity_rank": 1}


def test_others_edit_cards_by_permission_only(community: Any, moderator: str) -> None:
    made = card(community, community_is_public=True)
    operator = community.person("ops", OPERATOR)
    assert community.try_update(community.bora, "unified_cards", made, title="u") == NOT_FOUND
    assert community.try_update(moderator, "unified_cards", made, hidden=True)["hidden"]
    assert community.try_update(operator, "unified_cards", made, featured=True) == NOT_FOUND
    community.update("unified_cards", made, hidden=False)
    assert community.try_update(operator, "unified_cards", made, featured=True)["featured"]
    assert community.try_update(operator, "unified_cards", made, title="u") == NOT_FOUND


def test_nobody_promotes_or_revives_themselves(community: Any) -> None:
    anna = community.anna
    sent = {"roles": [ADMIN.id], "status": "deleted", "name": "새 이름"}
    changed = community.try_update(anna, "users", anna, **sent)
    assert changed["name"] == "새 이름"
    assert ADMIN.id not in changed["roles"]
    assert changed["status"] == "active"


def test_moderators_suspend_but_do_not_rename_or_promote(community: Any, moderator: str) -> None:
    anna = community.anna
    suspended = community.try_update(moderator, "users", anna, status="suspended", roles=[ADMIN.id])
    assert suspended["status"] == "suspended"
    assert ADMIN.id not in suspended["roles"]
    assert community.try_update(moderator, "users", anna, name="other") == NOT_FOUND


def test_profiles_are_edited_by_their_owner_only(community: Any) -> None:
    anna, bora = community.anna, community.bora
    assert community.sees("", "unified_users", anna)
    assert community.try_update(bora, "unified_users", anna, bio="b") == NOT_FOUND
    changed = community.try_update(anna, "unified_users", anna, bio="b", fan_points=10_000)
    assert (changed["bio"], changed["fan_points"]) == ("b", 0)


def test_posts_reach_the_circle_that_was_chosen(community: Any, moderator: str) -> None:
    anna, bora = community.anna, community.bora
    carla = community.person("carla")
    posts = {
        circle: community.create("community_posts", author=anna, visibility=circle)
        for circle in ("public", "followers", "fanclub")
    }
    assert [community.sees(bora, "community_posts", post) for post in posts.values()] == [
        True,
        False,
        False,
    ]
    community.create("follows", follower=bora, following=anna)
    for fan in (anna, carla):
        community.update("unified_users", fan, fan_favorite_team=TEAMS[0].id)
    community.update("unified_users", bora, fan_favorite_team=TEAMS[1].id)
    seen = {
        who: [community.sees(who, "community_posts", post) for post in posts.values()]
        for who in ("", anna, bora, carla, moderator)
    }
    assert seen == {
        "": [True, False, False],
        anna: [True, True, True],
        bora: [True, True, False],
        carla: [True, False, True],
        moderator: [True, True, True],
    }


def test_likes_and_comments_go_only_where_one_sees_and_are_seen_alike(community: Any) -> None:
    anna, bora = community.anna, community.bora
    hidden = card(community)
    assert community.try_create(bora, "likes", user=bora, card=hidden) == REFUSED_CREATE
    comment = {"author": bora, "card": hidden, "content": "c"}
    assert community.try_create(bora, "comments", **comment) == REFUSED_CREATE
    community.update("unified_cards", hidden, community_is_public=True)
    like = community.try_create(bora, "likes", user=bora, card=hidden)["id"]
    made = community.try_create(bora, "comments", **comment)["id"]
    assert community.sees("", "comments", made)
    assert community.sees("", "likes", like)
    community.update("unified_cards", hidden, community_is_public=False)
    assert not community.sees("", "comments", made)
    assert not community.sees("", "likes", like)
    assert community.sees(anna, "comments", made)
    assert community.sees(bora, "likes", like)


def test_a_like_of_nothing_two_things_or_the_same_twice_is_refused(community: Any) -> None:
    bora, made = community.bora, card(community, community_is_public=True)
    post = community.create("community_posts", author=bora)
    nothing = community.try_create(bora, "likes", user=bora)
    assert nothing == dict.fromkeys(("card", "post", "comment", "template"), "validation_required")
    both = community.try_create(bora, "likes", user=bora, card=made, post=post)
    assert both == {"post": "validation_empty"}
    community.try_create(bora, "likes", user=bora, card=made)
    again = community.try_create(bora, "likes", user=bora, card=made)
    assert again == {"user": "validation_not_unique", "card": "validation_not_unique"}


def test_threads_are_three_deep_and_stay_with_their_subject(community: Any) -> None:
    anna = community.anna
    first, other = card(community), card(community)
    parent = ""
    for _ in range(3):
        comment = {"author": anna, "card": first, "content": "c", "parent": parent}
        parent = community.try_create(anna, "comments", **comment)["id"]
    deeper = {"author": anna, "card": first, "content": "c", "parent": parent}
    assert community.try_create(anna, "comments", **deeper) == REFUSED_CREATE
    asked = community.create("comments", **{**deeper, "parent": ""})
    astray = {"author": anna, "card": other, "content": "c", "parent": asked}
    assert community.try_create(anna, "comments", **astray) == REFUSED_CREATE


def test_a_stub_stays_a_stub(community: Any) -> None:
    anna = community.anna
    made = community.create("comments", author=anna, card=card(community), content="c")
    community.try_update(anna, "comments", made, deleted=True)
    revived = community.try_update(anna, "comments", made, deleted=False, content="d")
    assert revived == NOT_FOUND


def test_templates_are_reviewed_by_others_once(community: Any, moderator: str) -> None:
    anna, bora = community.anna, community.bora
    made = community.try_create(
        anna, "templates", name="tmpl", creator=anna, is_public=True, status="approved"
    )
    assert made["status"] == "pending"
    review = {"template": made["id"], "rating": 5}
    assert community.try_create(anna, "reviews", user=anna, **review) == REFUSED_CREATE
    assert community.try_create(bora, "reviews", user=bora, **review)["rating"] == 5
    again = community.try_create(bora, "reviews", user=bora, **review)
    assert set(again.values()) == {"validation_not_unique"}
    flagged = community.try_update(moderator, "templates", made["id"], status="flagged")
    assert flagged["status"] == "flagged"
    assert not community.sees(bora, "templates", made["id"])
    assert community.sees(anna, "templates", made["id"])


def test_nobody_follows_themselves_or_for_others(community: Any) -> None:
    anna, bora = community.anna, community.bora
    oneself = community.try_create(anna, "follows", follower=anna, following=anna)
    assert oneself == {"following": "validation_invalid_value"}
    assert community.try_create(bora, "follows", follower=anna, following=bora) == REFUSED_CREATE


def test_tags_of_a_card_are_few_short_texts(community: Any) -> None:
    anna, made = community.anna, card(community)
    refused = community.try_update(anna, "unified_cards", made, community_tags=["x" * 21])
    assert refused == {"community_tags": "validation_invalid_value"}
    taken = community.try_update(anna, "unified_cards", made, community_tags=["홈런"])
    assert taken["community_tags"] == '["홈런"]'


def test_grants_of_points_are_nobodys_to_read(community: Any) -> None:
    made = community.try_create(community.anna, "fan_point_grants", user=community.anna, points=99)
    assert made == "superusers_only"
