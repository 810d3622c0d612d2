"""The key of an instance: kept before anything depends on it."""

import os
from pathlib import Path

import pytest

from holobase.runtime.keys import KEY_FILE_NAME, instance_key


def test_a_new_key_is_on_the_disk_by_its_name_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, fsync, kept = tmp_path / "data", os.fsync, []

    def noted(descriptor: int) -> None:
        kept.append((os.fstat(descriptor).st_ino, sorted(each.name for each in data.iterdir())))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    key = instance_key(data, None)
    inode, names = kept[-1]
    assert inode == data.stat().st_ino and KEY_FILE_NAME in names
    assert instance_key(data, None) == key
