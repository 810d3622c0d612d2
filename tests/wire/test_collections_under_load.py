"""Collections change while others write and read: nobody loses a write or meets an error."""

import itertools
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import store_of
from tests.replay import assert_replays
from tests.server import Server, run, serve
from tests.wire.world import PASSWORD, ROOT

CHANGES = 6
"""Each new name of the moving field, with one value and with several in the other."""

WRITERS = 2
COLLECTIONS = "/api/collections"


class Busy:
    """A server with writers and readers on one collection, who never stop."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.root = self.client()
        login = {"identity": ROOT, "password": PASSWORD}
        answer = self.root.post(f"{COLLECTIONS}/_superusers/auth-with-password", json=login)
        self.token = answer.json()["token"]
        self.root.headers["authorization"] = self.token
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.wrong: list[str] = []
        self.stopped = threading.Event()

    def client(self) -> httpx.Client:
        """A connection of its own, so possibly to another process."""
        return httpx.Client(base_url=self.server.url, timeout=30)

    def write(self, collection: str) -> None:
        """Creates and changes records until it is over."""
        with self.client() as client:
            client.headers["authorization"] = self.token
            path = f"{COLLECTIONS}/{collection}/records"
            for number in itertools.count():
                if self.stopped.is_set():
                    return
                made = client.post(path, json={"count": number, "kept": "x", "tags": "a"})
                self._note("create", made)
                if made.status_code == 200:
                    one = f"{path}/{made.json()['id']}"
                    self._note("update", client.patch(one, json={"kept": "y"}))

    def read(self, collection: str) -> None:
        """Lists records until it is over."""
        with self.client() as client:
            client.headers["authorization"] = self.token
            path = f"{COLLECTIONS}/{collection}/records"
            while not self.stopped.is_set():
                self._note("list", client.get(path, params={"perPage": 20, "sort": "-@rowid"}))

    def _note(self, what: str, answer: httpx.Response) -> None:
        self.statuses[what, answer.status_code] += 1
        if answer.status_code != 200:
            self.wrong.append(f"{what} {answer.status_code} {answer.text[:200]}")

    def change(self, collection: str, **body: Any) -> dict[str, Any]:
        """Changes the collection, then asks on fresh connections whether everybody knows."""
        answer = self.root.patch(f"{COLLECTIONS}/{collection}", json=body)
        assert answer.status_code == 200, answer.text
        for _ in range(3):
            with self.client() as client:
                client.headers["authorization"] = self.token
                shown = client.get(f"{COLLECTIONS}/{collection}").json()
                assert shown == answer.json()
        return dict(answer.json())


def fields_of(made: dict[str, Any], turn: int) -> list[dict[str, Any]]:
    """The fields after so many turns: one renamed, one single or multiple, one there or not."""
    fields = [dict(field) for field in made["fields"]]
    named = {field["id"]: field for field in fields}
    named["moving"]["name"] = f"moving{turn % 3}"
    named["tags"]["maxSelect"] = 1 + turn % 2
    if turn % 2:
        fields.append({"name": f"extra{turn}", "type": "text", "id": "extra"})
    return fields


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("sqlite", 2), ("postgres", 2)])
def test_changes_lose_no_write_and_break_none(tmp_path: Path, kind: str, workers: int) -> None:
    data = tmp_path / "data"
    with ExitStack() as opened:
        store = opened.enter_context(store_of(kind))
        created = run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
        assert created.returncode == 0, created.stderr
        server = opened.enter_context(serve(data, "--workers", str(workers), store=store))
        busy = Busy(server)
        opened.callback(busy.root.close)
        body = {
            "name": "busy",
            "fields": [
                {"name": "count", "type": "number"},
                {"name": "kept", "type": "text"},
                {"name": "moving0", "type": "text", "id": "moving"},
                {
                    "name": "tags",
                    "type": "select",
                    "id": "tags",
                    "values": ["a", "b"],
                    "maxSelect": 1,
                },
            ],
        }
        made = busy.root.post(COLLECTIONS, json=body).json()
        threads = [threading.Thread(target=busy.write, args=(made["id"],)) for _ in range(WRITERS)]
        threads.append(threading.Thread(target=busy.read, args=(made["id"],)))
        for thread in threads:
            thread.start()
        try:
            for turn in range(1, CHANGES + 1):
                index = f"CREATE INDEX moved ON busy (moving{turn % 3})"
                name = f"busy{turn % 2}"
                busy.change(made["id"], fields=fields_of(made, turn), indexes=[index], name=name)
        finally:
            busy.stopped.set()
            for thread in threads:
                thread.join()
        assert busy.wrong == []
        total = busy.root.get(f"{COLLECTIONS}/{made['id']}/records").json()["totalItems"]
        assert total == busy.statuses["create", 200] > CHANGES
        changed = busy.root.get(
            f"{COLLECTIONS}/{made['id']}/records", params={"filter": "kept = 'y'"}
        ).json()["totalItems"]
        assert changed == busy.statuses["update", 200]
        assert_replays(server.settings)
