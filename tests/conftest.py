"""Fixtures that every test may ask for: a live server, and Node with the official SDK."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import sdk
from tests.replay import assert_replays
from tests.server import Server, serve


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a run; each test makes the records it looks at itself."""
    data = tmp_path_factory.mktemp("server") / "data"
    with serve(data) as running:
        yield running
    assert_replays(running.settings)


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """An HTTP client that talks to `server`."""
    with httpx.Client(base_url=server.url, timeout=20) as made:
        yield made


@pytest.fixture(scope="session")
def node() -> sdk.Node:
    """Node with the pinned `pocketbase` package, installed once for every run and worker."""
    return sdk.install(Path(__file__).parent.parent / "build" / "sdk")
