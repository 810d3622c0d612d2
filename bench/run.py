"""`make bench`: every case on fresh servers side by side, as a table and as JSON."""

import argparse
import json
import platform
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import inside, load, target, telling
from bench.ceiling import ceiling
from bench.community import Community
from bench.growth import Growth
from bench.picture import picture
from bench.published import Plan, Published
from bench.rounds import Row, measured
from bench.target import Target
from holobase import __version__
from holobase.runtime.cores import usable_cores
from tests.postgres import private_server

SETTLE_SECONDS = 2.0
PIPE_COLUMNS = 160
STORES = ("sqlite", "postgres")
SUITES = ("community", "published", "growth", "inside")
MANY_CASES = ("published", "growth")
"""Suites of so many cases that each gets less time: the whole then takes some twenty minutes."""

CEILING_SECONDS = 3
ENDED = 128 + signal.SIGTERM
console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)


def main() -> None:
    """Reads the options, measures, tells."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))  # no server outlives the bench
    with ExitStack() as opened:
        scratch = tempfile.TemporaryDirectory(prefix="holobase-bench-", dir=options.folder)
        folder = Path(opened.enter_context(scratch))
        measure = _inside if options.suite == "inside" else _outside
        report = _circumstances(options) | measure(folder, options, opened)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2, default=str) + "\n")
    console.print(f"Figures as JSON: {options.json}")


def _inside(folder: Path, options: argparse.Namespace, opened: ExitStack) -> dict[str, Any]:
    """Without HTTP: events per second."""
    stores = {variant.partition(":")[0] for variant in options.variants}
    urls = [
        opened.enter_context(private_server()).url if store == "postgres" else None
        for store in sorted(stores, reverse=True)
    ]
    found = inside.figures(folder, urls, options.records)
    table = Table("what", box=None, pad_edge=False)
    table.add_column("events /s", justify="right")
    for name, rate in found.items():
        table.add_row(name, f"{rate:,.0f}")
    console.print(table)
    return {"events_per_second": found}


def _outside(folder: Path, options: argparse.Namespace, opened: ExitStack) -> dict[str, Any]:
    """Requests, to all servers in turn."""
    load.require_wrk()
    most = ceiling(folder, min(CEILING_SECONDS, options.seconds))
    console.print(f"The load generator reaches {most:,.0f} requests per second.", style="dim")
    targets = _targets(folder, options, opened)
    suite = _suite(options, opened)
    steps = [step for step in suite.steps() if options.only in step.name or step.fills]
    progress = telling.Progress(len(steps))
    rows = measured(
        suite,
        steps,
        targets,
        rounds=options.rounds,
        seconds=options.seconds,
        tell=lambda row: console.print(progress.line(row), style="dim"),
    )
    processes = [_process(each, options.starts) for each in targets]
    _print(rows, processes)
    page = options.json.with_suffix(".md")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(telling.markdown(rows, processes, _circumstances(options)))
    console.print(f"The table as Markdown: {page}")
    if options.pocketbase and rows:
        drawn = options.json.with_suffix(".svg")
        drawn.write_text(picture(rows, targets[-2].name, targets[-1].name))
        console.print(f"The ratios as a picture: {drawn}")
    found = [asdict(row) for row in rows]
    return {"ceiling_per_second": most, "rows": found, "processes": processes}


def _suite(options: argparse.Namespace, opened: ExitStack) -> Any:
    match options.suite:
        case "community":
            return Community(options.records, options.connections)
        case "growth":
            return Growth(options.sizes, opened)
        case _:
            return Published(Plan(tuple(options.sizes), options.members, options.rounds), opened)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add("--suite", choices=SUITES, default="community")
    add("--only", default="", metavar="TEXT", help="cases whose name holds this")
    add("--rounds", type=int, help="runs of each case on each server, in turn: 3, or 2 of many")
    add("--starts", type=int, default=5, help="how often a start is measured")
    add("--seconds", type=int, help="how long a run takes, where it is not a list: 4, or 2")
    add(
        "--records",
        type=int,
        default=10_000,
        help="community: cards to fill in first; inside: events",
    )
    add("--connections", type=int, nargs="+", default=[32, 500], help="community: how many")
    add(
        "--sizes",
        type=int,
        nargs="+",
        default=[10_000, 100_000],
        help="published and growth: posts",
    )
    add("--members", type=int, default=100, help="published: accounts")
    add(
        "--variants",
        nargs="+",
        default=["sqlite"],
        metavar="STORE[:WORKERS]",
        help="what is measured: sqlite, sqlite:2, postgres, postgres:2",
    )
    add("--before", type=Path, metavar="PROGRAM", help="compare with another Holobase")
    add("--pocketbase", type=Path, metavar="BINARY", help="compare with this program")
    add("--json", type=Path, default=Path("build/bench.json"))
    add("--folder", type=Path, help="where the data goes (a real disk, not tmpfs)")
    options = parser.parse_args()
    has_many = options.suite in MANY_CASES
    options.rounds = options.rounds or (2 if has_many else 3)
    options.seconds = options.seconds or (2 if has_many else 4)
    least = 2 * options.rounds  # made in two cases, over all rounds
    if options.suite == "published" and min(options.members, *options.sizes) < least:
        parser.error(f"--members and --sizes must be at least {least}, twice the rounds")
    return options


def _targets(scratch: Path, options: argparse.Namespace, opened: ExitStack) -> list[Target]:
    """The servers, running on fresh folders; they end with `opened`."""
    with_community = options.suite == "community"
    programs = {"": target.PROGRAM}
    if options.before:
        programs["before "] = options.before.absolute()
    targets = []
    for variant, (mark, program) in product(options.variants, programs.items()):
        store, _, workers = variant.partition(":")
        if store not in STORES or not (workers or "1").isdigit():
            sys.exit(f"{variant}: a variant is sqlite, sqlite:2, postgres or postgres:2")
        url = opened.enter_context(private_server()).url if store == "postgres" else None
        folder = _folder(scratch, f"{mark}{variant}".replace(":", "-").replace(" ", "-"))
        made = target.holobase(
            folder, f"{mark}{variant}", url, with_community=with_community, program=program
        )
        targets.append(made)
    if options.pocketbase:
        folder = _folder(scratch, "pocketbase")
        binary = options.pocketbase.absolute()
        targets.append(target.pocketbase(folder, binary, with_community=with_community))
    for each in targets:
        opened.callback(each.stop)
        each.start()
        each.prepare(each)
    return targets


def _folder(scratch: Path, name: str) -> Path:
    made = scratch / name
    made.mkdir()
    return made


def _process(server: Target, times: int) -> dict[str, Any]:
    """Memory after the load, then several starts on what is there, then idle memory."""
    loaded = server.memory_mib()
    starts = []
    for _ in range(times):
        server.stop()
        starts.append(server.start())
    time.sleep(SETTLE_SECONDS)
    return {
        "name": server.name,
        "start_seconds": starts,
        "idle_mib": server.memory_mib(),
        "loaded_mib": loaded,
    }


def _print(rows: list[Row], processes: list[dict[str, Any]]) -> None:
    console.print(telling.table(rows, [process["name"] for process in processes]))
    for process in processes:
        console.print(
            f"{process['name']}: starts in {median(process['start_seconds']):.2f} s; memory "
            f"{process['idle_mib']:.0f} MiB idle, {process['loaded_mib']:.0f} MiB after load"
        )


def _circumstances(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "holobase": __version__,
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": usable_cores(),
            "python": platform.python_version(),
        },
        "options": vars(options),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
