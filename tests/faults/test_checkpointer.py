"""One process copies SQLite's log back for all that write, and another when it has died."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.store import ELECTION_FILE_NAME
from holobase.adapters.sqlite.turns import Turns
from tests.faults.group import await_true
from tests.faults.load import assert_whole
from tests.faults.logs import PAGES_MAX

ROOT = Path(__file__).parent.parent.parent
WAL_BYTES_MAX = 20 * PAGES_MAX * 4_096
"""The bound, and room for what two writers add before a busy machine gets round to copying."""

GROWTH_BYTES = 1_500_000
"""Growth of the database; what is logged meanwhile is many times that, and far beyond the bound."""


@contextmanager
def writing(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.faults.logs", str(folder)], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_elected(folder: Path) -> bool:
    """Whether some process holds the lock; it is not taken from it."""
    lock = Turns(folder / ELECTION_FILE_NAME)
    try:
        return not lock.take()
    finally:
        lock.close()


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def watch(folder: Path) -> int:
    """Waits until the database has grown, which only copies make it do; the largest log seen."""
    start, largest = size(folder / FILE_NAME), 0

    def has_grown() -> bool:
        nonlocal largest
        largest = max(largest, size(folder / f"{FILE_NAME}-wal"))
        return size(folder / FILE_NAME) > start + GROWTH_BYTES

    await_true(has_grown, seconds=60)
    return largest


@pytest.mark.timeout(200)
def test_the_log_stays_bounded_whoever_dies(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with writing(folder) as first:
        await_true(lambda: size(folder / FILE_NAME) and is_elected(folder))
        with writing(folder):
            largest = [watch(folder)]
            first.kill()
            first.wait()
            await_true(lambda: is_elected(folder))
            largest.append(watch(folder))
            with writing(folder):
                largest.append(watch(folder))
    assert max(largest) < WAL_BYTES_MAX
    assert_whole(folder, set())
