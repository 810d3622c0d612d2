"""Whatever people do and undo, every derived number equals a recount."""

import random
from typing import Any

import pytest

STEPS = 120


class Crowd:
    """Some people who make, mark and undo at random."""

    def __init__(self, community: Any, seed: int) -> None:
        self._community = community
        self._chance = random.Random(seed)
        self._people = [community.anna, community.bora, community.person("carla")]
        self._made: dict[str, list[str]] = {}
        self._pairs: set[tuple[str, str, str]] = set()
        for person in self._people:
            self._make("unified_cards", title="t", community_creator=person)
            self._make("templates", name="tmpl", creator=person)
            self._make("community_posts", author=person)

    def act(self) -> None:
        """Does something: half of the time makes a mark, else hides or deletes something."""
        acts = [self._mark] * 6 + [self._hide, self._undo, self._undo]
        self._chance.choice(acts)()

    def _make(self, collection: str, **values: Any) -> None:
        made = self._community.create(collection, **values)
        self._made.setdefault(collection, []).append(made)

    def _any(self, collection: str) -> str:
        return self._chance.choice(self._made[collection])

    def _mark(self) -> None:
        person, card = self._chance.choice(self._people), self._any("unified_cards")
        template, post = self._any("templates"), self._any("community_posts")
        marks: list[tuple[str, str, dict[str, Any]]] = [
            ("card_ratings", card, {"card": card, "rating": self._chance.randint(1, 5)}),
            ("card_downloads", "", {"card": card}),
            ("collection_items", card, {"card": card}),
            ("template_downloads", "", {"template": template}),
            ("reviews", template, {"template": template, "rating": 4}),
            ("bookmarks", post, {"post": post}),
            ("likes", post, {"post": post}),
            ("shares", "", {"post": post, "target": "link"}),
        ]
        collection, target, values = self._chance.choice(marks)
        if target and (collection, person, target) in self._pairs:
            return
        self._pairs.add((collection, person, target))
        self._make(collection, user=person, **values)

    def _hide(self) -> None:
        hidden = self._chance.random() < 0.5
        self._community.update("unified_cards", self._any("unified_cards"), hidden=hidden)

    def _undo(self) -> None:
        marks = [
            (name, made)
            for name, found in self._made.items()
            for made in found
            if name not in ("unified_cards", "templates", "community_posts")
        ]
        if marks:
            collection, made = self._chance.choice(marks)
            self._made[collection].remove(made)
            values = self._community.values(collection, made)
            target = next((values[n] for n in ("card", "template", "post") if values.get(n)), "")
            self._pairs.discard((collection, values["user"], target))
            self._community.delete(collection, made)


@pytest.mark.parametrize("seed", range(3))
def test_derived_numbers_equal_a_recount(community: Any, seed: int) -> None:
    crowd = Crowd(community, seed)
    for _ in range(STEPS):
        crowd.act()
    assert community.differences() == []


def test_a_card_tells_its_average_rating_and_who_keeps_it(community: Any) -> None:
    card = community.create("unified_cards", title="t", community_creator=community.anna)
    fans = [community.bora, community.person("carla"), community.person("dana")]
    ratings = [
        community.create("card_ratings", user=fan, card=card, rating=stars)
        for fan, stars in zip(fans, (5, 4, 4), strict=True)
    ]
    for fan in fans[:2]:
        community.create("collection_items", user=fan, card=card)
        community.create("card_downloads", user=fan, card=card)
    values = community.values("unified_cards", card)
    assert (values["community_rating"], values["community_rating_count"]) == (4.3, 3)
    assert values["photocard_unique_collectors"] == 2
    assert values["community_downloads"] == 2
    assert community.values("unified_users", community.bora)["stats_cards_collected"] == 1
    assert community.values("unified_users", community.anna)["creator_total_downloads"] == 2
    for rating in ratings:
        community.delete("card_ratings", rating)
    assert community.values("unified_cards", card)["community_rating"] == 0


def test_a_post_is_scored_by_what_it_sets_off(community: Any) -> None:
    bora, post = community.bora, community.create("community_posts", author=community.anna)
    community.create("likes", user=bora, post=post)
    comment = community.create("comments", author=bora, post=post, content="c")
    community.create("shares", user=bora, post=post, target="feed")
    community.create("bookmarks", user=bora, post=post)
    values = community.values("community_posts", post)
    assert (values["score"], values["bookmarks"]) == (6, 1)
    community.update("comments", comment, deleted=True)
    assert community.values("community_posts", post)["score"] == 4


def test_an_upheld_report_is_rewarded_for_as_long_as_it_is_upheld(community: Any) -> None:
    report = community.create(
        "reports", reporter=community.bora, subject="comments/abcdefghijklmno", reason="spam"
    )
    community.update("reports", report, status="upheld")
    assert community.points(community.bora) == 10
    community.update("reports", report, status="dismissed")
    assert community.points(community.bora) == 0
