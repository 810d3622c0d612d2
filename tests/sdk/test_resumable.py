"""Uploads that are gone on with, through the client of tus.io."""

from pathlib import Path

from tests.sdk import Node
from tests.server import Server
from tests.wire.world import PASSWORD, ROOT

SCRIPT = Path(__file__).parent / "resumable.mjs"


def test_resumable_uploads(node: Node, own_server: Server) -> None:
    assert node.run(SCRIPT, own_server.url, ROOT, PASSWORD).strip() == "done"
