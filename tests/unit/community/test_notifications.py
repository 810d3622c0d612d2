"""Who is told what: once, by others, and never by somebody they have blocked."""

import json
from typing import Any

import pytest

from holobase.community.identity.permissions import OPERATOR
from holobase.community.social.notifying import ACTORS_MAX, MENTIONS_MAX

NOT_FOUND = "not_found"


def told(community: Any, user: str) -> list[dict[str, Any]]:
    """What somebody was told, in order."""
    found: list[dict[str, Any]] = community.all("notifications", f'user = "{user}"')
    return found


def kinds(community: Any, user: str) -> list[str]:
    return [notification["type"] for notification in told(community, user)]


def data(notification: dict[str, Any]) -> Any:
    return json.loads(notification["data"])


def username(community: Any, user: str) -> str:
    return str(community.values("users", user)["username"])


@pytest.fixture
def card(community: Any) -> str:
    """A public card of Anna's."""
    return str(
        community.create(
            "unified_cards", title="t", community_creator=community.anna, community_is_public=True
        )
    )


def test_a_like_is_told_to_whose_thing_it_is(community: Any, card: str) -> None:
    community.create("likes", user=community.bora, card=card)
    (notification,) = told(community, community.anna)
    assert notification["type"] == "like"
    assert notification["actor"] == community.bora
    assert notification["subject"] == f"unified_cards/{card}"
    assert notification["title"]
    assert notification["expires_at"] > notification["created"]
    assert data(notification) == {"actors": [community.bora], "count": 1}


@pytest.mark.parametrize("subject", ["post", "comment", "template"])
def test_likes_of_other_things_are_told_too(community: Any, card: str, subject: str) -> None:
    anna = community.anna
    made = {
        "post": lambda: community.create("community_posts", author=anna),
        "comment": lambda: community.create("comments", author=anna, card=card, content="c"),
        "template": lambda: community.create("templates", name="tmpl", creator=anna),
    }[subject]()
    community.create("likes", user=community.bora, **{subject: made})
    assert kinds(community, anna) == ["like"]


def test_unread_likes_of_one_thing_are_told_as_one(community: Any, card: str) -> None:
    fans = [community.person("fan") for _ in range(3)]
    for fan in fans:
        community.create("likes", user=fan, card=card)
    (notification,) = told(community, community.anna)
    assert notification["actor"] == fans[-1]
    assert data(notification) == {"actors": fans[::-1], "count": 3}
    community.update("notifications", notification["id"], is_read=True)
    community.create("likes", user=community.bora, card=card)
    assert len(told(community, community.anna)) == 2


def test_a_folded_notification_names_some_and_counts_all(community: Any, card: str) -> None:
    for _ in range(ACTORS_MAX + 2):
        community.create("likes", user=community.person("fan"), card=card)
    (notification,) = told(community, community.anna)
    assert len(data(notification)["actors"]) == ACTORS_MAX
    assert data(notification)["count"] == ACTORS_MAX + 2


def test_an_undone_like_is_no_longer_told_of(community: Any, card: str) -> None:
    first = community.create("likes", user=community.bora, card=card)
    carla = community.person("carla")
    second = community.create("likes", user=carla, card=card)
    community.delete("likes", second)
    (notification,) = told(community, community.anna)
    assert notification["actor"] == community.bora
    assert data(notification) == {"actors": [community.bora], "count": 1}
    community.delete("likes", first)
    assert told(community, community.anna) == []


def test_nobody_is_told_what_they_do_themselves(community: Any, card: str) -> None:
    anna = community.anna
    community.create("likes", user=anna, card=card)
    words = f"@{username(community, anna)}"
    community.create("comments", author=anna, card=card, content=words)
    community.create("community_posts", author=anna, caption=words)
    assert told(community, anna) == []


