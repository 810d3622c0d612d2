"""The request logs of a foreign folder, which it keeps in a database of their own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from holobase.adapters.pocketbase.files import connect
from holobase.domain.request_logs import Entry
from holobase.kit import json

AUXILIARY: Final = "auxiliary.db"

_QUERY: Final = (
    "SELECT CAST(id AS BLOB), CAST(created AS BLOB), level, CAST(message AS BLOB),"
    " CAST(data AS BLOB) FROM _logs ORDER BY _rowid_"
)


def count_entries(folder: Path) -> int:
    """How many entries there are; 0 where their database is missing, damaged or laid out in
    another way: logs hold nobody up."""
    with ExitStack() as opened:
        connection = _opened(folder, opened)
        try:
            return int(connection.execute("SELECT count(*) FROM _logs").get) if connection else 0
        except apsw.Error:
            return 0


def entries(folder: Path) -> Iterator[Entry]:
    """The entries, the oldest first, as far as they can be read."""
    with ExitStack() as opened:
        connection = _opened(folder, opened)
        if connection is None:
            return
        try:
            for row in connection.execute(_QUERY):
                yield _entry(row)
        except apsw.Error:
            return


def _opened(folder: Path, opened: ExitStack) -> apsw.Connection | None:
    path = folder / AUXILIARY
    try:
        return connect(path, opened) if path.is_file() else None
    except (apsw.Error, OSError):
        return None


def _entry(row: tuple[Any, ...]) -> Entry:
    identifier, created, level, message, data = row
    return Entry(
        id=_text(identifier),
        created=_text(created),
        level=int(level) if isinstance(level, int | float) else 0,
        message=_text(message),
        data=_data(data),
    )


def _text(cell: bytes | None) -> str:
    return (cell or b"").decode(errors="replace")


def _data(cell: bytes | None) -> str:
    """The members as JSON; none where it is no object that could be shown."""
    try:
        found = json.decode_strict(cell or b"{}")
    except json.MalformedJson:
        found = {}
    return msgspec.json.encode(found if isinstance(found, dict) else {}).decode()
