"""A picture of a run beside PocketBase: a line for each case, on it a dot for each table or number
of connections, where it stands how often as fast Holobase was.

    python -m bench.picture build/bench.json
"""

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from bench.load import Figures
from bench.rounds import Row
from bench.telling import SIZED

WIDTH, LEFT, RIGHT, TOP, LINE = 960, 390, 925, 92, 22
"""Pixels: the whole, where the axis begins and ends, what stands above the first case, a case."""

COLOURS = ("#4338ca", "#0891b2", "#d97706", "#be185d", "#475569")
MARKS = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
FONT = "system-ui, -apple-system, 'Segoe UI', 'Apple SD Gothic Neo', 'Noto Sans KR', sans-serif"

Dots = dict[str, dict[str, float]]
"""For each case, what each of its dots stands for and its ratio; infinite where the other server
answered nothing."""


def dots(rows: Sequence[Row], name: str, other: str) -> Dots:
    """The ratios of one server to the other."""
    has_sizes = any(SIZED in row.name for row in rows)
    found: Dots = {}
    for row in rows:
        table, is_sized, case = row.name.partition(SIZED)
        if is_sized:
            case, dot = f"{case} @{row.connections}", table
        elif has_sizes:
            case, dot = f"{row.name} @{row.connections}", "accounts"
        else:
            case, dot = row.name, f"{row.connections} connections"
        found.setdefault(case, {})[dot] = median(row.ratios(name, other))
    return found


def picture(rows: Sequence[Row], name: str, other: str) -> str:
    """The SVG."""
    cases = dots(rows, name, other)
    ratios = [ratio for each in cases.values() for ratio in each.values()]
    kinds = list(dict.fromkeys(dot for each in cases.values() for dot in each))
    lowest, highest = _ends([ratio for ratio in ratios if 0 < ratio < math.inf])
    bottom = TOP + LINE * len(cases)
    ahead = sum(ratio > 1 for ratio in ratios)
    title = f"Requests per second: Holobase ({name}) to {other}"
    summary = (
        f"Ahead in {ahead} of {len(ratios)} cases, the median is {median(ratios):.1f}×. Left of 1× "
        f"{other} is faster; on the right edge it is out of sight, or gave no answer."
    )

    def place(ratio: float) -> float:
        share = math.log(ratio / lowest) / math.log(highest / lowest)
        return LEFT + (RIGHT - LEFT) * share

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 56}" role="img"'
        f' font-family="{FONT}" aria-labelledby="t d"><title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(summary)}</desc>',
        f'<rect width="{WIDTH}" height="{bottom + 56}" rx="14" fill="#fff"/>',
        _text(24, 34, title, size=18, weight=600),
        _text(24, 56, summary, fill="#475569"),
        f'<rect x="{LEFT}" y="{TOP - 8}" width="{place(1) - LEFT:.1f}" height="{bottom - TOP + 8}"'
        ' fill="#fee2e2"/>',
        *(_mark(place(mark), f"{mark:g}×", bottom) for mark in MARKS if lowest <= mark <= highest),
    ]
    for line, (case, found) in enumerate(cases.items()):
        y = TOP + LINE * line + LINE / 2
        parts.append(_text(LEFT - 12, y + 4, case, anchor="end"))
        for dot, ratio in found.items():
            told = f"{case}, {dot}: {_told(ratio, other)}"
            parts.append(_dot(place(min(max(ratio, lowest), highest)), y, kinds.index(dot), told))
    parts += [_legend(kinds, bottom + 34), "</svg>"]
    return "\n".join(parts) + "\n"


def _ends(ratios: Sequence[float]) -> tuple[float, float]:
    """The marks between which all of them are; a ratio of one is always there."""
    low = max((mark for mark in MARKS if mark <= min([1, *ratios])), default=MARKS[0])
    high = min((mark for mark in MARKS if mark >= max([3, *ratios])), default=MARKS[-1])
    return low, high


def _told(ratio: float, other: str) -> str:
    return f"{other} gave no answer" if math.isinf(ratio) else f"{ratio:.1f}×"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
    fill: str = "#1e293b",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}"'
        f' text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'
    )


def _mark(x: float, text: str, bottom: float) -> str:
    colour = "#64748b" if text == "1×" else "#e2e8f0"
    line = f'<path d="M{x:.1f} {TOP - 8}V{bottom}" stroke="{colour}"/>'
    return line + _text(x, TOP - 14, text, size=12, anchor="middle", fill="#64748b")


def _dot(x: float, y: float, kind: int, told: str) -> str:
    colour = COLOURS[kind % len(COLOURS)]
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{colour}" fill-opacity=".8"'
        f' stroke="#fff"><title>{escape(told)}</title></circle>'
    )


def _legend(kinds: Sequence[str], y: float) -> str:
    parts, x = [], float(LEFT)
    for number, kind in enumerate(kinds):
        parts.append(_dot(x, y - 4, number, kind) + _text(x + 12, y, kind))
        x += 36 + 7.5 * len(kind)
    return "".join(parts)


def rows_of(run: dict[str, Any]) -> list[Row]:
    """The cases of a run, as its JSON tells them."""
    return [
        Row(
            row["name"],
            row["connections"],
            {name: [Figures(**each) for each in runs] for name, runs in row["runs"].items()},
        )
        for row in run["rows"]
    ]


def main() -> None:
    """Draws the picture beside the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("figures", type=Path, help="the JSON of a run beside PocketBase")
    parser.add_argument("--server", help="one of the servers measured; by default the last one")
    parser.add_argument("--output", type=Path, help="by default beside the figures, as .svg")
    options = parser.parse_args()
    run = json.loads(options.figures.read_text())
    *names, other = [process["name"] for process in run["processes"]]
    if not names or not run["rows"]:
        parser.error("there is nothing to compare; give --pocketbase to the run")
    name = options.server or names[-1]
    if name not in names:
        parser.error(f"measured were {', '.join(names)}")
    path = options.output or options.figures.with_suffix(".svg")
    path.write_text(picture(rows_of(run), name, other))
    print(path)


if __name__ == "__main__":
    main()
