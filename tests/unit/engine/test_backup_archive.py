"""What is no backup, or was touched, is refused by what is wrong with it, before it is used."""

import asyncio
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from holobase.domain.errors import BadRequest
from holobase.engine.backups.archive import Archive
from holobase.engine.backups.format import FILES, LOG, MANIFEST, SIGNATURE
from holobase.engine.sealing import Sealer
from holobase.runtime import backing, commands
from holobase.runtime.keys import kept_key
from holobase.runtime.settings import Settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Sealer]:
    """A backup, and what its key signs."""
    data = tmp_path_factory.mktemp("backup")
    settings = Settings.of({"data": data, "without_community": True})
    commands.create_superuser(settings, "root@example.com", "a long enough password")
    backing.create_now(settings, "a.zip", lambda *_: None)
    return (data / "backups" / "a.zip").read_bytes(), Sealer(kept_key(data, None))


def rewritten(
    archive: bytes,
    change: Callable[[zipfile.ZipInfo, bytes], tuple[zipfile.ZipInfo, bytes] | None],
    *added: tuple[zipfile.ZipInfo | str, bytes],
) -> bytes:
    """The archive with its entries changed, or without them where nothing is given back."""
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as before,
        zipfile.ZipFile(again, "w") as after,
    ):
        for info in before.infolist():
            kept = change(info, before.read(info))
            if kept is not None:
                after.writestr(kept[0], kept[1], info.compress_type)
        for name, content in added:
            after.writestr(name, content)
    return again.getvalue()


def as_it_was(info: zipfile.ZipInfo, content: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    return info, content


def with_entry(name: str, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda archive: rewritten(
        archive, lambda info, content: (info, change(content) if info.filename == name else content)
    )


def touched(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def without(name: str) -> Callable[[bytes], bytes]:
    return lambda archive: rewritten(
        archive, lambda info, content: None if info.filename == name else (info, content)
    )


def plus(name: str, content: bytes = b"", attributes: int = 0) -> Callable[[bytes], bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = attributes << 16
    return lambda archive: rewritten(archive, as_it_was, (info, content))


def bomb(archive: bytes) -> bytes:
    """The log is a gigabyte of nothing, as far as anybody can tell from outside."""

    def change(info: zipfile.ZipInfo, content: bytes) -> tuple[zipfile.ZipInfo, bytes]:
        return info, bytes(32 * 1024 * 1024) if info.filename == LOG else content

    return rewritten(archive, change)


def large_directory(archive: bytes) -> bytes:
    """The end says that the table of contents is large."""
    end = bytearray(archive[-22:])
    struct.pack_into("<L", end, 12, 1 << 30)
    return archive[:-22] + bytes(end)


NEWER, OTHER_KEY = b'{"format": 2, "key": "x"}', b'{"format": 1, "key": "x"}'
ROWS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("nothing", lambda _: b"", "backup_foreign"),
    ("a text", lambda _: b"x" * 100, "backup_foreign"),
    ("half of one", lambda archive: archive[: len(archive) // 2], "backup_foreign"),
    ("with a comment", lambda archive: archive[:-2] + b"\x01\x00x", "backup_foreign"),
    ("with a large directory", large_directory, "backup_foreign"),
    ("without a manifest", without(MANIFEST), "backup_foreign"),
    ("with another manifest", with_entry(MANIFEST, lambda _: b"[]"), "backup_foreign"),
    ("of a newer program", with_entry(MANIFEST, lambda _: NEWER), "backup_newer"),
    ("of another key", with_entry(MANIFEST, lambda _: OTHER_KEY), "backup_other_key"),
    ("with a touched manifest", with_entry(MANIFEST, lambda text: text + b" "), "backup_damaged"),
    ("with a broken manifest", with_entry(MANIFEST, lambda text: text[:-9]), "backup_damaged"),
    ("without a signature", without(SIGNATURE), "backup_damaged"),
    ("with another signature", with_entry(SIGNATURE, lambda _: bytes(32)), "backup_damaged"),
    ("with a long signature", with_entry(SIGNATURE, lambda _: bytes(2_000)), "backup_unsafe"),
    ("with a deep manifest", with_entry(MANIFEST, lambda _: b"[" * 100_000), "backup_damaged"),
    ("without files", without(FILES), "backup_damaged"),
    ("with a touched log", with_entry(LOG, touched), "backup_damaged"),
    ("with a shorter log", with_entry(LOG, lambda log: log[:-1]), "backup_damaged"),
    ("with a longer log", with_entry(LOG, lambda log: log + log), "backup_damaged"),
    ("that climbs", plus("../../etc/passwd"), "backup_unsafe"),
    ("that begins at the root", plus("/etc/passwd"), "backup_unsafe"),
    ("with a link", plus("link", b"/etc/passwd", 0o120777), "backup_unsafe"),
    ("with a folder", plus("folder/"), "backup_unsafe"),
    ("with an entry twice", plus(LOG), "backup_unsafe"),
    ("that is a bomb", bomb, "backup_unsafe"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "reason"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_an_archive_is_refused(
    made: tuple[bytes, Sealer], change: Callable[[bytes], bytes], reason: str
) -> None:
    archive, sealer = made
    with pytest.raises(BadRequest, match=f"^{reason}$"):
        Archive(io.BytesIO(change(archive)), sealer).verify()


def test_every_flipped_byte_is_found(made: tuple[bytes, Sealer]) -> None:
    archive, sealer = made
    Archive(io.BytesIO(archive), sealer).verify()
    contents = _readable(archive)
    for place in range(0, len(archive), max(1, len(archive) // 300)):
        touched = bytearray(archive)
        touched[place] ^= 0x20
        try:
            read = Archive(io.BytesIO(bytes(touched)), sealer)
            read.verify()
        except BadRequest:
            continue
        assert _readable(bytes(touched)) == contents, f"byte {place}"


def _readable(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    settings = Settings.of({"data": tmp_path, "without_community": True})
    commands.create_superuser(settings, "root@example.com", "a long enough password")

    def fail(label: str, _done: int, _total: int) -> None:
        if label == "events":
            raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError, match="lights"):
        backing.create_now(settings, "a.zip", fail)
    assert asyncio.run(backing.listed(settings)) == []
