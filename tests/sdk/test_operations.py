"""Health, request logs, jobs, SQL and rate limits through the official SDK."""

from pathlib import Path

from tests.sdk import Node
from tests.server import run, serve

SCRIPT = Path(__file__).parent / "operations.mjs"
ROOT, PASSWORD = "root@example.com", "password123"


def test_running_an_instance(node: Node, tmp_path: Path) -> None:
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path)).returncode == 0
    with serve(tmp_path) as server:
        assert node.run(SCRIPT, server.url, ROOT, PASSWORD).strip() == "ok"