def test_nobody_is_told_by_somebody_they_have_blocked(community: Any, card: str) -> None:
    anna, bora = community.anna, community.bora
    community.create("blocks", blocker=anna, blocked=bora)
    words = f"@{username(community, anna)}"
    community.create("likes", user=bora, card=card)
    community.create("comments", author=bora, card=card, content=words)
    community.create("community_posts", author=bora, caption=words)
    assert told(community, anna) == []


def test_a_comment_is_told_to_the_author_of_the_card_and_of_what_it_answers(
    community: Any, card: str
) -> None:
    asked = community.create("comments", author=community.bora, card=card, content="c")
    carla = community.person("carla")
    answer = {"author": carla, "card": card, "content": "d", "parent": asked}
    community.create("comments", **answer)
    assert kinds(community, community.anna) == ["comment", "comment"]
    assert kinds(community, community.bora) == ["comment"]
    assert kinds(community, carla) == []


def test_whoever_is_mentioned_is_told_once(community: Any, card: str) -> None:
    anna, bora = username(community, community.anna), username(community, community.bora)
    carla = community.person("carla")
    words = f"@{bora} @{bora}, @nobody_here @{anna}! {bora}@example.com @{bora}x"
    community.create("comments", author=carla, card=card, content=words)
    assert kinds(community, community.bora) == ["mention"]
    assert kinds(community, community.anna) == ["comment"]
    community.create("community_posts", author=carla, caption=f"@{bora}")
    assert kinds(community, community.bora) == ["mention", "mention"]


def test_nobody_is_mentioned_where_others_cannot_look(community: Any) -> None:
    bora = f"@{username(community, community.bora)}"
    hidden = community.create("unified_cards", title="t", community_creator=community.anna)
    community.create("comments", author=community.anna, card=hidden, content=bora)
    community.create("community_posts", author=community.anna, caption=bora, visibility="followers")
    assert told(community, community.bora) == []


def test_a_text_mentions_a_few_people_only(community: Any) -> None:
    fans = [community.person("fan") for _ in range(MENTIONS_MAX + 1)]
    words = " ".join(f"@{username(community, fan)}" for fan in fans)
    community.create("community_posts", author=community.anna, caption=words)
    assert [len(told(community, fan)) for fan in fans] == [1] * MENTIONS_MAX + [0]


def test_a_new_follower_is_told_once_however_often_they_come(community: Any) -> None:
    follow = {"follower": community.bora, "following": community.anna}
    for _ in range(3):
        community.delete("follows", community.create("follows", **follow))
    (notification,) = told(community, community.anna)
    assert notification["type"] == "follow"
    assert notification["subject"] == f"users/{community.bora}"


def test_being_featured_and_reaching_a_level_are_told(community: Any, card: str) -> None:
    operator = community.person("ops", OPERATOR)
    community.try_update(operator, "unified_cards", card, featured=True)
    community.update("unified_cards", card, title="u")
    feature, level = sorted(told(community, community.anna), key=lambda told: str(told["type"]))
    assert (feature["type"], feature["subject"]) == ("featured", f"unified_cards/{card}")
    assert (level["type"], data(level)) == ("level_up", {"level": 2})


def test_what_was_told_can_be_marked_as_read_and_nothing_else(community: Any, card: str) -> None:
    community.create("likes", user=community.bora, card=card)
    (notification,) = told(community, community.anna)
    change = (community.anna, "notifications", notification["id"])
    assert community.try_update(*change, title="other") == NOT_FOUND
    assert community.try_update(*change, data={}) == NOT_FOUND
    assert community.try_update(*change, is_read=True)["is_read"]


def test_notifications_go_with_their_reader_and_outlive_who_caused_them(
    community: Any, card: str
) -> None:
    community.create("likes", user=community.bora, card=card)
    (notification,) = told(community, community.anna)
    community.delete("users", community.bora)
    assert told(community, community.anna) in ([], [{**notification, "actor": ""}])
    community.delete("users", community.anna)
    assert community.find("notifications", notification["id"]) is None
