"""`kill -9` while files are sent, replaced and deleted: afterwards every file that a record names
is there and whole, and no other is.

HOLOBASE_TEST_FILE_KILLS=100 looks longer than the suite does.
"""

import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import STORES, store_of
from tests.replay import assert_replays
from tests.server import Server, run, start
from tests.wire.filing import FIELDS

KILLS = int(os.environ.get("HOLOBASE_TEST_FILE_KILLS", "2"))
CLIENTS = 3
ROOT, PASSWORD = "root@example.com", "password123"
NAME = "crates"
RECORDS = f"/api/collections/{NAME}/records"
QUICK = {"HOLOBASE_UPLOAD_SECONDS": "0.5"}
CLEAN_SECONDS = 20.0


class Client(threading.Thread):
    """Somebody who sends, replaces and deletes files until the server is gone."""

    def __init__(self, url: str, chance: random.Random) -> None:
        super().__init__()
        self._url, self._chance = url, chance
        self._mine: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=20) as client:
            try:
                while True:
                    self._act(client)
            except httpx.TransportError:
                return

    def _act(self, client: httpx.Client) -> None:
        roll = self._chance.random()
        files = [("many", (f"{n}.bin", self._bytes())) for n in range(self._chance.randint(1, 3))]
        if roll < 0.5 or not self._mine:
            answer = client.post(
                RECORDS, files=files, data={"title": "x" * self._chance.choice((1, 30))}
            )
            if answer.status_code == 200:
                self._mine.append(answer.json()["id"])
        elif roll < 0.8:
            client.patch(f"{RECORDS}/{self._chance.choice(self._mine)}", files=files)
        else:
            client.delete(f"{RECORDS}/{self._mine.pop()}")

    def _bytes(self) -> bytes:
        """Random bytes that begin with their hash."""
        content = self._chance.randbytes(self._chance.choice((10, 10_000, 700_000)))
        return hashlib.sha256(content).digest() + content


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a fresh store of each kind."""
    with store_of(request.param) as url:
        yield url


@pytest.mark.timeout(120 + 5 * KILLS)
def test_kills_leave_no_orphan_and_no_record_without_its_files(
    tmp_path: Path, store: str | None
) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    data = tmp_path / "data"
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
    assert made.returncode == 0, made.stderr
    for kill in range(KILLS):
        server = start(data, store=store, env=QUICK)
        try:
            headers = log_in(server)
            if kill == 0:
                lay_out(server, headers)
            clients = [Client(server.url, random.Random(chance.random())) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            time.sleep(chance.uniform(0.2, 1.2))
            os.kill(server.pid, signal.SIGKILL)
            for client in clients:
                client.join()
        finally:
            server.kill()
            server.log_path.unlink()
    server = start(data, store=store, env=QUICK)
    try:
        named = names(server)
        assert_all_there(server, named)
        folder = data / "storage" / collection_id(server, log_in(server))
        assert_no_others(server, log_in(server), folder, named, f"seed {seed}")
        assert server.stop() == 0
        assert_replays(server.settings)
    finally:
        server.kill()
        server.log_path.unlink()


def log_in(server: Server) -> dict[str, str]:
    body = {"identity": ROOT, "password": PASSWORD}
    path = "/api/collections/_superusers/auth-with-password"
    return {"authorization": httpx.post(server.url + path, json=body).json()["token"]}


def lay_out(server: Server, headers: dict[str, str]) -> None:
    rules = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
    body = {"name": NAME, "type": "base", "fields": FIELDS, **rules}
    made = httpx.post(f"{server.url}/api/collections", json=body, headers=headers)
    assert made.status_code == 200, made.text


def collection_id(server: Server, headers: dict[str, str]) -> str:
    return str(httpx.get(f"{server.url}/api/collections/{NAME}", headers=headers).json()["id"])


def names(server: Server) -> set[str]:
    """`record/file` of every file that a record names."""
    found: set[str] = set()
    page: dict[str, Any] = {"items": [None]}
    number = 0
    while page["items"]:
        number += 1
        query = {"page": number, "perPage": 500}
        page = httpx.get(server.url + RECORDS, params=query).json()
        found |= {f"{each['id']}/{name}" for each in page["items"] for name in each["many"]}
    return found


def assert_all_there(server: Server, named: set[str]) -> None:
    with httpx.Client(base_url=server.url) as client:
        for path in named:
            answer = client.get(f"/api/files/{NAME}/{path}")
            assert answer.status_code == 200, path
            assert hashlib.sha256(answer.content[32:]).digest() == answer.content[:32], path


def assert_no_others(
    server: Server, headers: dict[str, str], folder: Path, named: set[str], when: str
) -> None:
    """Waits until nothing is stored but what is named: what a crash left is too young at first."""
    deadline = time.monotonic() + CLEAN_SECONDS
    while (others := stored(folder) - named) and time.monotonic() < deadline:
        time.sleep(0.3)
        httpx.post(f"{server.url}/api/crons/__holobaseFiles__", headers=headers)
    assert not others, when


def stored(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".attrs")
    return {path.relative_to(folder).as_posix() for path in files}
