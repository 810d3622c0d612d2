"""What is written: the same number gives the same record on every server, and what others refer to
has the same id, so that lists find equally many.
"""

import random
from collections.abc import Sequence

from bench.load import Request
from bench.published.schema import MEMBERS, ORGANIZATIONS, PASSWORD, PERMISSIONS, TYPES
from bench.session import post

SENTENCES = (
    "The foil shines when the stadium lights come on over the ninth inning.",
    "Somebody in the third row holds a card up against the evening sky.",
    "A season is long, and every game leaves a picture that nobody else has.",
    "Collectors say that the first print of a legend never loses its colour.",
)
DESCRIPTION = " ".join(SENTENCES * 5)
"""About 1.5 kB. `foil shines` is what the text search looks for, and finds in every post."""


def organization(number: int) -> Request:
    """Creates an organization."""
    values = {"id": f"organ{number:010}", "name": f"organization{number}"}
    return post(ORGANIZATIONS, values)


def permission(number: int) -> Request:
    """Creates a permission; every other one is active."""
    values = {"id": f"permi{number:010}", "name": f"permission{number}"}
    return post(PERMISSIONS, {**values, "active": number % 2 == 0})


def member(number: int, organizations: Sequence[str], permissions: Sequence[str]) -> Request:
    """Creates an account with up to three permissions."""
    chance = random.Random(number)
    values = {
        "id": f"membe{number:010}",
        "email": f"member{number}@example.com",
        "username": f"member{number}",
        "organization": chance.choice(organizations),
        "permissions": [chance.choice(permissions) for _ in range(3)],
        "password": PASSWORD,
        "passwordConfirm": PASSWORD,
    }
    return post(MEMBERS, values)


def article(table: str, number: int, members: Sequence[str]) -> Request:
    """Creates a post; every other one is public."""
    chance = random.Random(number)
    values = {
        "title": f"{table} {number}",
        "description": DESCRIPTION,
        "public": number % 2 == 1,
        "type": [chance.choice(TYPES), chance.choice(TYPES)],
        "author": chance.choice(members),
    }
    return post(table, values)
