"""Health, request logs, jobs, SQL and rate limits through the official SDK."""

from pathlib import Path

from tests.sdk import Node
from tests.server import Server
from tests.wire.world import PASSWORD, ROOT

SCRIPT = Path(__file__).parent / "operations.mjs"


def test_running_an_instance(node: Node, own_server: Server) -> None:
    assert node.run(SCRIPT, own_server.url, ROOT, PASSWORD).strip() == "ok"
