"""`make bench`: every case on a fresh server, a table on the terminal and the figures as JSON."""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import cases, load, target
from holobase import __version__
from tests.postgres import private_server

SETTLE_SECONDS = 2.0
PIPE_COLUMNS = 140
console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)


@dataclass
class Result:
    """Everything measured of one server. Keys of `figures` are `case @connections`."""

    name: str
    start_seconds: float = 0
    idle_mib: float = 0
    loaded_mib: float = 0
    fill_per_second: float = 0
    figures: dict[str, load.Figures] = field(default_factory=dict)


def main() -> None:
    """Reads the options, measures, tells."""
    options = _options()
    load.require_wrk()
    with ExitStack() as opened:
        scratch = tempfile.TemporaryDirectory(prefix="holobase-bench-", dir=options.folder)
        targets = _targets(Path(opened.enter_context(scratch)), options, opened)
        results = [_measured(each, options) for each in targets]
    _print(results)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(_report(results, options), indent=2) + "\n")
    console.print(f"Figures as JSON: {options.json}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000, help="cards to fill in first")
    parser.add_argument("--seconds", type=int, default=8, help="how long each case runs")
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 500])
    parser.add_argument(
        "--variants",
        nargs="+",
        default=["sqlite"],
        metavar="STORE[:WORKERS]",
        help="what to measure, one after the other: sqlite, sqlite:2, postgres, postgres:2",
    )
    parser.add_argument("--pocketbase", type=Path, metavar="BINARY", help="compare with this")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--folder", type=Path, help="where the data goes (a real disk, not tmpfs)")
    return parser.parse_args()


def _targets(scratch: Path, options: argparse.Namespace, opened: ExitStack) -> list[target.Target]:
    targets = []
    for variant in options.variants:
        store, _, workers = variant.partition(":")
        if store not in ("sqlite", "postgres") or not (workers or "1").isdigit():
            sys.exit(f"{variant}: a variant is sqlite, sqlite:2, postgres or postgres:2")
        url = opened.enter_context(private_server()).url if store == "postgres" else None
        folder = _folder(scratch, variant.replace(":", "-"))
        targets.append(target.holobase(folder, int(workers or 1), url))
    if options.pocketbase:
        targets.append(target.pocketbase(_folder(scratch, "pocketbase"), options.pocketbase))
    return targets


def _folder(scratch: Path, name: str) -> Path:
    made = scratch / name
    made.mkdir()
    return made


def _measured(server: target.Target, options: argparse.Namespace) -> Result:
    """Fill, start again, look at the idle process, then one case after the other."""
    result = Result(server.name)
    try:
        server.start()
        server.prepare(server)
        person = cases.sign_up(server.url)
        begun = time.perf_counter()
        ids = cases.fill(server.url, person, options.records)
        result.fill_per_second = len(ids) / (time.perf_counter() - begun)
        server.stop()
        result.start_seconds = server.start()
        time.sleep(SETTLE_SECONDS)
        result.idle_mib = server.memory_mib()
        for case in cases.cases(person, ids):
            for connections in options.connections:
                key = f"{case.name} @{connections}"
                console.print(f"{server.name}: {key} …", style="dim")
                result.figures[key] = load.measure(
                    server.url, case, connections, options.seconds, server.folder
                )
        result.loaded_mib = server.memory_mib()
    finally:
        server.stop()
    return result


def _print(results: Sequence[Result]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("case")
    for result in results:
        for heading in (result.name, "p50 ms", "p99 ms", "max ms"):
            table.add_column(heading, justify="right")
    if len(results) > 1:
        table.add_column("ratio", justify="right")
    for key in results[0].figures:
        rows = [result.figures[key] for result in results]
        cells = [cell for row in rows for cell in _cells(row)]
        if len(rows) > 1:
            cells.append(f"{rows[0].per_second / rows[-1].per_second:.1f}×")
        table.add_row(key, *cells)
    console.print(table)
    for result in results:
        console.print(
            f"{result.name}: starts in {result.start_seconds:.2f} s; memory "
            f"{result.idle_mib:.0f} MiB idle, {result.loaded_mib:.0f} MiB after load"
        )


def _cells(row: load.Figures) -> list[str]:
    failed = f" ({row.refused + row.broken} failed)" if row.refused or row.broken else ""
    return [
        f"{row.per_second:,.0f}{failed}",
        f"{row.median_ms:.1f}",
        f"{row.p99_ms:.1f}",
        f"{row.max_ms:.0f}",
    ]


def _report(results: Sequence[Result], options: argparse.Namespace) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "holobase": __version__,
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "python": platform.python_version(),
        },
        "records": options.records,
        "seconds": options.seconds,
        "results": [asdict(result) for result in results],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
