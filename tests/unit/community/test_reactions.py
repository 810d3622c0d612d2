"""What the product does by itself: profiles, tags, fan points, honest comments, counters."""

from typing import Any

from holobase.community.social.reactions import STUB


def test_everybody_has_a_profile_from_sign_up(community: Any) -> None:
    profile = community.values("unified_users", community.anna)
    assert profile["user_id"] == community.anna
    assert profile["display_name"] == "anna"
    assert profile["theme"] == "auto"
    assert profile["fan_level"] == 1


def test_a_profile_goes_with_its_account(community: Any) -> None:
    community.delete("users", community.anna)
    assert community.find("unified_users", community.anna) is None


def test_tags_come_into_being_with_the_first_public_card(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_tags='["홈런"]')
    assert community.tag("홈런") is None
    community.update("unified_cards", card, community_is_public=True)
    tag = community.tag("홈런")
    assert tag is not None
    assert tag.values["usage_count"] == 1
    community.update("unified_cards", card, hidden=True)
    assert community.values("tags", tag.id)["usage_count"] == 0


def test_a_like_moves_the_counters_along_the_chain(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_creator=community.anna)
    like = community.create("likes", user=community.bora, card=card)
    assert community.values("unified_cards", card)["community_likes"] == 1
    assert community.values("unified_users", community.anna)["creator_total_likes"] == 1
    community.delete("likes", like)
    assert community.values("unified_cards", card)["community_likes"] == 0
    assert community.values("unified_users", community.anna)["creator_total_likes"] == 0


def test_a_review_moves_the_rating(community: Any) -> None:
    template = community.create("templates", name="t", creator=community.anna)
    review = community.create("reviews", template=template, user=community.bora, rating=5)
    community.create("reviews", template=template, user=community.anna, rating=2)
    values = community.values("templates", template)
    assert (values["rating"], values["rating_count"]) == (3.5, 2)
    assert values["rating_distribution"] == '{"1":0,"2":1,"3":0,"4":0,"5":1}'
    community.delete("reviews", review)
    assert community.values("templates", template)["rating"] == 2


def test_points_are_granted_once_and_taken_back(community: Any) -> None:
    card = community.create(
        "unified_cards", title="t", community_creator=community.anna, photocard_rarity="epic"
    )
    assert community.points(community.anna) == 25
    like = community.create("likes", user=community.bora, card=card)
    assert community.points(community.anna) == 27
    community.update("unified_cards", card, title="u")
    assert community.points(community.anna) == 27
    community.delete("likes", like)
    assert community.points(community.anna) == 25
    community.delete("unified_cards", card)
    assert community.points(community.anna) == 0


def test_nobody_earns_points_by_liking_or_commenting_their_own(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_creator=community.anna)
    community.create("likes", user=community.anna, card=card)
    community.create("comments", author=community.anna, card=card, content="c")
    assert community.points(community.anna) == 10


def test_comments_and_follows_reward_both_sides(community: Any) -> None:
    post = community.create("community_posts", author=community.anna)
    comment = community.create("comments", author=community.bora, post=post, content="c")
    assert (community.points(community.anna), community.points(community.bora)) == (3, 5)
    community.create("follows", follower=community.bora, following=community.anna)
    assert (community.points(community.anna), community.points(community.bora)) == (8, 8)
    community.update("comments", comment, deleted=True)
    assert (community.points(community.anna), community.points(community.bora)) == (5, 3)


def test_completing_a_collection_is_told_and_rewarded_while_it_lasts(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_creator=community.bora)
    collection = community.create("collections", owner=community.anna, cards=[card], target_cards=2)
    assert community.points(community.anna) == 0
    community.update("collections", collection, target_cards=1)
    assert community.points(community.anna) == 50
    assert community.facts("collection.completed") == 1
    assert community.values("unified_cards", card)["photocard_completion_rate"] == 100
    community.delete("unified_cards", card)
    assert community.points(community.anna) == 0


def test_reaching_a_level_is_told_and_multiplies_what_follows(community: Any) -> None:
    legend = {"community_creator": community.anna, "photocard_rarity": "legendary"}
    first = community.create("unified_cards", title="1", **legend)
    community.create("unified_cards", title="2", **legend)
    assert community.values("unified_users", community.anna)["fan_level"] == 2
    assert community.facts("fan_level.reached") == 1
    community.create("unified_cards", title="3", **legend)
    assert community.points(community.anna) == 155
    community.delete("unified_cards", first)
    assert community.points(community.anna) == 105


def test_a_comment_tells_that_it_was_edited_or_deleted(community: Any) -> None:
    post = community.create("community_posts", author=community.anna)
    comment = community.create("comments", author=community.bora, post=post, content="c")
    assert community.values("comments", comment)["edited"] is False
    community.update("comments", comment, content="d")
    assert community.values("comments", comment)["edited"] is True
    assert community.values("community_posts", post)["comments_count"] == 1
    community.update("comments", comment, deleted=True)
    assert community.values("comments", comment)["content"] == STUB
    assert community.values("community_posts", post)["comments_count"] == 0


def test_an_account_can_go_with_everything_it_did(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_creator=community.anna)
    post = community.create("community_posts", author=community.bora)
    question = community.create("comments", author=community.anna, post=post, content="q")
    answer = community.create(
        "comments", author=community.anna, post=post, content="a", parent=question
    )
    community.create("likes", user=community.anna, comment=question)
    community.create("likes", user=community.bora, card=card)
    community.create("follows", follower=community.anna, following=community.bora)
    community.delete("users", community.anna)
    assert community.find("unified_cards", card) is None
    assert community.find("comments", answer) is None
    assert community.points(community.bora) == 0
    assert community.values("unified_users", community.bora)["creator_followers"] == 0
    assert community.values("community_posts", post)["comments_count"] == 0
