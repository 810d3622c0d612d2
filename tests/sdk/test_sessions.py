"""Sessions and acting as somebody else, with the official SDK."""

from pathlib import Path

from tests.sdk import Node
from tests.server import Server, run
from tests.wire.world import PASSWORD

SCRIPT = Path(__file__).parent / "sessions.mjs"
ROOT = "sessionroot@example.com"


def test_sessions_are_seen_ended_and_begun_as_somebody_else(node: Node, server: Server) -> None:
    made = run("superuser", "upsert", ROOT, PASSWORD, *server.options)
    assert made.returncode == 0, made.stderr
    assert node.run(SCRIPT, server.url, ROOT, PASSWORD, timeout=100).strip() == "ok"
