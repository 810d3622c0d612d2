"""What the product does by itself: profiles, tags, fan points, honest comments, counters."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holobase.adapters.sqlite import SqliteStore
from holobase.community.fixtures import FIXTURES
from holobase.community.product import DECLARATIONS, REACTIONS
from holobase.community.social.reactions import STUB
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.sealing import Sealer, new_key
from holobase.engine.unit import Unit
from holobase.ports.command import Command

NOW = 1_790_000_000_000
ANNA, BORA = "annaannaannaann", "boraborabora00"


class Community:
    """The product on a store of its own, without rules and wire."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._numbers = iter(range(10_000))
        self.kernel = Kernel(DECLARATIONS, Reactions(*REACTIONS), Sealer(new_key()), lambda: NOW)
        self._wait(self.kernel.open(lambda settle: SqliteStore(folder, settle), FIXTURES))

    def create(self, collection: str, /, **values: Any) -> str:
        """Creates a record and gives its id."""
        values = {"id": f"record{next(self._numbers):09d}", **values}
        self._run(lambda unit: unit.create(collection, values))
        return str(values["id"])

    def update(self, collection: str, record_id: str, /, **changes: Any) -> None:
        """Changes a record."""
        self._run(lambda unit: unit.update(collection, record_id, changes))

    def delete(self, name: str, record_id: str) -> None:
        """Deletes a record with what hangs on it."""
        self._run(lambda unit: unit.delete(name, record_id))

    def find(self, name: str, record_id: str) -> Record | None:
        """A record, if there is one."""
        found: Record | None = self._run(lambda unit: unit.find(name, record_id))
        return found

    def values(self, name: str, record_id: str) -> dict[str, Any]:
        """The values of a record that must be there."""
        found = self.find(name, record_id)
        assert found is not None
        return dict(found.values)

    def tag(self, name: str) -> Record | None:
        """A tag by name."""
        found: Record | None = self._run(lambda unit: unit.find_by("tags", "name", name))
        return found

    def points(self, user: str) -> int:
        """Somebody's fan points."""
        return int(self.values("unified_users", user)["fan_points"])

    def facts(self, kind: str) -> int:
        """How many facts of this type have been told."""
        events = self.kernel.store.log.events(0, 10_000)
        return sum(event.type == kind for event in events)

    def close(self) -> None:
        """Lets go of the store."""
        self._wait(self.kernel.store.close())  # type: ignore[attr-defined]

    def _run(self, command: Callable[[Unit], Command[Any]]) -> Any:
        return self._wait(self.kernel.run(Request(now=NOW), command))

    def _wait(self, awaitable: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await awaitable

        return self._loop.run_until_complete(wait())


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Community]:
    loop = asyncio.new_event_loop()
    made = Community(tmp_path, loop)
    for user in (ANNA, BORA):
        made.create("users", id=user, name=user[:4], username=user[:4], tokenKey=user * 3)
    yield made
    made.close()
    loop.close()


def test_everybody_has_a_profile_from_sign_up(community: Community) -> None:
    profile = community.values("unified_users", ANNA)
    assert profile["user_id"] == ANNA
    assert profile["display_name"] == "anna"
    assert profile["theme"] == "auto"
    assert profile["fan_level"] == 1


def test_a_profile_goes_with_its_account(community: Community) -> None:
    community.delete("users", ANNA)
    assert community.find("unified_users", ANNA) is None


def test_tags_come_into_being_with_the_first_public_card(community: Community) -> None:
    card = community.create("unified_cards", title="t", community_tags='["홈런"]')
    assert community.tag("홈런") is None
    community.update("unified_cards", card, community_is_public=True)
    tag = community.tag("홈런")
    assert tag is not None
    assert tag.values["usage_count"] == 1
    community.update("unified_cards", card, hidden=True)
    assert community.values("tags", tag.id)["usage_count"] == 0


def test_a_like_moves_the_counters_along_the_chain(community: Community) -> None:
    card = community.create("unified_cards", title="t", community_creator=ANNA)
    like = community.create("likes", user=BORA, card=card)
    assert community.values("unified_cards", card)["community_likes"] == 1
    assert community.values("unified_users", ANNA)["creator_total_likes"] == 1
    community.delete("likes", like)
    assert community.values("unified_cards", card)["community_likes"] == 0
    assert community.values("unified_users", ANNA)["creator_total_likes"] == 0


