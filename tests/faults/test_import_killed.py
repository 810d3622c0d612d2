"""`kill -9` at random moments of an import: all of it is there or nothing, and it can be run again.

A few kills every day; `--kills 50` tries harder.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest

from holobase.domain.errors import DamagedData, NotFound
from holobase.runtime.moving import Source, import_pocketbase
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_snapshot
from tests.conftest import STORES, store_of
from tests.pb_data import MOMENT, USERS_ID, PbData, base, field, users
from tests.replay import assert_replays

RECORDS = 1_500
FILES = 30
POSTS = base("posts", field("text", "title"), field("relation", "by", collectionId=USERS_ID))

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["holobase.runtime.moving", "tests.faults.test_import_killed"])


def fill(folder: Path) -> None:
    """A folder that takes a moment."""
    with PbData(folder) as made:
        made.collection(users())
        made.collection(POSTS)
        for number in range(RECORDS):
            key = f"{number:011d}"
            dated = {"created": MOMENT, "updated": MOMENT}
            made.account("users", f"user{key}", f"{number}@example.com", "$2a$04$" + "h" * 53)
            by = {"by": f"user{key}", "title": f"Title {number}"}
            made.record("posts", id=f"post{key}", **by, **dated)
        for number in range(FILES):
            made.file(f"{POSTS['id']}/post{number:011d}/a_{number}.txt", os.urandom(5_000))


def bring(settings: Settings, folder: Path) -> None:
    """The import itself, in a process of its own."""
    done = import_pocketbase(settings, Source(folder), lambda *_: None, only_plan=False)
    assert done.is_done or done.was_there


def killed(settings: Settings, folder: Path, after_seconds: float) -> None:
    """Begins an import and kills it."""
    process = _processes.Process(target=bring, args=(settings, folder))
    process.start()
    process.join(after_seconds)
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def imported(settings: Settings) -> int | None:
    """How many records have arrived; None where nothing at all has."""

    async def look() -> int | None:
        async with open_snapshot(settings) as snapshot:
            names = {collection.name for _, collection in await snapshot.definitions()}
            kinds = (await snapshot.log.extent()).by_type
        arrived = {kind: n for kind, n in kinds.items() if kind.endswith(".imported")}
        is_there = "posts" in names
        assert is_there == bool(arrived) == ("_imports.finished" in kinds)
        return sum(arrived.values()) if is_there else None

    return asyncio.run(look())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", STORES)
def test_a_killed_import_is_whole_or_absent(
    kind: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    folder = tmp_path / "pb_data"
    fill(folder)
    with store_of(kind) as store:
        given = {"data": tmp_path / "data", "store": store, "without_community": True}
        settings = Settings.of(given)
        whole_seconds = _measured(tmp_path, folder)
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for _ in range(pytestconfig.getoption("--kills")):
            moment = chance.uniform(0.05, whole_seconds)
            killed(settings, folder, moment)
            found = imported(settings) if _is_laid_out(settings) else None
            assert found in (None, 2 * RECORDS), f"killed after {moment} s, seed {seed}"
        bring(settings, folder)
        assert imported(settings) == 2 * RECORDS
        assert_replays(settings)
        copies = sorted((tmp_path / "data" / "storage").rglob("*.txt"))
        originals = sorted((folder / "storage").rglob("*.txt"))
        assert [each.read_bytes() for each in copies] == [each.read_bytes() for each in originals]


def _measured(tmp_path: Path, folder: Path) -> float:
    started = time.monotonic()
    killed(Settings(data=tmp_path / "other", without_community=True), folder, 60)
    return time.monotonic() - started


def _is_laid_out(settings: Settings) -> bool:
    async def look() -> bool:
        try:
            async with open_snapshot(settings) as snapshot:
                await snapshot.log.position()
        except (NotFound, DamagedData):  # killed before there was anything
            return False
        return True

    return asyncio.run(look())
