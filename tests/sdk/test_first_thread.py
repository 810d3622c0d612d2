"""The official SDK against a running server."""

from pathlib import Path

from tests.sdk import Node
from tests.server import Server

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"


def test_first_thread(node: Node, server: Server) -> None:
    assert node.run(HERE / "first_thread.mjs", server.url).strip() == "ok"


def test_the_example_of_the_readme_works_as_printed(node: Node, server: Server) -> None:
    told = node.run(EXAMPLES / "first_card.mjs", server.url)
    assert told.splitlines() == [
        "made Opening day: epic, rank 3",
        "found 1 by First Fan",
        "now called Opening night",
        "and gone",
    ]
