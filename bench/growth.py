"""How the main cases grow with the table: the same requests at each size, from small to large.

Posts are filled in by the API, in lists that fit into memory; `bench.large` is for millions.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench import load
from bench.load import Case, Request
from bench.published import data
from bench.published.schema import MEMBERS, ORGANIZATIONS, PERMISSIONS, lay_out, posts
from bench.published.side import Plan
from bench.published.side import Side as Known
from bench.session import Session, records
from bench.target import Target

FILLED_AT_ONCE = 20_000
FILLERS = 64
CONNECTIONS = 32
VIEWED = 1_000
CREATED = 2_000
MEMBERS_MADE = 20


@dataclass
class Side:
    """A server, and how far it is filled."""

    target: Target
    known: Known
    table: str
    filled: int = 0
    viewed: list[str] = field(default_factory=list)

    def fill(self, size: int) -> None:
        """Makes posts until there are so many."""
        while self.filled < size:
            self._send(self.posts(min(FILLED_AT_ONCE, size - self.filled)), self.table)
        if not self.viewed:
            self.viewed = self.known.session.ids(self.table, VIEWED)

    def lay_out_members(self) -> None:
        """Makes who the posts are by."""
        self._send([data.organization(0)], ORGANIZATIONS)
        self._send([data.permission(number) for number in range(4)], PERMISSIONS)
        related = self.known.ids(ORGANIZATIONS), self.known.ids(PERMISSIONS)
        made = [data.member(number, *related) for number in range(MEMBERS_MADE)]
        self._send(made, MEMBERS)

    def posts(self, count: int) -> list[Request]:
        """Requests that make more posts."""
        authors = self.known.ids(MEMBERS)
        first, self.filled = self.filled, self.filled + count
        return [data.article(self.table, n, authors) for n in range(first, self.filled)]

    def _send(self, made: Sequence[Request], what: str) -> None:
        case = Case("fill", lambda _run: made, FILLERS, list_only_once=True)
        if load.measure(self.target.url, case, 0, 0, self.target.folder).refused:
            raise SystemExit(f"{self.target.name} refused {what}")


@dataclass(frozen=True)
class Step:
    """One case at one size."""

    name: str
    size: int
    requests: Callable[[Side], Sequence[Request]]
    list_only_once: bool = False
    fills: bool = False

    def prepare(self, side: Side) -> None:
        """Fills up to the size."""
        side.fill(self.size)

    def case(self, side: Side) -> Case:
        """The case as one server is asked it."""
        return Case(
            self.name,
            lambda _run: self.requests(side),
            CONNECTIONS,
            list_only_once=self.list_only_once,
        )


class Growth:
    """The suite, over tables of these sizes."""

    def __init__(self, sizes: Sequence[int], opened: ExitStack) -> None:
        self._sizes = sorted(sizes)
        self._opened = opened

    def side(self, target: Target) -> Side:
        """Lays the collections out on a fresh server."""
        most = self._sizes[-1]
        session = self._opened.enter_context(Session(target.url))
        lay_out(session, [most])
        side = Side(target, Known(session, Plan((most,), MEMBERS_MADE, 1)), posts(most))
        side.lay_out_members()
        return side

    def steps(self) -> Iterable[Step]:
        """The same cases at each size; those that create come last, for they add to it."""
        for size in self._sizes:
            for name, query in LISTS:
                yield Step(f"{size:,} posts: {name}", size, _listed(query))
            yield Step(f"{size:,} posts: view", size, _viewed)
            yield Step(f"{size:,} posts: create", size, lambda side: side.posts(CREATED), True)


LISTS = (
    ("list 20", "perPage=20"),
    ("list 20, newest first", "perPage=20&sort=-@rowid"),
    ("list 20, no total", "perPage=20&skipTotal=1"),
    ("list 20, filtered", "perPage=20&filter=public=true"),
)


def _listed(query: str) -> Callable[[Side], Sequence[Request]]:
    return lambda side: [("GET", f"{records(side.table)}?{query}", "")]


def _viewed(side: Side) -> Sequence[Request]:
    return [("GET", records(side.table, each), "") for each in side.viewed]
