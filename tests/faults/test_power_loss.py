"""Losing power at any moment: every answered write survives, and no half of one does."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.examples import TIMES
from tests.faults.disk import NAME, NEVER, Disk
from tests.faults.load import assert_whole, is_answer_to_a_fault, write_until

FOLDERS = 4 * TIMES
LOSSES_PER_FOLDER = 10
STEPS_MAX = 900
"""About as many steps as a run without a loss takes, so that every phase is hit."""


@pytest.fixture(autouse=True)
def _copy_back_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.checkpointer.LOOK_SECONDS", 0.003)
    monkeypatch.setattr("holobase.adapters.sqlite.checkpointer.PAGES_DUE", 5)
    monkeypatch.setattr("holobase.adapters.sqlite.checkpointer.PAGES_MAX", 60)


def lose_power_once(
    folder: Path, seed: str, answered: set[str], *, syncs_nothing: bool = False
) -> bool:
    """Writes on a disk that dies at a random step; whether it did."""
    chance = random.Random(seed)
    disk = Disk(dies_at=chance.randrange(1, STEPS_MAX), syncs_nothing=syncs_nothing)
    with disk.registered():
        try:
            asyncio.run(write_until(folder, answered.add, rounds=25, vfs=NAME))
        except Exception as error:
            assert is_answer_to_a_fault(error), (seed, error)
            assert disk.is_dead, (seed, error)
        died = disk.is_dead
        disk.lose_power(chance)
    return died


@pytest.mark.parametrize("number", range(FOLDERS))
def test_every_answered_write_survives(tmp_path: Path, number: int) -> None:
    answered: set[str] = set()
    died = 0
    for loss in range(LOSSES_PER_FOLDER):
        seed = f"{number}/{loss}"
        died += lose_power_once(tmp_path, seed, answered)
        try:
            if answered:
                assert_whole(tmp_path, answered)
        except Exception as error:
            raise AssertionError(f"after the loss with seed {seed}") from error
    assert died > LOSSES_PER_FOLDER / 2
    assert len(answered) > 50


def survives(folder: Path, *, syncs_nothing: bool = False) -> bool:
    answered: set[str] = set()
    try:
        for loss in range(10):
            lose_power_once(folder, f"lie/{loss}", answered, syncs_nothing=syncs_nothing)
            if answered:
                assert_whole(folder, answered)
    except Exception:
        return False
    return True


def test_a_disk_that_only_says_it_syncs_is_caught(tmp_path: Path) -> None:
    assert not survives(tmp_path, syncs_nothing=True)


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_syncing_less_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.file.SYNCHRONOUS", level)
    assert not survives(tmp_path)


def test_a_disk_without_faults_is_no_different(tmp_path: Path) -> None:
    answered: set[str] = set()
    with Disk(dies_at=NEVER).registered() as disk:
        asyncio.run(write_until(tmp_path, answered.add, rounds=25, vfs=NAME))
        assert disk.steps > STEPS_MAX / 2
    assert_whole(tmp_path, answered)
    assert len(answered) == 200
