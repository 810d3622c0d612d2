"""Which rule of the settings limits a request: one at most, the first that fits."""

from collections.abc import Iterable, Sequence
from typing import Final

from holobase.domain.settings import RateLimitRule

EVERYBODY: Final = ""
GUESTS: Final = "@guest"
ACCOUNTS: Final = "@auth"


def rule_for(
    rules: Sequence[RateLimitRule], labels: Iterable[str], *, is_guest: bool
) -> RateLimitRule | None:
    """The rule for a request that goes by several labels, the most telling one first.

    For each label a rule of just this label comes first, then, in their order, those whose label
    ends with a slash and begins it.
    """
    audiences = (EVERYBODY, GUESTS if is_guest else ACCOUNTS)
    theirs = [rule for rule in rules if rule.audience in audiences]
    for label in labels:
        for rule in theirs:
            if rule.label == label:
                return rule
        for rule in theirs:
            if rule.label.endswith("/") and f"{label}/".startswith(rule.label):
                return rule
    return None


def labels_of(method: str, path: str) -> tuple[str, str]:
    """What every request goes by."""
    return f"{method} {path}", path


def tags_of(collection: str, tags: Sequence[str]) -> tuple[str, ...]:
    """What a request about a collection goes by, before its path."""
    return (*(f"{collection}:{tag}" for tag in tags), *(f"*:{tag}" for tag in tags))
