"""Figures for people: a table on the terminal, the same in Markdown, and what is left to do."""

import math
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from rich.table import Table

from bench.rounds import Row

MINUTE_SECONDS = 60
SIZED = ": "
"""What stands between the table and the case in the name of one that is measured over several."""


class Progress:
    """Says after each case how it went, and about how long the rest takes."""

    def __init__(self, cases: int) -> None:
        self._cases = cases
        self._done = 0
        self._began = time.monotonic()

    def line(self, row: Row) -> str:
        """One case that is done."""
        self._done += 1
        spent = time.monotonic() - self._began
        left = spent / self._done * (self._cases - self._done) / MINUTE_SECONDS
        figures = "  ".join(
            f"{name} {row.per_second(name):,.0f}/s ({row.server_micros(name):,.0f} µs)"
            for name in row.runs
        )
        place = f"{self._done} of {self._cases}, some {left:.0f} min left"
        return f"{row.name} @{row.connections}: {figures}  [{place}]"


def heads(names: Sequence[str]) -> list[str]:
    """The titles of the columns: for each server its rate, its p99 and what an answer costs."""
    figures = [title for name in names for title in (f"{name} /s", "p99 ms", "run µs")]
    return ["case", *figures, *(f"{name} : {names[-1]}" for name in names[:-1])]


def cells(row: Row, names: Sequence[str]) -> list[str]:
    """One case, column by column."""
    told = [f"{row.name} @{row.connections}"]
    for name in names:
        failed = row.failed(name)
        told += [
            f"{row.per_second(name):,.0f}" + (f" ({failed} failed)" if failed else ""),
            f"{row.p99_ms(name):,.1f}",
            f"{row.server_micros(name):,.0f}",
        ]
    return told + [_ratio(row.ratios(name, names[-1])) for name in names[:-1]]


def table(rows: Sequence[Row], names: Sequence[str]) -> Table:
    """For the terminal."""
    first, *others = heads(names)
    made = Table(first, box=None, pad_edge=False)
    for title in others:
        made.add_column(title, justify="right")
    for row in rows:
        made.add_row(*cells(row, names))
    return made


def markdown(
    rows: Sequence[Row], processes: Sequence[dict[str, Any]], circumstances: dict[str, Any]
) -> str:
    """For a page: where it was measured, the table, and the processes."""
    names = [process["name"] for process in processes]
    flat = [row for row in rows if SIZED not in row.name]
    machine = circumstances["machine"]
    lines = [
        f"{circumstances['at']}, Holobase {circumstances['holobase']}, {machine['cores']} cores of "
        f"{machine['processor']}, {machine['system']}, Python {machine['python']}.",
        "",
        *([*_lines(heads(names), [cells(row, names) for row in flat]), ""] if flat else []),
        *(line for name in names[:-1] or names for line in _by_size(rows, name, names[-1])),
        _line(["", "start s", "memory idle MiB", "memory after the load MiB"]),
        _line(["---"] * 4),
    ]
    for process in processes:
        figures = (process["idle_mib"], process["loaded_mib"])
        start = f"{median(process['start_seconds']):.2f}"
        lines.append(_line([process["name"], start, *(f"{each:,.0f}" for each in figures)]))
    return "\n".join(lines) + "\n"


def _by_size(rows: Sequence[Row], name: str, other: str) -> list[str]:
    """The cases that are measured over tables of several sizes, a column for each table: the rate
    of one server, its p99, and how often it is as fast as the other; or what an answer costs."""
    sizes, found = [], {}
    for row in rows:
        size, is_sized, what = row.name.partition(SIZED)
        if is_sized:
            sizes += [size] if size not in sizes else []
            last = (
                _times(median(row.ratios(name, other)))
                if other != name
                else f"{row.server_micros(name):,.0f} µs"
            )
            figures = f"{row.per_second(name):,.0f}/s · {row.p99_ms(name):,.0f} ms · {last}"
            found[f"{what} @{row.connections}", size] = figures
    cases = dict.fromkeys(what for what, _ in found)
    if not cases:
        return []
    title = f"{name} · p99 · : {other}" if other != name else f"{name} · p99 · run µs"
    told_cases = [[what, *(found.get((what, size), "") for size in sizes)] for what in cases]
    return [*_lines([title, *sizes], told_cases), ""]


def _lines(titles: Sequence[str], told: Sequence[Sequence[str]]) -> list[str]:
    return [_line(titles), _line(["---"] * len(titles)), *(_line(each) for each in told)]


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _ratio(ratios: list[float]) -> str:
    if len(ratios) == 1:
        return _times(ratios[0])
    return f"{_times(median(ratios))} ({_times(ratios[0])} to {_times(ratios[-1])})"


def _times(ratio: float) -> str:
    return "∞" if math.isinf(ratio) else f"{ratio:.1f}×"
