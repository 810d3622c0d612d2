"""A short run of `make fuzz`."""

from random import Random

from tests.fuzz.checks import CHECKS

INPUTS = 2_000


def test_random_texts_break_nothing() -> None:
    random = Random(20_261_124)
    for _ in range(INPUTS):
        random.choice(CHECKS)(random)
