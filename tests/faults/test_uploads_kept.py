"""`kill -9` while files are sent piece by piece: whoever comes back goes on from what was told, the
file is whole in the end, and nothing is left of its parts.

HOLOBASE_TEST_UPLOAD_KILLS=100 looks longer than the suite does.
"""

import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import STORES, store_of
from tests.faults.test_files_kept import PASSWORD, ROOT, log_in, stored
from tests.replay import assert_replays
from tests.server import Server, run, start

KILLS = int(os.environ.get("HOLOBASE_TEST_UPLOAD_KILLS", "2"))
SIZE = 30_000_000
TUS = {"tus-resumable": "1.0.0"}
UPLOADS = "/api/uploads"
PIECE = "application/offset+octet-stream"
CLEAN_SECONDS = 20.0


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a fresh store of each kind."""
    with store_of(request.param) as url:
        yield url


class Sender:
    """Somebody with one file, who goes on with it whenever there is a server."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._content = chance.randbytes(SIZE)
        self._confirmed = 0
        self._where = ""
        self.digest = hashlib.sha256(self._content).digest()

    @property
    def is_done(self) -> bool:
        """Whether all of it was confirmed."""
        return self._confirmed == SIZE

    @property
    def reference(self) -> str:
        """What stands for the upload."""
        return f"upload:{self._where.rpartition('/')[2]}"

    def send(self, url: str, headers: dict[str, str]) -> None:
        """Sends until it is whole, or the server is gone."""
        with httpx.Client(base_url=url, headers={**TUS, **headers}, timeout=20) as client:
            try:
                while not self.is_done:
                    self._send_some(client)
            except httpx.TransportError:
                return

    def _send_some(self, client: httpx.Client) -> None:
        if not self._where:
            made = client.post(UPLOADS, headers={"upload-length": str(SIZE)})
            self._where = made.headers["location"]
        found = int(client.head(self._where).headers["upload-offset"])
        assert found >= self._confirmed, "what was confirmed is not there"
        size = self._chance.choice((100_000, 3_000_000, SIZE))
        answer = client.patch(
            self._where,
            content=self._content[found : found + size],
            headers={
                "upload-offset": str(found),
                "content-type": "application/offset+octet-stream",
            },
        )
        assert answer.status_code == 204, answer.text
        self._confirmed = int(answer.headers["upload-offset"])


@contextmanager
def running(data: Path, store: str | None, workers: int = 1) -> Iterator[Server]:
    """A server that may be killed in the block."""
    server = start(data, "--workers", str(workers), store=store)
    try:
        yield server
    finally:
        server.kill()
        server.log_path.unlink()


def keep(client: httpx.Client, senders: list[Sender], when: str) -> None:
    """Has a record name each upload, and compares."""
    for sender in senders:
        assert sender.is_done, when
        made = client.post("/api/collections/reels/records", json={"film": sender.reference})
        assert made.status_code == 200, (when, made.text)
        record = made.json()
        got = client.get(f"/api/files/reels/{record['id']}/{record['film']}")
        assert hashlib.sha256(got.content).digest() == sender.digest, when


def assert_nothing_left(client: httpx.Client, data: Path, when: str) -> None:
    """Waits until nothing is stored of uploads."""
    deadline = time.monotonic() + CLEAN_SECONDS
    while (left := stored(data / "storage" / "_uploads")) and time.monotonic() < deadline:
        client.post("/api/crons/__holobaseUploads__")
        time.sleep(0.1)
    assert not left, when


def lay_out(server: Server, headers: dict[str, str]) -> None:
    """Makes the collection that they go to."""
    film = {"name": "film", "type": "file", "maxSize": 2 * SIZE}
    body = {"name": "reels", "type": "base", "fields": [film]}
    made = httpx.post(f"{server.url}/api/collections", json=body, headers=headers)
    assert made.status_code == 200, made.text


@pytest.mark.timeout(120 + 5 * KILLS)
def test_an_upload_outlives_kills_and_leaves_nothing(tmp_path: Path, store: str | None) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    data = tmp_path / "data"
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
    assert made.returncode == 0, made.stderr
    senders = [Sender(random.Random(chance.random())) for _ in range(2)]
    for kill in range(KILLS):
        with running(data, store) as server:
            headers = log_in(server)
            if kill == 0:
                lay_out(server, headers)
            threads = [threading.Thread(target=s.send, args=(server.url, headers)) for s in senders]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.05, 0.6))
            os.kill(server.pid, signal.SIGKILL)
            for thread in threads:
                thread.join()
    with running(data, store, workers=2) as server:
        headers = log_in(server)
        for sender in senders:
            sender.send(server.url, headers)
        with httpx.Client(base_url=server.url, headers=headers, timeout=20) as client:
            keep(client, senders, f"seed {seed}")
            assert_nothing_left(client, data, f"seed {seed}")
        assert server.stop() == 0
        assert_replays(server.settings)
