"""How many random examples a property is tried with: a number that is enough every day, times
HOLOBASE_TEST_EXAMPLES for who wants to know more."""

import os
from typing import Any

from hypothesis import settings

VARIABLE = "HOLOBASE_TEST_EXAMPLES"
TIMES = int(os.environ.get(VARIABLE, "1"))


def tries(count: int, **others: Any) -> settings:
    """Settings for so many examples every day, however long one takes."""
    return settings(max_examples=count * TIMES, deadline=None, **others)
