"""What the conditions and computed fields of several services say about values."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from holobase.domain.derived import Values

NAMES_MAX = 10
NAME_LENGTH_MAX = 20

Refusals = Mapping[str, str]
"""Error codes by field name, as `Declaration.check` gives them."""


def decoded(text: str | None) -> Any:
    """What the JSON text of a stored json field says; None where there is none."""
    return msgspec.json.decode(text) if text else None


def names(field: str) -> Callable[[Values], list[str]]:
    """The names that a json field lists; anything else in it is no name."""

    def listed(values: Values) -> list[str]:
        found = decoded(values[field])
        return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []

    return listed


def check_names(values: Values, field: str) -> Refusals:
    """Refuses what is not a list of at most ten short names."""
    found = decoded(values[field]) or []
    is_fine = (
        isinstance(found, list)
        and len(found) <= NAMES_MAX
        and all(isinstance(name, str) and 1 <= len(name) <= NAME_LENGTH_MAX for name in found)
    )
    return {} if is_fine else {field: "validation_invalid_value"}


def check_exactly_one(values: Values, *fields: str) -> Refusals:
    """Refuses values in more than one of the fields, or in none."""
    given = [field for field in fields if values[field]]
    if not given:
        return dict.fromkeys(fields, "validation_required")
    return dict.fromkeys(given[1:], "validation_empty")


def check_not_oneself(values: Values, actor: str, other: str) -> Refusals:
    """Refuses what somebody does to themselves."""
    return {other: "validation_invalid_value"} if values[actor] == values[other] else {}


def one_decimal(total: int, count: int) -> float:
    """The average to one decimal, halves rounded up; 0 of nothing. Both are not negative."""
    return (20 * total + count) // (2 * count) / 10 if count else 0


def average(total: str, count: str) -> Callable[[Values], float]:
    """The average that two counters of a record make: a `Sum` and a `Count`."""
    return lambda values: one_decimal(int(values[total]), int(values[count]))


def joined(*fields: str) -> Callable[[Values], str]:
    """The values of several fields as one key, e.g. `template/user`; empty where one of them is."""

    def key(values: Values) -> str:
        parts = [values[field] for field in fields]
        return "/".join(parts) if all(parts) else ""

    return key


def not_hidden(values: Values) -> bool:
    """Content that nobody has hidden: what is hidden leaves every count."""
    return not values["hidden"]


def is_readable(comment: Values) -> bool:
    """A comment that says something: neither hidden nor the stub of a deleted one."""
    return not comment["hidden"] and not comment["deleted"]
