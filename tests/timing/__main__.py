"""Asks for known and unknown addresses in turn, and says whether the times differ.

    python -m tests.timing --tries 2000

For each way of asking it prints the median times, and the difference of the means in its own
standard error: below 3 it is noise. There are as many people as it takes for each mail to be sent.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

WAYS = ("auth-with-password", "request-otp", "request-password-reset", "request-verification")
CODES_PER_PERSON = 9
CHEAP = [{"name": "password", "type": "password", "cost": 4, "min": 8}]
"""What people's passwords cost here, unless it is asked how long logins take."""


def people(client: httpx.Client, root: dict[str, str], club: str, number: int) -> list[str]:
    """The addresses of so many new people."""
    found = []
    for each in range(number):
        email = f"known{each}@example.com"
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD}
        path = f"/api/collections/{club}/records"
        client.post(path, json=body, headers=root).raise_for_status()
        found.append(email)
    return found


def measure(client: httpx.Client, way: str, club: str, known: list[str], tries: int) -> str:
    """One line about one way of asking."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number, is_known in _in_turn(tries):
        email = known[number % len(known)] if is_known else f"nobody{number}@example.com"
        body = {"email": email, "identity": email, "password": "wrong password"}
        start = time.perf_counter()
        client.post(f"/api/collections/{club}/{way}", json=body)
        times[is_known].append((time.perf_counter() - start) * 1000)
    known_ms, unknown_ms = times[True], times[False]
    difference = statistics.fmean(known_ms) - statistics.fmean(unknown_ms)
    error = (
        statistics.variance(known_ms) / len(known_ms)
        + statistics.variance(unknown_ms) / len(unknown_ms)
    ) ** 0.5
    medians = f"known {statistics.median(known_ms):.2f} ms, unknown "
    medians += f"{statistics.median(unknown_ms):.2f} ms"
    return f"{way:24} {medians}, difference {difference:+.3f} ms = {difference / error:+.1f} errors"


def _in_turn(tries: int) -> Iterator[tuple[int, bool]]:
    for number in range(tries):
        yield number, number % 2 == 0
        yield number, number % 2 == 1


def main() -> None:
    """Measures all ways."""
    parser = argparse.ArgumentParser(prog="make timing", description=__doc__)
    parser.add_argument("--tries", type=int, default=300, help="requests of each kind")
    tries = parser.parse_args().tries
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
        with (
            serve(data, "--without-community") as server,
            httpx.Client(base_url=server.url, timeout=60) as client,
        ):
            _measure_all(client, tries)


def _measure_all(client: httpx.Client, tries: int) -> None:
    body = {"identity": ROOT, "password": PASSWORD}
    path = "/api/collections/_superusers/auth-with-password"
    root = {"authorization": client.post(path, json=body).json()["token"]}
    for way in WAYS:
        club = way.replace("-", "_")
        options = {"otp": {"enabled": True}, "fields": [] if "auth" in way else CHEAP}
        made = {"name": club, "type": "auth", **options}
        client.post("/api/collections", json=made, headers=root).raise_for_status()
        wanted = {"auth-with-password": 20, "request-otp": tries // CODES_PER_PERSON + 1}
        known = people(client, root, club, wanted.get(way, tries))
        print(measure(client, way, club, known, tries), flush=True)


if __name__ == "__main__":
    main()
