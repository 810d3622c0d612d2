"""One case under load: requests written to a file, sent by wrk, figures read back."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "case.lua"
WARM_UP_SECONDS = 2
FIGURES = re.compile(r"^FIGURES (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """Requests to send in turn, as (method, path, body), and who sends them."""

    name: str
    requests: list[tuple[str, str, str]]
    token: str = ""


@dataclass(frozen=True)
class Figures:
    """What came of a case. Times are milliseconds; `refused` counts answers over 399."""

    per_second: float
    mean_ms: float
    median_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    broken: int


def require_wrk() -> None:
    """Leaves with a hint where there is no load generator."""
    if not shutil.which("wrk"):
        sys.exit("make bench needs the load generator wrk (Debian: apt install wrk).")


def measure(url: str, case: Case, connections: int, seconds: int, folder: Path) -> Figures:
    """Warms up, then measures one case."""
    sent = folder / "requests.txt"
    sent.write_text("".join(f"{method} {path}\n{body}\n" for method, path, body in case.requests))
    _wrk(url, sent, case.token, connections, WARM_UP_SECONDS)
    return _wrk(url, sent, case.token, connections, seconds)


def _wrk(url: str, sent: Path, token: str, connections: int, seconds: int) -> Figures:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(SCRIPT), url, "--", str(sent), token]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = FIGURES.search(done.stdout)
    if done.returncode or not found:
        sys.exit(f"wrk failed:\n{done.stdout}{done.stderr}")
    count, micros, mean, median, p99, longest, refused, broken = map(float, found[1].split())
    per_second = count / (micros / 1e6)
    return Figures(per_second, mean, median, p99, longest, int(refused), int(broken))
