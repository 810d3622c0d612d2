"""Backups through the official SDK, restored while several processes serve."""

from pathlib import Path

import pytest

from tests.conftest import store_of
from tests.replay import assert_replays
from tests.sdk import Node
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

SCRIPT = Path(__file__).parent / "backups.mjs"


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("postgres", 2)])
def test_backups(node: Node, kind: str, workers: int, tmp_path: Path) -> None:
    with store_of(kind) as store:
        made = run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path), store=store)
        assert made.returncode == 0, made.stderr
        with serve(tmp_path, "--workers", str(workers), store=store) as server:
            assert node.run(SCRIPT, server.url, ROOT, PASSWORD).strip() == "ok"
            refused = run("backup", "restore", "none.zip", *server.options, store=store)
            assert refused.returncode == 1
            assert "uses this instance" in refused.stderr
            assert_replays(server.settings)
            assert '"ERROR"' not in server.log(), server.log()
            assert server.stop() == 0
