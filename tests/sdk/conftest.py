"""A server for scripts that lay out and change what they like."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import STORES, store_of
from tests.server import Server, run, serve
from tests.wire.world import PASSWORD, ROOT


@pytest.fixture(params=STORES)
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own on each kind of store, with the superuser `ROOT`."""
    with store_of(request.param) as store:
        made = run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path), store=store)
        assert made.returncode == 0, made.stderr
        with serve(tmp_path, store=store) as server:
            yield server
