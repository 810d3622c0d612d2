"""The world that demo data is drawn from: one source of chance, and what exists so far."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import msgspec

from holobase.community.identity.teams import Team
from holobase.community.seed.texts import cards as words
from holobase.kit import ids

T = TypeVar("T")

DAY = 86_400_000
DAYS = 90


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demo data; `at` is when they signed up."""

    id: str
    at: int
    team: Team


class Thing(msgspec.Struct, frozen=True):
    """A record that others may refer to. `is_open`: everybody sees it."""

    id: str
    owner: str
    at: int
    is_open: bool = True
    body: dict[str, Any] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class World:
    """Chance and memory."""

    random: Random
    until: int
    people: list[Person] = field(default_factory=list)
    cards: list[Thing] = field(default_factory=list)
    templates: list[Thing] = field(default_factory=list)
    posts: list[Thing] = field(default_factory=list)
    comments: list[Thing] = field(default_factory=list)
    downloads: list[Thing] = field(default_factory=list)
    reviews: list[Thing] = field(default_factory=list)

    @property
    def start(self) -> int:
        """The moment at which the demo data begins."""
        return self.until - DAYS * DAY

    def new_id(self) -> str:
        """An id for a new record."""
        return ids.record_id(self.random.randbytes)

    def moment(self, *after: int) -> int:
        """A moment after all of the given ones, rather soon than late."""
        begin = max(after) + 1
        return min(self.until, begin + int((self.until - begin) * self.random.random() ** 2))

    def happens(self, probability: float) -> bool:
        """Whether something of this probability comes true."""
        return self.random.random() < probability

    def one(self, choices: Sequence[T]) -> T:
        """Any of the choices, each as likely."""
        return self.random.choice(choices)

    def popular(self, choices: Sequence[T]) -> T:
        """One of the choices, the first ones far more often: a few are known to everybody."""
        return choices[int(len(choices) * self.random.random() ** 2.5)]

    def distinct(self, count: int, draw: Callable[[], T]) -> Iterator[T]:
        """So many different draws; there must be plenty more than that to draw."""
        seen: set[T] = set()
        while len(seen) < count:
            drawn = draw()
            if drawn not in seen:
                seen.add(drawn)
                yield drawn

    def phrase(self, pattern: str, team: Team, **more: str) -> str:
        """The pattern with its gaps filled for a fan of this team."""
        return pattern.format(
            team=team.name,
            stadium=team.stadium,
            player=self.one(words.PLAYERS),
            position=self.one(words.POSITIONS),
            moment=self.one(words.MOMENTS),
            season=self.one(words.SEASONS),
            **more,
        )
