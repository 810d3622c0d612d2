"""What a backup costs those who write: the same creates, alone and while backups are made.

python -m bench.backups [--store sqlite] [--scale 5] [--seconds 5] [--rounds 3] [--connections 32]

A server with demo data (`--scale 5`: some 90,000 events and 2,000 pictures) is written to in turns,
alone and with one backup after the other beside it. What counts is the p99 of the writes.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import httpx

from bench.community import POSTS, post, sign_up
from bench.load import Case, Figures, measure, require_wrk
from tests.postgres import private_server
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

BODIES = 200


@contextmanager
def _backups(client: httpx.Client, seconds: list[float]) -> Iterator[None]:
    """Has backups made, one after the other, for the length of the block and to the end of the
    last; notes how long each took."""
    stop = threading.Event()

    def make() -> None:
        while not stop.is_set():
            began = time.monotonic()
            client.post("/api/backups", json={"name": "bench.zip"}).raise_for_status()
            seconds.append(time.monotonic() - began)
            client.delete("/api/backups/bench.zip").raise_for_status()

    maker = threading.Thread(target=make)
    maker.start()
    try:
        yield
    finally:
        stop.set()
        maker.join()


def _told(name: str, found: list[Figures]) -> str:
    rate = median(each.per_second for each in found)
    p99 = median(each.p99_ms for each in found)
    longest = max(each.max_ms for each in found)
    refused = sum(each.refused + each.broken for each in found)
    return f"{name:14} {rate:8,.0f}/s  p99 {p99:7.2f} ms  max {longest:8.2f} ms  refused {refused}"


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--scale", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    asked = parser.parse_args()
    require_wrk()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        data = folder / "data"
        store = opened.enter_context(private_server()).url if asked.store == "postgres" else None
        run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
        seeded = run(
            "seed", "--scale", str(asked.scale), "--data", str(data), timeout=900, store=store
        )
        assert seeded.returncode == 0, seeded.stderr
        server = opened.enter_context(serve(data, store=store, installed=True))
        client = opened.enter_context(httpx.Client(base_url=server.url, timeout=600))
        login = "/api/collections/_superusers/auth-with-password"
        answer = client.post(login, json={"identity": ROOT, "password": PASSWORD})
        client.headers["authorization"] = answer.json()["token"]
        person = sign_up(server.url)
        bodies = [("POST", POSTS, post(number, person)) for number in range(BODIES)]
        case = Case("create", lambda _: bodies, asked.connections, person.token)
        measure(server.url, case, 0, 2, folder)
        alone: list[Figures] = []
        beside: list[Figures] = []
        seconds: list[float] = []
        for number in range(asked.rounds):
            alone.append(measure(server.url, case, number, asked.seconds, folder))
            with _backups(client, seconds):
                beside.append(measure(server.url, case, number, asked.seconds, folder))
        print(_told("alone", alone))
        print(_told("with backups", beside))
        pairs = [b.p99_ms / a.p99_ms for a, b in zip(alone, beside, strict=True)]
        print(f"p99 times {median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})")
        print(f"{len(seconds)} backups, of {median(seconds):.1f} s each")


if __name__ == "__main__":
    main()
