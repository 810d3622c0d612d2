"""What the server works out: ratings, completion, ranks, levels, points, lists of names."""

from typing import Any

import pytest

from holobase.community.cards.measures import (
    completion_rate,
    is_complete,
    rarity_rank,
    share_complete,
)
from holobase.community.identity.fan_levels import amount, level_at
from holobase.community.market.measures import rating, rating_count, rating_distribution
from holobase.community.values import (
    average,
    check_exactly_one,
    check_names,
    check_not_oneself,
    joined,
    names,
)


def stars(*counts: int) -> dict[str, int]:
    """A template with so many ratings of one star, of two stars, and so on."""
    return {f"rating_{number}": count for number, count in enumerate(counts, start=1)}


@pytest.mark.parametrize(
    ("template", "average"),
    [
        (stars(0, 0, 0, 0, 0), 0),
        (stars(0, 0, 0, 0, 1), 5),
        (stars(0, 0, 0, 3, 1), 4.3),  # 4.25
        (stars(1, 0, 0, 0, 2), 3.7),  # 3.666…
        (stars(1, 1, 1, 1, 1), 3),
    ],
)
def test_a_rating_is_the_average_to_one_decimal(template: dict[str, int], average: float) -> None:
    assert rating(template) == average


def test_the_distribution_and_the_count_tell_the_same() -> None:
    template = stars(1, 0, 2, 0, 4)
    assert rating_distribution(template) == {"1": 1, "2": 0, "3": 2, "4": 0, "5": 4}
    assert rating_count(template) == 7


@pytest.mark.parametrize(
    ("held", "target", "rate"),
    [(0, 0, 0), (3, 0, 0), (0, 4, 0), (2, 3, 66), (3, 3, 100), (9, 3, 100)],
)
def test_a_collection_is_complete_when_it_reaches_its_target(
    held: int, target: int, rate: int
) -> None:
    collection = {"cards": ["card"] * held, "target_cards": target}
    assert completion_rate(collection) == rate
    assert is_complete(collection) == (rate == 100)


def test_the_share_of_complete_collections_is_zero_where_nobody_holds_the_card() -> None:
    assert share_complete({"held_by": 0, "held_complete_by": 0}) == 0
    assert share_complete({"held_by": 3, "held_complete_by": 2}) == 66


def test_rarities_are_ranked_and_unknown_ones_are_common() -> None:
    ranked = [rarity_rank({"photocard_rarity": r}) for r in ("common", "rare", "epic", "legendary")]
    assert ranked == [1, 2, 3, 4]
    assert rarity_rank({"photocard_rarity": ""}) == 1


@pytest.mark.parametrize(
    ("points", "level"),
    [(-5, 1), (0, 1), (99, 1), (100, 2), (499, 2), (500, 3), (2000, 4), (10_000, 5)],
)
def test_levels_begin_at_their_thresholds(points: int, level: int) -> None:
    assert level_at(points).level == level


def test_points_grow_with_the_level_and_are_rounded_down() -> None:
    assert amount("rare_card_created", 0) == 15
    assert amount("rare_card_created", 100) == 16  # 16.5
    assert amount("like_received", 500) == 2  # 2.5
    assert amount("legendary_card_created", 10_000) == 100


@pytest.mark.parametrize(
    "text",
    ['["a"]', "[]", None, "null", '["일이삼사오육칠팔구십일이삼사오육칠팔구십"]'],
)
def test_short_lists_of_short_names_are_accepted(text: str | None) -> None:
    assert check_names({"tags": text}, "tags") == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1}',
        "5",
        '"a"',
        "[1]",
        '[""]',
        '["' + "x" * 21 + '"]',
        str(["a"] * 11).replace("'", '"'),
    ],
)
def test_anything_else_is_refused_as_names(text: str) -> None:
    assert check_names({"tags": text}, "tags") == {"tags": "validation_invalid_value"}


def test_names_are_read_from_whatever_is_stored() -> None:
    assert names("tags")({"tags": '["a",1,"b"]'}) == ["a", "b"]
    assert names("tags")({"tags": '{"a":1}'}) == []
    assert names("tags")({"tags": None}) == []


def test_a_like_names_exactly_one_thing() -> None:
    assert check_exactly_one({"card": "c", "post": ""}, "card", "post") == {}
    assert check_exactly_one({"card": "", "post": ""}, "card", "post") == {
        "card": "validation_required",
        "post": "validation_required",
    }
    assert check_exactly_one({"card": "c", "post": "p"}, "card", "post") == {
        "post": "validation_empty"
    }


def test_nobody_does_it_to_themselves() -> None:
    def check(follower: str, following: str) -> Any:
        values = {"follower": follower, "following": following}
        return check_not_oneself(values, "follower", "following")

    assert check("a", "b") == {}
    assert check("a", "a") == {"following": "validation_invalid_value"}


def test_an_average_is_made_of_a_sum_and_a_count() -> None:
    rating = average("sum", "count")
    assert rating({"sum": 0, "count": 0}) == 0
    assert rating({"sum": 17, "count": 4}) == 4.3  # 4.25


def test_a_pair_needs_both() -> None:
    pair = joined("a", "b")
    assert pair({"a": "x", "b": "y"}) == "x/y"
    assert pair({"a": "x", "b": ""}) == ""
