"""Asks for known and unknown addresses in turn, and says whether the times differ.

    python -m tests.timing --tries 2000

For each way of asking it prints the median times, and the difference of the means in its own
standard error: below 3 it is noise. There are as many people as it takes for each mail to be sent.
2,000 tries take some four minutes on an idle machine.
"""

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from holobase.kit import ids
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

WAYS = (
    "auth-with-password",
    "auth-with-otp",
    "request-otp",
    "request-password-reset",
    "request-verification",
)
CODES_PER_PERSON = 9
TRIES_PER_PERSON = 5
COST = {"auth-with-password": 8}
"""What passwords cost where it is asked how long they take to be compared: enough to be most
of the time, and little enough for thousands of tries."""

COST_ELSEWHERE = 4
"""What they cost where they are of no interest."""


def password_field(way: str) -> dict[str, object]:
    """The field that members of the club for one way have their passwords in."""
    cost = COST.get(way, COST_ELSEWHERE)
    return {"name": "password", "type": "password", "cost": cost, "min": 8}


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


def codes(client: httpx.Client, root: dict[str, str], club: str, number: int) -> list[str]:
    """The ids of codes for so many new people."""
    people(client, root, club, number)
    path = f"/api/collections/{club}/records"
    query: dict[str, str | int] = {"perPage": 1000, "fields": "id,collectionId"}
    found = []
    for each in client.get(path, params=query, headers=root).json()["items"]:
        owner = {"collectionRef": each["collectionId"], "recordRef": each["id"]}
        body = {**owner, "password": "123456"}
        made = client.post("/api/collections/_otps/records", json=body, headers=root)
        found.append(made.raise_for_status().json()["id"])
    return found


def measure(client: httpx.Client, way: str, club: str, known: list[str], tries: int) -> str:
    """One line about one way of asking, for the addresses or ids that are known."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number, is_known in _in_turn(tries):
        nobody = ids.record_id() if way == "auth-with-otp" else f"nobody{number}@example.com"
        who = known[number % len(known)] if is_known else nobody
        body = {"email": who, "identity": who, "otpId": who, "password": "wrong password"}
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


def _in_turn(tries: int) -> list[tuple[int, bool]]:
    """Known and unknown in an order without a pattern: what a mail costs after its request is met
    by both alike."""
    order = [(number, is_known) for number in range(tries) for is_known in (True, False)]
    random.Random(1).shuffle(order)
    return order


def main() -> None:
    """Measures all ways."""
    parser = argparse.ArgumentParser(prog="make timing", description=__doc__)
    parser.add_argument("--tries", type=int, default=300, help="requests of each kind")
    tries = parser.parse_args().tries
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
        with (
            serve(
                data,
                "--without-community",
                env={"HOLOBASE_FAILED_LOGINS_MAX": "0"},
                installed=True,
            ) as server,
            httpx.Client(base_url=server.url, timeout=60) as client,
        ):
            _measure_all(client, tries)


def _measure_all(client: httpx.Client, tries: int) -> None:
    body = {"identity": ROOT, "password": PASSWORD}
    path = "/api/collections/_superusers/auth-with-password"
    root = {"authorization": client.post(path, json=body).json()["token"]}
    for way in WAYS:
        club = way.replace("-", "_")
        codes_on = {"enabled": True, "duration": 3_600}
        made = {"name": club, "type": "auth", "otp": codes_on, "fields": [password_field(way)]}
        client.post("/api/collections", json=made, headers=root).raise_for_status()
        wanted = {
            "auth-with-password": 20,
            "auth-with-otp": tries // TRIES_PER_PERSON + 1,
            "request-otp": tries // CODES_PER_PERSON + 1,
        }
        find = codes if way == "auth-with-otp" else people
        known = find(client, root, club, wanted.get(way, tries))
        print(measure(client, way, club, known, tries), flush=True)


if __name__ == "__main__":
    main()