def test_a_review_moves_the_rating(community: Community) -> None:
    template = community.create("templates", name="t", creator=ANNA)
    review = community.create("reviews", template=template, user=BORA, rating=5)
    community.create("reviews", template=template, user=ANNA, rating=2)
    values = community.values("templates", template)
    assert (values["rating"], values["rating_count"]) == (3.5, 2)
    assert values["rating_distribution"] == '{"1":0,"2":1,"3":0,"4":0,"5":1}'
    community.delete("reviews", review)
    assert community.values("templates", template)["rating"] == 2


def test_points_are_granted_once_and_taken_back(community: Community) -> None:
    card = community.create(
        "unified_cards", title="t", community_creator=ANNA, photocard_rarity="epic"
    )
    assert community.points(ANNA) == 25
    like = community.create("likes", user=BORA, card=card)
    assert community.points(ANNA) == 27
    community.update("unified_cards", card, title="u")
    assert community.points(ANNA) == 27
    community.delete("likes", like)
    assert community.points(ANNA) == 25
    community.delete("unified_cards", card)
    assert community.points(ANNA) == 0


def test_nobody_earns_points_by_liking_or_commenting_their_own(community: Community) -> None:
    card = community.create("unified_cards", title="t", community_creator=ANNA)
    community.create("likes", user=ANNA, card=card)
    community.create("comments", author=ANNA, card=card, content="c")
    assert community.points(ANNA) == 10


def test_comments_and_follows_reward_both_sides(community: Community) -> None:
    post = community.create("community_posts", author=ANNA)
    comment = community.create("comments", author=BORA, post=post, content="c")
    assert (community.points(ANNA), community.points(BORA)) == (3, 5)
    community.create("follows", follower=BORA, following=ANNA)
    assert (community.points(ANNA), community.points(BORA)) == (8, 8)
    community.update("comments", comment, deleted=True)
    assert (community.points(ANNA), community.points(BORA)) == (5, 3)


def test_completing_a_collection_is_told_and_rewarded_while_it_lasts(community: Community) -> None:
    card = community.create("unified_cards", title="t", community_creator=BORA)
    collection = community.create("collections", owner=ANNA, cards=[card], target_cards=2)
    assert community.points(ANNA) == 0
    community.update("collections", collection, target_cards=1)
    assert community.points(ANNA) == 50
    assert community.facts("collection.completed") == 1
    assert community.values("unified_cards", card)["photocard_completion_rate"] == 100
    community.delete("unified_cards", card)
    assert community.points(ANNA) == 0


def test_reaching_a_level_is_told_and_multiplies_what_follows(community: Community) -> None:
    legend = {"community_creator": ANNA, "photocard_rarity": "legendary"}
    first = community.create("unified_cards", title="1", **legend)
    community.create("unified_cards", title="2", **legend)
    assert community.values("unified_users", ANNA)["fan_level"] == 2
    assert community.facts("fan_level.reached") == 1
    community.create("unified_cards", title="3", **legend)
    assert community.points(ANNA) == 155
    community.delete("unified_cards", first)
    assert community.points(ANNA) == 105


def test_a_comment_tells_that_it_was_edited_or_deleted(community: Community) -> None:
    post = community.create("community_posts", author=ANNA)
    comment = community.create("comments", author=BORA, post=post, content="c")
    assert community.values("comments", comment)["edited"] is False
    community.update("comments", comment, content="d")
    assert community.values("comments", comment)["edited"] is True
    assert community.values("community_posts", post)["comments_count"] == 1
    community.update("comments", comment, deleted=True)
    assert community.values("comments", comment)["content"] == STUB
    assert community.values("community_posts", post)["comments_count"] == 0


def test_an_account_can_go_with_everything_it_did(community: Community) -> None:
    card = community.create("unified_cards", title="t", community_creator=ANNA)
    post = community.create("community_posts", author=BORA)
    question = community.create("comments", author=ANNA, post=post, content="q")
    answer = community.create("comments", author=ANNA, post=post, content="a", parent=question)
    community.create("likes", user=ANNA, comment=question)
    community.create("likes", user=BORA, card=card)
    community.create("follows", follower=ANNA, following=BORA)
    community.delete("users", ANNA)
    assert community.find("unified_cards", card) is None
    assert community.find("comments", answer) is None
    assert community.points(BORA) == 0
    assert community.values("unified_users", BORA)["creator_followers"] == 0
    assert community.values("community_posts", post)["comments_count"] == 0
