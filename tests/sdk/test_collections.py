"""The official SDK defines collections."""

from pathlib import Path

from tests.sdk import Node
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT


def test_every_call_of_collections(node: Node, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
    assert made.returncode == 0, made.stderr
    with serve(data) as server:
        script = Path(__file__).parent / "collections.mjs"
        assert node.run(script, server.url, ROOT, PASSWORD).strip() == "ok"
