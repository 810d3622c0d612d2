"""Derived fields: numbers the server keeps from other records, or from the record itself.

A declaration says what is counted; `engine/derive.py` keeps it. Counters are integers, so that
adding and taking back can never drift: an average is a `Computed` of a sum and a count. What no
sum can tell (the newest of several) is kept by a reaction.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]
"""The normalised values of a record by field name, its `id` included."""


def always(_: Values) -> bool:
    """The condition that holds for every record."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many records of collection `of` that satisfy `where` name this one.

    `by` is the field of the source that holds the keys, one or many; where its value is neither a
    text nor a list of texts, `items` reads them from it. A key is compared with the target's
    field `key`, which must be unique.
    """

    of: str
    by: str
    where: Callable[[Values], bool] = always
    key: str = "id"
    items: Callable[[Values], Iterable[str]] | None = None

    def keys(self, source: Values) -> list[str]:
        """The keys of the targets that this source counts for, each once."""
        if not self.where(source):
            return []
        found = self.items(source) if self.items else source[self.by]
        keys = [found] if isinstance(found, str) else found
        return [key for key in dict.fromkeys(keys) if key]

    def amount(self, source: Values) -> int:  # noqa: ARG002 - `Sum` looks at it
        """What one source adds to each of its targets."""
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Count):
    """As `Count`, adding the source's integer field `value` instead of one."""

    value: str

    def amount(self, source: Values) -> int:
        return int(source[self.value])


@dataclass(frozen=True, slots=True)
class Computed:
    """A function of the record's own other values; runs after its counters have changed."""

    of: Callable[[Values], Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that a reaction of the collection's own service keeps, or the reader of the log that
    derives artwork; `by` names it."""

    by: str


Derived: TypeAlias = Count | Sum | Computed | Kept
