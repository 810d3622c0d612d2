"""The official SDK defines collections."""

from pathlib import Path

from tests.sdk import Node
from tests.server import Server
from tests.wire.world import PASSWORD, ROOT

SCRIPT = Path(__file__).parent / "collections.mjs"


def test_every_call_of_collections(node: Node, own_server: Server) -> None:
    assert node.run(SCRIPT, own_server.url, ROOT, PASSWORD).strip() == "ok"
