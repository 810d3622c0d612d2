"""A database that takes the place of another: cut off at any step, it is gone on with."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from holobase.adapters.sqlite import replacing
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.domain.errors import Unavailable

OLD = {f"{FILE_NAME}{side}": f"old{side}" for side in replacing.SIDES}


class CutOff(Exception):
    """The process is gone."""


def laid_out(folder: Path) -> Path:
    """A folder with a database in use, and a new one that is ready."""
    folder.mkdir()
    for name, text in OLD.items():
        (folder / name).write_text(text)
    (replacing.begin(folder) / FILE_NAME).write_text("new")
    replacing.make_ready(folder)
    return folder


def cut_after(steps: int) -> Callable[[Path, Path], Path]:
    """A `rename` that works so many times."""
    left = iter(range(steps))
    rename = Path.rename

    def cut(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise CutOff
        return rename(path, target)

    return cut


def test_it_is_finished_wherever_it_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename
    for steps in itertools.count():
        folder = laid_out(tmp_path / str(steps))
        monkeypatch.setattr(Path, "rename", cut_after(steps))
        is_cut = False
        try:
            replacing.enter(folder).leave()
        except CutOff:
            is_cut = True
        monkeypatch.setattr(Path, "rename", rename)
        assert is_cut == (steps < len(OLD) + 1)
        replacing.enter(folder).leave()
        assert (folder / FILE_NAME).read_text() == "new"
        assert not any((folder / f"{FILE_NAME}{side}").exists() for side in replacing.SIDES[1:])
        before = folder / replacing.READY / replacing.BEFORE
        assert {path.name: path.read_text() for path in before.iterdir()} == OLD
        replacing.settle(folder)
        assert not (folder / replacing.READY).exists()
        if not is_cut:
            return


def test_nobody_loses_it_while_using_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "WAIT_SECONDS", 0.1)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE_NAME).write_text("old")
    present = replacing.enter(folder)
    assert replacing.is_used(folder)
    (replacing.begin(folder) / FILE_NAME).write_text("new")
    replacing.make_ready(folder)
    assert replacing.is_waiting(folder)
    with pytest.raises(Unavailable):
        replacing.enter(folder)
    assert (folder / FILE_NAME).read_text() == "old"
    present.leave()
    replacing.enter(folder).leave()
    assert (folder / FILE_NAME).read_text() == "new"
    assert not replacing.is_used(folder)
