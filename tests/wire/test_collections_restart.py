"""What superusers have made of collections is there after a restart, and is not made again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import STORES, store_of
from tests.replay import assert_replays
from tests.server import Server, run, serve
from tests.wire.world import PASSWORD, ROOT

COLLECTIONS = "/api/collections"


@contextmanager
def _root(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=20) as client:
        path = f"{COLLECTIONS}/_superusers/auth-with-password"
        answer = client.post(path, json={"identity": ROOT, "password": PASSWORD})
        client.headers["authorization"] = answer.json()["token"]
        yield client


def _all(client: httpx.Client) -> list[dict[str, Any]]:
    return list(client.get(COLLECTIONS, params={"perPage": 500}).json()["items"])


@pytest.mark.parametrize("kind", STORES)
def test_extensions_and_rules_stay(tmp_path: Path, kind: str) -> None:
    data = tmp_path / "data"
    with store_of(kind) as store:
        made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
        assert made.returncode == 0, made.stderr
        with serve(data, store=store) as server, _root(server) as client:
            tags = client.get(f"{COLLECTIONS}/tags").json()
            body = {
                "fields": [{"name": "hue", "type": "text"}, *tags["fields"]],
                "indexes": ["CREATE INDEX hues ON tags (hue)", *tags["indexes"]],
                "listRule": "hue = 'blue'",
                "createRule": None,
            }
            answer = client.patch(f"{COLLECTIONS}/tags", json=body)
            assert answer.status_code == 200, answer.text
            users = {"otp": {"length": 6}, "authRule": "verified = true"}
            assert client.patch(f"{COLLECTIONS}/users", json=users).status_code == 200
            assert client.post(COLLECTIONS, json={"name": "own"}).status_code == 200
            before = _all(client)
        with serve(data, store=store, installed=True) as server, _root(server) as client:
            assert _all(client) == before
            assert_replays(server.settings)
