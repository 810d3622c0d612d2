"""The proof that runs after every suite with a server: its tables follow from its log."""

from pathlib import Path

from holobase.engine.replay import ReplayReport
from holobase.runtime import commands
from holobase.runtime.settings import Settings


def replay(data: Path) -> ReplayReport:
    """Replays and verifies a data folder, which may be in use."""
    return commands.replay(Settings(data=data), verify=True, progress=lambda *_: None)


def assert_replays(data: Path) -> None:
    """Every table of the folder is what its log says, and every counter what a recount gives."""
    report = replay(data)
    assert report.differences == []
    assert report.events > 0
