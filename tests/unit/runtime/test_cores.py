"""How many workers there are where nobody says."""

import os
from pathlib import Path

import pytest

from holobase.runtime import cores
from holobase.runtime.cores import WORKERS_DEFAULT_MAX, how_many, usable_cores

MINE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    "told, found",
    [
        ("max 100000", MINE),
        ("100000 100000", 1),
        ("50000 100000", 1),
        ("9900000 100000", min(MINE, 99)),
        ("nonsense", MINE),
        ("", MINE),
    ],
)
def test_a_container_may_have_less_than_the_machine(tmp_path: Path, told: str, found: int) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(told)
    assert usable_cores(quota) == found


def test_a_machine_that_tells_no_quota_has_none(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "nothing") == MINE


def test_there_is_a_worker_for_each_core_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, workers in ((1, 1), (2, 2), (64, WORKERS_DEFAULT_MAX)):
        monkeypatch.setattr(cores, "usable_cores", lambda c=there: c)
        assert how_many(None) == workers
    assert how_many(7) == 7
