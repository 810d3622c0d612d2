"""Backups while everybody writes, and servers that are killed while they restore one."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from holobase.runtime import backing
from holobase.runtime.settings import Settings
from tests.conftest import STORES, store_of
from tests.replay import assert_replays
from tests.server import Server, run, serve, start
from tests.wire.world import PASSWORD, ROOT

WRITERS = 4
BEFORE_SECONDS = 0.5
"""How long is written before the backup begins."""

ONE_OF = 10
"""Of so many `--kills`, one is of a server: each takes two starts."""

FIELDS = [{"name": "title", "type": "text"}, {"name": "file", "type": "file", "maxSelect": 1}]
NOTES = "/api/collections/notes/records"


@contextmanager
def root_of(server: Server) -> Iterator[httpx.Client]:
    """A client of the superuser's."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        body = {"identity": ROOT, "password": PASSWORD}
        login = client.post("/api/collections/_superusers/auth-with-password", json=body)
        client.headers["authorization"] = login.json()["token"]
        yield client


def lay_out(client: httpx.Client) -> None:
    rules = dict.fromkeys(("listRule", "createRule", "updateRule", "deleteRule"), "")
    body = {"name": "notes", "type": "base", "fields": FIELDS, **rules}
    assert client.post("/api/collections", json=body).status_code == 200


def content_of(title: str) -> bytes:
    """What the file of a note of this title holds."""
    return (f"the file of {title} " * 500).encode()


@contextmanager
def writing(url: str) -> Iterator[None]:
    """Has notes made, given other files, and deleted, for the length of the block."""
    stop = threading.Event()

    def write(number: int) -> None:
        chance, made = random.Random(number), 0
        kept: list[str] = []
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                made += 1
                title = f"{number} {made}"
                sent: dict[str, Any] = {
                    "data": {"title": title},
                    "files": {"file": ("note.txt", content_of(title))},
                }
                if len(kept) < 5 or chance.random() < 0.5:
                    kept.append(client.post(NOTES, **sent).json()["id"])
                elif chance.random() < 0.5:
                    client.patch(f"{NOTES}/{chance.choice(kept)}", **sent)
                else:
                    client.delete(f"{NOTES}/{kept.pop(0)}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("kind", STORES)
def test_a_backup_under_load_has_every_file_that_its_records_name(
    kind: str, tmp_path: Path
) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    with store_of(kind) as store:
        assert run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
        with (
            serve(data, "--workers", "2", store=store) as server,
            root_of(server) as client,
        ):
            lay_out(client)
            with writing(server.url):
                time.sleep(BEFORE_SECONDS)
                assert client.post("/api/backups", json={"name": "a.zip"}).status_code == 204
    other.mkdir()
    (other / "instance.key").write_bytes((data / "instance.key").read_bytes())
    settings = Settings(data=other)
    archive = data / "backups" / "a.zip"
    manifest = asyncio.run(backing.restore_now(settings, archive, lambda *_: None))
    assert manifest.missing == 0
    assert_replays(settings)
    with serve(other) as server, httpx.Client(base_url=server.url, timeout=20) as client:
        notes = client.get(NOTES, params={"perPage": 500}).json()["items"]
        assert notes
        for note in notes:
            found = client.get(f"/api/files/notes/{note['id']}/{note['file']}")
            assert found.content == content_of(note["title"])


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", STORES)
def test_a_server_that_is_killed_while_it_restores_comes_up_with_one_of_both(
    kind: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    kills = pytestconfig.getoption("--kills")
    if kind == "postgres" and kills < ONE_OF:
        pytest.skip("servers on PostgreSQL are killed with --kills 10 and more")
    data = tmp_path / "data"
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with store_of(kind) as store:
        assert run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
        with serve(data, store=store) as server, root_of(server) as client:
            lay_out(client)
            assert client.post(NOTES, json={"title": "before"}).status_code == 200
            assert client.post("/api/backups", json={"name": "a.zip"}).status_code == 204
        for _ in range(max(1, kills // ONE_OF)):
            server = start(data, store=store)
            with root_of(server) as client:
                client.post(NOTES, json={"title": "after"})
                killer = threading.Timer(chance.uniform(0.1, 4.0), server.kill)
                killer.start()
                with suppress(httpx.TransportError):
                    client.post("/api/backups/a.zip/restore")
                killer.join()
            server.log_path.unlink(missing_ok=True)
            with serve(data, store=store) as again, root_of(again) as client:
                titles = {note["title"] for note in client.get(NOTES).json()["items"]}
                assert titles in ({"before"}, {"before", "after"}), f"seed {seed}"
                assert client.get("/api/health").json()["data"]["canBackup"] is True
        assert_replays(Settings.of({"data": data, "store": store}))
