"""What request logs cost: the same list with logs off, on, and with a log that cannot be written.

python -m bench.logs [--seconds 5] [--rounds 3]
"""

import argparse
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import httpx

from bench.load import require_wrk
from tests.server import Server, run, serve
from tests.wire.world import PASSWORD, ROOT

PATH = "/api/collections/fan_levels/records"
CONNECTIONS = 32
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)\b")
_MS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}


def _measure(server: Server, seconds: int) -> tuple[float, float]:
    """Requests per second, and the p99 in milliseconds."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", server.url + PATH]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rate, p99 = _RATE.search(done.stdout), _P99.search(done.stdout)
    if rate is None or p99 is None:
        raise ValueError(done.stdout)
    return float(rate[1]), float(p99[1]) * _MS[p99[2]]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else can write into the file for the length of the block."""
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


def _log(client: httpx.Client, days: int) -> None:
    client.patch("/api/settings", json={"logs": {"maxDays": days}}).raise_for_status()


def main() -> None:
    """Prints the figures of every round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    require_wrk()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
        with (
            serve(data, installed=True) as server,
            httpx.Client(base_url=server.url, timeout=60) as client,
        ):
            login = "/api/collections/_superusers/auth-with-password"
            answer = client.post(login, json={"identity": ROOT, "password": PASSWORD})
            client.headers["authorization"] = answer.json()["token"]
            _measure(server, 1)
            for number in range(asked.rounds):
                _log(client, 0)
                off = _measure(server, asked.seconds)
                _log(client, 5)
                on = _measure(server, asked.seconds)
                with _locked(data / "logs.db"):
                    stuck = _measure(server, asked.seconds)
                for name, (rate, p99) in (("off", off), ("on", on), ("stuck", stuck)):
                    print(f"round {number + 1}: logs {name:5}  {rate:8,.0f}/s  p99 {p99:7.2f} ms")


if __name__ == "__main__":
    main()
