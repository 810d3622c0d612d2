"""The cases of PocketBase's own published benchmark, told as facts: its collections, the sizes of
its tables, its rules, indexes and queries, its numbers of connections. Texts and data are ours.
"""

from collections.abc import Iterable
from contextlib import ExitStack

from bench.published import steps
from bench.published.schema import lay_out
from bench.published.side import Plan, Side, Step
from bench.session import Session
from bench.target import Target

__all__ = ["Plan", "Published"]


class Published:
    """The suite. `opened` closes what it opens."""

    def __init__(self, plan: Plan, opened: ExitStack) -> None:
        self._plan = plan
        self._opened = opened

    def side(self, target: Target) -> Side:
        """Lays the collections out on a fresh server."""
        session = self._opened.enter_context(Session(target.url))
        lay_out(session, self._plan.sizes)
        return Side(session, self._plan)

    def steps(self) -> Iterable[Step]:
        """The cases in order: those that create also fill."""
        return steps.steps(self._plan)
