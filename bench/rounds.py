"""All servers alive side by side, every case in turn: A B, A B, …, so that each pair is measured at
the same moment of a noisy machine.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Protocol, TypeVar

from bench import load
from bench.load import Case, Figures
from bench.target import Target

ANSWERS_MIN = 20
"""Fewer answers in a run say little, and none at all nothing: then it is run once more, longer."""

LONGER = 5

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class Step(Protocol[S_contra]):
    """One case of a suite."""

    @property
    def name(self) -> str: ...

    @property
    def fills(self) -> bool:
        """Whether later cases need what it leaves behind."""

    def prepare(self, side: S_contra) -> None:
        """Makes a server ready for the case."""

    def case(self, side: S_contra) -> Case:
        """The case, as this server is asked it."""


class Suite(Protocol[S]):
    """Cases, and what each of them must know of a server."""

    def side(self, target: Target) -> S:
        """Lays out what the cases need on a fresh server that runs."""

    def steps(self) -> Iterable[Step[S]]:
        """The cases in order. Those that fill are never left out."""


@dataclass
class Row:
    """One case: the runs of every server by its name, in the order of the servers."""

    name: str
    connections: int
    runs: dict[str, list[Figures]] = field(default_factory=dict)

    def per_second(self, server: str) -> float:
        """The median over the runs."""
        return median(run.per_second for run in self.runs[server])

    def p99_ms(self, server: str) -> float:
        """The median over the runs."""
        return median(run.p99_ms for run in self.runs[server])

    def server_micros(self, server: str) -> float:
        """The median over the runs."""
        return median(run.server_micros for run in self.runs[server])

    def failed(self, server: str) -> int:
        """Answers that were errors or did not come, in all runs."""
        return sum(run.refused + run.broken for run in self.runs[server])

    def ratios(self, server: str, other: str) -> list[float]:
        """How many times as fast one is, pair by pair, in ascending order; infinitely where the
        other answered nothing."""
        pairs = zip(self.runs[server], self.runs[other], strict=True)
        return sorted(
            one.per_second / two.per_second if two.per_second else math.inf for one, two in pairs
        )


def measured(
    suite: Suite[S],
    steps: Iterable[Step[S]],
    targets: Sequence[Target],
    *,
    rounds: int,
    seconds: int,
    tell: Callable[[Row], None],
) -> list[Row]:
    """The cases in order. The targets run; `tell` hears of each case when done."""
    rows = []
    sides = [(target, suite.side(target)) for target in targets]
    for step in steps:
        rows.append(_row(step, sides, rounds, seconds))
        tell(rows[-1])
    return rows


def _row(step: Step[S], sides: Sequence[tuple[Target, S]], rounds: int, seconds: int) -> Row:
    cases = []
    for target, side in sides:
        step.prepare(side)
        target.settle()
        case = step.case(side)
        load.warm_up(target.url, case, target.folder)
        cases.append((target, case))
    row = Row(step.name, cases[0][1].connections, {target.name: [] for target, _ in cases})
    for run in range(rounds):
        for target, case in cases:
            row.runs[target.name].append(_run(target, case, run, seconds))
    return row


def _run(target: Target, case: Case, run: int, seconds: int) -> Figures:
    began = target.processor_seconds()
    figures = load.measure(target.url, case, run, seconds, target.folder)
    if figures.answered < ANSWERS_MIN and not case.list_only_once:
        figures = load.measure(target.url, case, run, seconds * LONGER, target.folder)
    spent = target.processor_seconds() - began
    return replace(figures, server_micros=spent * 1e6 / max(figures.answered, 1))
