"""Numbers the server keeps: they move in the moment of what they count, and for nobody else."""

from typing import Any

from tests.wire.world import World


def _record(collection: str, record: str = "") -> str:
    return f"/api/collections/{collection}/records" + (f"/{record}" if record else "")


def _send(world: World, who: str, collection: str, **values: Any) -> str:
    answer = world.ask(who, "POST", _record(collection), body=values)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_like_is_counted_and_uncounted(world: World) -> None:
    alice, bob = world.ids["alice"], world.ids["bob"]
    card = {"title": "Liked", "community_creator": alice, "community_is_public": True}
    card_id = _send(world, "alice", "unified_cards", **card)
    before = world.show("unified_cards", card_id)
    with world.events() as written:
        like = _send(world, "bob", "likes", user=bob, card=card_id)
    assert "likes.created" in written
    assert written.count("unified_cards.derived") == 1
    after = world.show("unified_cards", card_id)
    assert after["community_likes"] == 1
    assert after["updated"] == before["updated"]
    again = world.ask("bob", "POST", _record("likes"), body={"user": bob, "card": card_id})
    assert again.status_code == 400
    codes = {name: item["code"] for name, item in again.json()["data"].items()}
    assert codes == {"user": "validation_not_unique", "card": "validation_not_unique"}
    assert world.ask("alice", "DELETE", _record("likes", like)).status_code == 404
    assert world.ask("bob", "DELETE", _record("likes", like)).status_code == 204
    assert world.show("unified_cards", card_id)["community_likes"] == 0


def test_a_like_is_for_exactly_one_thing(world: World) -> None:
    bob = world.ids["bob"]
    for about in ({}, {"card": world.ids["card"], "post": world.ids["post"]}):
        with world.events() as written:
            answer = world.ask("bob", "POST", _record("likes"), body={"user": bob, **about})
        assert answer.status_code == 400 and written == []
        assert answer.json()["data"]


def test_reviews_make_a_rating(world: World) -> None:
    frame = {"name": "Rated", "creator": world.ids["alice"], "is_public": True}
    template = _send(world, "alice", "templates", **frame, rating=5, rating_count=99)
    assert world.show("templates", template)["rating_count"] == 0
    first = _send(world, "bob", "reviews", template=template, user=world.ids["bob"], rating=5)
    _send(world, "mod", "reviews", template=template, user=world.ids["mod"], rating=2)
    shown = world.show("templates", template)
    assert (shown["rating_count"], shown["rating"]) == (2, 3.5)
    path = _record("reviews", first)
    assert world.ask("bob", "PATCH", path, body={"rating": 4}).status_code == 200
    assert world.show("templates", template)["rating"] == 3
    assert world.ask("bob", "DELETE", path).status_code == 204
    assert world.show("templates", template)["rating"] == 2


def test_nobody_reviews_their_own_or_twice_or_beyond_five(world: World) -> None:
    template = world.ids["template"]
    own = {"template": template, "user": world.ids["alice"], "rating": 5}
    assert world.ask("alice", "POST", _record("reviews"), body=own).status_code == 400
    bobs = {**own, "user": world.ids["bob"]}
    wrong = world.ask("bob", "POST", _record("reviews"), body={**bobs, "rating": 6})
    assert wrong.json()["data"]["rating"]["code"] == "validation_max_number_constraint"
    assert world.ask("bob", "POST", _record("reviews"), body=bobs).status_code == 200
    again = world.ask("bob", "POST", _record("reviews"), body=bobs)
    assert set(again.json()["data"]) == {"template", "user"}


def test_followers_are_counted_on_both_sides(world: World) -> None:
    names = [world.fresh(), world.fresh()]
    first, second = (world.person(name) for name in names)
    _send(world, names[0], "follows", follower=first, following=second)
    assert world.show("unified_users", world.profile(names[0]))["creator_following"] == 1
    assert world.show("unified_users", world.profile(names[1]))["creator_followers"] == 1
    forged = {"follower": second, "following": first}
    assert world.ask(names[0], "POST", _record("follows"), body=forged).status_code == 400


def test_a_moderators_field_follows_their_permission(world: World) -> None:
    template = world.ids["template"]
    path = _record("templates", template)
    answer = world.ask("alice", "PATCH", path, body={"status": "approved", "featured": True})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["featured"]) == ("pending", False)
    answer = world.ask("mod", "PATCH", path, body={"status": "approved", "featured": True})
    assert (answer.json()["status"], answer.json()["featured"]) == ("approved", False)
    answer = world.ask("root", "PATCH", path, body={"featured": True, "views": 7})
    assert (answer.json()["featured"], answer.json()["views"]) == (True, 7)
