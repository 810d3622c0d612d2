"""Files through the official SDK."""

from pathlib import Path

from tests.sdk import Node
from tests.server import run, serve

SCRIPT = Path(__file__).parent / "files.mjs"
ROOT, PASSWORD = "root@example.com", "password123"


def test_files(node: Node, tmp_path: Path) -> None:
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path)).returncode == 0
    with serve(tmp_path) as server:
        assert node.run(SCRIPT, server.url, ROOT, PASSWORD).strip() == "done"
