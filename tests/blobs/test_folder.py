"""What a folder of blobs promises beside what every store does: PocketBase's layout."""

import json
import os
from pathlib import Path

from holobase.adapters.local_files import Folder
from holobase.ports.blob_store import UNKNOWN_TYPE


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


async def test_the_files_are_laid_out_as_pocketbase_has_them(tmp_path: Path) -> None:
    await Folder(tmp_path).put("c/r/a_1.png", b"hello", "image/png", original_name="photo.png")
    assert (tmp_path / "c/r/a_1.png").read_bytes() == b"hello"
    assert json.loads((tmp_path / "c/r/a_1.png.attrs").read_text()) == {
        "user.cache_control": "",
        "user.content_disposition": "",
        "user.content_encoding": "",
        "user.content_language": "",
        "user.content_type": "image/png",
        "user.metadata": {"original-filename": "photo.png"},
        "md5": "XUFAKrxLKna5cZ2REBfFkg==",
    }


async def test_an_imported_file_has_the_type_that_is_told_beside_it(tmp_path: Path) -> None:
    (tmp_path / "c/r").mkdir(parents=True)
    for name, beside in {
        "told": '{"user.content_type":"image/gif","user.metadata":null,"md5":"x"}',
        "broken": '{"user.content_type":',
        "odd": "[]",
        "alone": None,
    }.items():
        (tmp_path / "c/r" / name).write_bytes(b"x")
        if beside:
            (tmp_path / "c/r" / f"{name}.attrs").write_text(beside)
    folder = Folder(tmp_path)
    found = {blob.key: blob async for blob in folder.list("c/")}
    assert set(found) == {"c/r/told", "c/r/broken", "c/r/odd", "c/r/alone"}
    types = {}
    for key in found:
        blob = await folder.look(key)
        assert blob is not None
        types[key.rpartition("/")[2]] = blob.content_type
    assert types == {
        "told": "image/gif",
        "broken": UNKNOWN_TYPE,
        "odd": UNKNOWN_TYPE,
        "alone": UNKNOWN_TYPE,
    }


async def test_nothing_but_blobs_is_left_behind(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    await folder.put("c/r/a", b"x")
    await folder.put("c/s/b", b"x")
    await folder.delete(["c/r/a"])
    assert names(tmp_path) == [".partial", "c", "c/s", "c/s/b", "c/s/b.attrs"]


async def test_what_a_crash_left_half_written_is_no_blob_and_goes_after_a_day(
    tmp_path: Path,
) -> None:
    partial = tmp_path / ".partial"
    partial.mkdir()
    for name, moment in {"old": 1_000, "new": None}.items():
        (partial / name).write_bytes(b"half")
        if moment:
            os.utime(partial / name, (moment, moment))
    assert [blob async for blob in Folder(tmp_path).list("")] == []
    assert [path.name for path in partial.iterdir()] == ["new"]
