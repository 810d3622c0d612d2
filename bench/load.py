"""One case under load: requests written to a file, sent by wrk, figures read back."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

SCRIPT = Path(__file__).parent / "case.lua"
WARM_UP_SECONDS = 1
LIST_SECONDS_MAX = 900
"""Longest that a list of requests may take to be answered."""

ANSWERED = "ANSWERED"
"""What the script prints when everything of a list is answered."""

FIGURES = re.compile(r"^FIGURES (.+)$", re.MULTILINE)

Request: TypeAlias = tuple[str, str, str]
"""Method, path and body."""


@dataclass(frozen=True)
class Case:
    """What is sent, by whom, and over how many connections.

    `requests` makes the requests of one run, numbered from 0. They are sent in turn for some
    seconds, or, where they are a `list_only_once`, each one time. `beside` is sent once meanwhile.
    """

    name: str
    requests: Callable[[int], Sequence[Request]]
    connections: int
    token: str = ""
    list_only_once: bool = False
    beside: "Case | None" = None


@dataclass(frozen=True)
class Figures:
    """What came of a case. Times are milliseconds; `refused` counts answers over 399.

    `server_micros`: how long the processes of the server ran for each answer. It is steady where
    others use the machine, and a second is divided by it on every core that there is.
    """

    answered: int
    per_second: float
    mean_ms: float
    median_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    broken: int
    server_micros: float = 0.0


def require_wrk() -> None:
    """Leaves with a hint where there is no load generator."""
    if not shutil.which("wrk"):
        sys.exit("make bench needs the load generator wrk (Debian: apt install wrk).")


def warm_up(url: str, case: Case, folder: Path) -> None:
    """Sends a case for a moment, unless its requests can be sent only once."""
    if not case.list_only_once:
        _read(_started(url, case, 0, WARM_UP_SECONDS, folder))


def measure(url: str, case: Case, run: int, seconds: int, folder: Path) -> Figures:
    """Measures one run of a case."""
    limit = LIST_SECONDS_MAX if case.list_only_once else seconds
    with _sent_beside(url, case, run, folder):
        process = _started(url, case, run, limit, folder)
        if case.list_only_once:
            _await_answers(process)
        return _read(process)


@contextmanager
def _sent_beside(url: str, case: Case, run: int, folder: Path) -> Iterator[None]:
    if case.beside is None:
        yield
        return
    process = _started(url, case.beside, run, LIST_SECONDS_MAX, folder)
    try:
        yield
    finally:
        _await_answers(process)
        _read(process)


def _started(url: str, case: Case, run: int, seconds: int, folder: Path) -> "subprocess.Popen[str]":
    requests = case.requests(run)
    sent = folder / f"requests-{'list' if case.list_only_once else 'turns'}.txt"
    sent.write_text("".join(f"{method} {path}\n{body}\n" for method, path, body in requests))
    connections = min(case.connections, len(requests)) if case.list_only_once else case.connections
    command = ["wrk", "-t1", f"-c{connections}"]
    command += [f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT), url, "--", str(sent)]
    command += ["once" if case.list_only_once else "in-turn", case.token]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _await_answers(process: "subprocess.Popen[str]") -> None:
    """Ends wrk, which would wait for its whole time, when the list is answered."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(ANSWERED):
            process.send_signal(signal.SIGINT)
            return


def _read(process: "subprocess.Popen[str]") -> Figures:
    told, errors = process.communicate()
    found = FIGURES.search(told)
    if process.returncode or not found:
        sys.exit(f"wrk failed:\n{told}{errors}")
    count, micros, mean, median, p99, longest, refused, broken = map(float, found[1].split())
    per_second = count / (micros / 1e6)
    return Figures(int(count), per_second, mean, median, p99, longest, int(refused), int(broken))
