"""What people do about their accounts by mail, with the official SDK."""

from pathlib import Path

from tests.sdk import Node
from tests.server import Server, run
from tests.wire.world import PASSWORD

SCRIPT = Path(__file__).parent / "accounts.mjs"
ROOT = "mailroot@example.com"


def test_codes_two_steps_and_mailed_links(node: Node, server: Server) -> None:
    made = run("superuser", "upsert", ROOT, PASSWORD, *server.options)
    assert made.returncode == 0, made.stderr
    told = node.run(SCRIPT, server.url, str(server.data / "mails"), ROOT, PASSWORD, timeout=100)
    assert told.strip() == "ok"
