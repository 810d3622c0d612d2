"""One server of each kind of store, and one world in each, for all wire tests of a process."""

from collections.abc import Iterator

import pytest

from tests.conftest import STORES, store_of
from tests.server import run, serve
from tests.stub_provider import HOST, Stage, playing
from tests.wire.world import PASSWORD, ROOT, World


@pytest.fixture(scope="session", params=STORES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A server in the embedded shape, with people in it."""
    data = tmp_path_factory.mktemp("wire") / "data"
    with store_of(request.param) as store:
        made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
        assert made.returncode == 0, made.stderr
        with serve(data, store=store, env={"HOLOBASE_FETCH_ALLOW": HOST}) as server:
            world = World(server.url, server.settings)
            yield world
            world.close()
            assert '"ERROR"' not in server.log(), server.log()
            assert "VIPS" not in server.log(), "a library's chatter"
            assert server.stop() == 0
        replayed = run("log", "replay", "--verify", "--data", str(data), store=store)
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """A server that plays providers of logins."""
    with playing() as made:
        yield made
