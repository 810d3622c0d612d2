"""What is remembered of what clients write: bounded by its number and by its length."""

import pytest

from holobase.engine.kept import Kept


@pytest.mark.parametrize(
    ("number_max", "length_max", "left"),
    [
        (10, 100, ["a", "b", "c"]),
        (2, 100, ["a", "c"]),
        (10, 20, ["a", "c"]),
        (10, 15, ["c"]),
        (10, 9, []),
    ],
)
def test_what_nobody_has_looked_at_for_the_longest_time_makes_room(
    number_max: int, length_max: int, left: list[str]
) -> None:
    kept = Kept[str](number_max, length_max)
    for name in "ab":
        kept["list", (name * 6, 1.0)] = name
    if ("list", ("a" * 6, 1.0)) in kept:
        assert kept["list", ("a" * 6, 1.0)] == "a"
    kept["list", ("c" * 6, 1.0)] = "c"
    assert [name for name in "abc" if ("list", (name * 6, 1.0)) in kept] == left


def test_another_value_under_the_same_key_takes_no_more_room() -> None:
    kept = Kept[int](10, 20)
    for number in range(100):
        kept["a" * 10] = number
    kept["b" * 10] = 0
    assert kept["a" * 10] == 99
    kept.clear()
    kept["c" * 20] = 1
    assert kept["c" * 20] == 1
