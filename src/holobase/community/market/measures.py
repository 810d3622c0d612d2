"""What the server works out about templates from the counts of their ratings."""

from collections.abc import Callable
from hashlib import sha256 as digest

from holobase.community.values import one_decimal
from holobase.domain.derived import Values

STARS = (1, 2, 3, 4, 5)


def gives(stars: int) -> Callable[[Values], bool]:
    """The condition that a review gives exactly so many stars."""
    return lambda review: int(review["rating"]) == stars


def is_paid(purchase: Values) -> bool:
    """Whether the purchase counts."""
    return bool(purchase["status"] == "paid")


def is_verified(review: Values) -> bool:
    """Whether the writer has downloaded what the review is about."""
    return int(review["writer_downloads"]) > 0


def sha256(version: Values) -> str:
    """The digest of the design as it is stored, in hexadecimal; empty without one."""
    stored = version["template_data"]
    return digest(stored.encode()).hexdigest() if stored != "null" else ""


def rating_count(template: Values) -> int:
    """How many reviews the template has."""
    return sum(_distribution(template).values())


def rating(template: Values) -> float:
    """The average of all ratings to one decimal, halves rounded up; 0 without any."""
    counts = _distribution(template)
    total, stars = sum(counts.values()), sum(n * count for n, count in counts.items())
    return one_decimal(stars, total)


def rating_distribution(template: Values) -> dict[str, int]:
    """How many reviews give one star, two stars, and so on."""
    return {str(stars): count for stars, count in _distribution(template).items()}


def _distribution(template: Values) -> dict[int, int]:
    return {stars: int(template[f"rating_{stars}"]) for stars in STARS}
