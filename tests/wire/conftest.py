"""One server and one world for all wire tests of a process."""

from collections.abc import Iterator

import pytest

from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server in the embedded shape, with people in it."""
    data = tmp_path_factory.mktemp("wire") / "data"
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
    assert made.returncode == 0, made.stderr
    with serve(data) as server:
        world = World(server.url, server.settings)
        yield world
        world.close()
        assert '"ERROR"' not in server.log(), server.log()
        assert server.stop() == 0
    replayed = run("log", "replay", "--verify", "--data", str(data))
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
