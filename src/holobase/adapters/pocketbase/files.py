"""The database files of a foreign folder: what is left beside them, and opening them to read."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import apsw

_SIDES: Final = ("-wal", "-journal")


def left(path: Path) -> list[Path]:
    """Logs and journals with something in them that is not in the database yet."""
    sides = [path.with_name(path.name + suffix) for suffix in _SIDES]
    return [side for side in sides if side.is_file() and side.stat().st_size > 0]


def connect(path: Path, opened: ExitStack) -> apsw.Connection:
    """A connection that writes nothing there, closed with the stack. What a killed program has left
    in its log is read from a copy."""
    waiting = left(path)
    if waiting:
        copies = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="holobase-import-")))
        for each in (path, *waiting):
            shutil.copyfile(each, copies / each.name)
        connection = apsw.Connection(str(copies / path.name))
    else:
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        connection = apsw.Connection(f"{path.resolve().as_uri()}?immutable=1", flags=flags)
    opened.callback(connection.close)
    return connection
