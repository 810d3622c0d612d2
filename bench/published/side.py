"""What the cases are made of: how much is measured, what is known of a server, one case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bench.load import Case, Request
from bench.published.schema import MEMBERS, PASSWORD
from bench.session import Session

BESIDE = 300
"""Connections, and requests, that are sent beside a case."""


@dataclass(frozen=True)
class Plan:
    """Rows of each table of posts, accounts, and rounds over which all are made and deleted."""

    sizes: tuple[int, ...]
    members: int
    rounds: int

    def share(self, first: int, end: int, run: int) -> range:
        """The numbers of one round, where all rounds together take `first` to `end`."""
        count = end - first
        return range(first + count * run // self.rounds, first + count * (run + 1) // self.rounds)


@dataclass
class Side:
    """What is known of a server when a case begins."""

    session: Session
    plan: Plan
    _ids: dict[str, list[str]] = field(default_factory=dict)
    _login: tuple[str, str] | None = None

    def ids(self, collection: str) -> list[str]:
        """Ids that later records refer to: of what is made when this is first asked."""
        if collection not in self._ids:
            self._ids[collection] = self.session.ids(collection, self.plan.members)
        return self._ids[collection]

    @property
    def login(self) -> tuple[str, str]:
        """Id and token of the one account that asks all the time."""
        if self._login is None:
            self._login = self.session.log_in(MEMBERS, "member0@example.com", PASSWORD)
        return self._login


Requests: TypeAlias = Callable[[Side, int], Sequence[Request]]
"""Makes the requests of one round."""


@dataclass(frozen=True)
class Step:
    """One case, and how its collection is defined while it is measured."""

    name: str
    collection: str
    requests: Requests
    connections: int
    patch: Mapping[str, Any] = field(default_factory=dict)
    is_signed_in: bool = True
    list_only_once: bool = False
    beside: Requests | None = None

    @property
    def fills(self) -> bool:
        """Whether later cases need what it leaves behind."""
        return "create" in self.name

    def prepare(self, side: Side) -> None:
        """Defines the collection as the case needs it."""
        if self.patch:
            side.session.send("PATCH", f"/api/collections/{self.collection}", self.patch)

    def case(self, side: Side) -> Case:
        """The case as one server is asked it."""
        token = side.login[1] if self.is_signed_in else ""
        beside = self.beside
        meanwhile = beside and Case(
            f"{self.name}, beside", lambda run: beside(side, run), BESIDE, token, True
        )
        return Case(
            self.name,
            lambda run: self.requests(side, run),
            self.connections,
            token,
            self.list_only_once,
            meanwhile,
        )
