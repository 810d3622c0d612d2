"""The instance key: from the settings, or a file in the data folder that only its owner reads."""

import base64
import binascii
import contextlib
import os
import stat
from pathlib import Path

from holobase.adapters.disk import sync
from holobase.domain.errors import DamagedData
from holobase.engine.sealing import KEY_BYTES, new_key

KEY_FILE_NAME = "instance.key"


def instance_key(data: Path, given: str | None) -> bytes:
    """The 32 bytes of the key; a new one is made for a folder that has no database yet.

    Raises DamagedData for a key of the wrong form, and where the key of existing data is gone:
    a new one could not open what the old one sealed.
    """
    if given:
        return _parse(given, "HOLOBASE_KEY")
    path = data / KEY_FILE_NAME
    if path.exists():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        return _parse(path.read_text(), str(path))
    if any(data.glob("*.db")):
        raise DamagedData(f"{path} is missing. Put the key of this data back, or set HOLOBASE_KEY.")
    return _create(path)


def kept_key(data: Path, given: str | None) -> bytes:
    """As `instance_key`, but never a new one. Raises DamagedData where there is none."""
    if not given and not (data / KEY_FILE_NAME).exists():
        raise DamagedData(
            f"{data / KEY_FILE_NAME} is missing. Put the key of the instance there, or set"
            " HOLOBASE_KEY."
        )
    return instance_key(data, given)


def bring(home: Path, folder: Path) -> None:
    """Puts the key of one data folder, where it has one, into another that has none."""
    if (home / KEY_FILE_NAME).exists():
        with contextlib.suppress(FileExistsError):
            _put(folder / KEY_FILE_NAME, (home / KEY_FILE_NAME).read_text())


def _create(path: Path) -> bytes:
    """A new key, or the one that another process was quicker with."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = new_key()
    try:
        _put(path, base64.b64encode(key).decode() + "\n")
    except FileExistsError:
        return _parse(path.read_text(), str(path))
    return key


def _put(path: Path, text: str) -> None:
    """Puts a key in its place, whole and on the disk before anything is sealed with it, which may
    be on another. Raises FileExistsError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
        sync(path.parent)
    finally:
        draft.unlink()


def _parse(text: str, where: str) -> bytes:
    text = text.strip()
    try:
        is_hex = len(text) == KEY_BYTES * 2
        key = bytes.fromhex(text) if is_hex else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise DamagedData(f"{where} is not a key: 32 bytes as base64 or hex.") from error
    if len(key) != KEY_BYTES:
        raise DamagedData(f"{where} has {len(key)} bytes, a key has {KEY_BYTES}.")
    return key
