"""The proof that runs after every suite with a server: its tables follow from its log."""

import tempfile
from pathlib import Path

from holobase.adapters.sqlite.rebuild import SqliteRebuild
from holobase.domain.declaration import Declaration
from holobase.engine.replay import Replay, ReplayReport
from holobase.engine.sealing import Sealer
from holobase.ports.store import Snapshot
from holobase.runtime import commands
from holobase.runtime.settings import Settings


def replay(settings: Settings) -> ReplayReport:
    """Replays and verifies stored data, which may be in use."""
    return commands.replay(settings, verify=True, progress=lambda *_: None)


async def verified(
    snapshot: Snapshot, sealer: Sealer, declarations: list[Declaration]
) -> ReplayReport:
    """Rebuilds what a snapshot shows, of whatever product, and compares and recounts it."""
    with tempfile.TemporaryDirectory() as scratch:
        target = SqliteRebuild(Path(scratch) / "rebuilt.db")
        try:
            replay = Replay(snapshot, target, sealer, declarations)
            await replay.run(lambda _: None)
            await replay.compare()
            replay.recount()
        finally:
            target.close()
    return replay.report


def assert_replays(settings: Settings) -> None:
    """Every table is what its log says, and every counter what a recount gives."""
    report = replay(settings)
    assert report.differences == []
    assert report.events > 0
