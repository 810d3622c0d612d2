"""Reading a folder of PocketBase 0.23 to 0.40, and refusing every other one before it is touched.

A folder that was closed in good order is read in place, without a lock and without the files that
SQLite would make beside it. What a killed program has left in its log is read from a copy.
"""

import fcntl
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from holobase.adapters.pocketbase.files import connect, left
from holobase.adapters.pocketbase.logs import count_entries, entries
from holobase.domain.errors import DamagedData
from holobase.domain.request_logs import Entry
from holobase.ports.foreign import ForeignCell, ForeignCollection

DATABASE: Final = "data.db"
STORAGE: Final = "storage"
_RULES: Final = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")
_ORDER: Final = {"base": 1, "auth": 1, "view": 2}
_MAGIC: Final = b"SQLite format 3\0"

_LOCKED: Final = (("", 0x4000_0000, 512), ("-shm", 120, 9))
"""Where SQLite locks a file while somebody has it open: bytes that no data is stored in."""

NEWEST_MIGRATION: Final = 1_778_828_400
"""The newest change of layout that PocketBase 0.40 makes, as its files are numbered."""

READ_BYTES: Final = 1024 * 1024


@contextmanager
def open_folder(folder: Path, *, own_migrations: bool = False) -> Iterator["PocketBaseFolder"]:
    """The folder, for the length of the block.

    Raises DamagedData, which says what is wrong, where it is not PocketBase's, damaged, in use,
    too old or newer than 0.40. `own_migrations`: numbered files in Go that are not known are the
    operator's, and no sign of a newer program.
    """
    path = folder / DATABASE
    _check_file(folder, path)
    with ExitStack() as opened:
        try:
            connection = connect(path, opened)
            _check_layout(connection, folder, own_migrations=own_migrations)
            yield PocketBaseFolder(connection, folder)
        except (apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
            raise DamagedData(f"{path} is damaged: {error}.") from error


class PocketBaseFolder:
    """Keeps `ports.foreign.ForeignFolder`."""

    def __init__(self, connection: apsw.Connection, folder: Path) -> None:
        self._connection = connection
        self._path = folder / DATABASE
        self.storage = folder / STORAGE
        self._stamp = _stamp(self._path)

    def collections(self) -> list[ForeignCollection]:
        """All definitions; see `ports.foreign`."""
        rows = self._rows("_collections")
        found = [_collection(row, self._path) for row in rows]
        return sorted(found, key=lambda each: 0 if each.is_system else _ORDER.get(each.type, 3))

    def count(self, name: str) -> int:
        """How many rows a table has. Raises DamagedData where there is no such table."""
        try:
            return int(self._connection.execute(f"SELECT count(*) FROM {_quoted(name)}").get or 0)
        except apsw.SQLError as error:
            raise DamagedData(f"{self._path} is damaged: {name} has no table.") from error

    def records(self, name: str) -> Iterator[Mapping[str, ForeignCell]]:
        """The rows of a collection; see `ports.foreign`."""
        return self._rows(name)

    def settings(self) -> bytes | None:
        """The settings as they are stored."""
        query = "SELECT CAST(value AS BLOB) FROM _params WHERE id = 'settings'"
        found: bytes | None = self._connection.execute(query).get
        return found

    def has_file(self, collection_id: str, record_id: str, name: str) -> bool:
        """Whether the file is in the folder."""
        return (self.storage / collection_id / record_id / name).is_file()

    def count_logs(self) -> int:
        """How many entries its request log has."""
        return count_entries(self._path.parent)

    def logs(self) -> Iterator[Entry]:
        """The entries of its request log."""
        return entries(self._path.parent)

    def fingerprint(self) -> str:
        """The SHA-256 of the database and of what is left in its log."""
        digest = hashlib.sha256()
        for path in (self._path, *left(self._path)):
            with path.open("rb") as file:
                while chunk := file.read(READ_BYTES):
                    digest.update(chunk)
        return digest.hexdigest()

    def check_unchanged(self) -> None:
        """Raises DamagedData where somebody has written to the folder since it was opened."""
        if _stamp(self._path) != self._stamp:
            raise DamagedData(
                f"{self._path} has changed while it was read. Stop what writes there."
            )

    def _rows(self, table: str) -> Iterator[dict[str, ForeignCell]]:
        info = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        names = [str(name) for (name,) in info]
        # As bytes, because a text need not be UTF-8, and the driver would stop there.
        columns = ", ".join(
            f"CASE typeof({quoted}) WHEN 'text' THEN CAST({quoted} AS BLOB) ELSE {quoted} END"
            for quoted in map(_quoted, names)
        )
        query = f"SELECT {columns} FROM {_quoted(table)} ORDER BY _rowid_"
        for row in self._connection.execute(query):
            yield dict(zip(names, row, strict=True))


def _check_file(folder: Path, path: Path) -> None:
    if not path.is_file():
        raise DamagedData(f"{folder} holds no {DATABASE}: it is no data folder of PocketBase.")
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DamagedData(f"{path} is no SQLite database, or its beginning is damaged.")
    for suffix, start, length in _LOCKED:
        if _is_locked(path.with_name(DATABASE + suffix), start, length):
            raise DamagedData(
                f"{path} is open in another program. Stop PocketBase first, or import a copy or an"
                " unpacked backup."
            )


def _is_locked(path: Path, start: int, length: int) -> bool:
    try:
        file = path.open("r+b")
    except OSError:  # not there, or nobody can write here at all
        return False
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except OSError:
            return True
        fcntl.lockf(file, fcntl.LOCK_UN, length, start)
    return False


def _check_layout(connection: apsw.Connection, folder: Path, *, own_migrations: bool) -> None:
    [(finding,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if finding != "ok":
        raise DamagedData(f"{folder / DATABASE} is damaged: {finding}.")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    columns = {
        name for (name,) in connection.execute("SELECT name FROM pragma_table_info('_collections')")
    }
    if "_admins" in tables or "schema" in columns:
        raise DamagedData(
            f"{folder} is of a PocketBase before 0.23. Start it once with a current one, which"
            " brings it up to date, and import it then."
        )
    if (
        not {"_superusers", "_params", "_collections"} <= tables
        or not {"fields", "indexes"} <= columns
    ):
        raise DamagedData(f"{folder} is no data folder of PocketBase.")
    if not own_migrations and "_migrations" in tables:
        _check_migrations(connection, folder)


def _check_migrations(connection: apsw.Connection, folder: Path) -> None:
    for (file,) in connection.execute("SELECT file FROM _migrations ORDER BY file"):
        number, _, rest = str(file).partition("_")
        if rest.endswith(".go") and number.isdigit() and int(number) > NEWEST_MIGRATION:
            raise DamagedData(
                f"{folder} was written by a PocketBase newer than 0.40 ({file}). If that is a"
                " migration of your own program, say so with --own-migrations."
            )


def _collection(row: Mapping[str, ForeignCell], path: Path) -> ForeignCollection:
    try:
        return ForeignCollection(
            id=_text(row["id"]),
            name=_text(row["name"]),
            type=_text(row["type"]),
            is_system=bool(row["system"]),
            fields=_json(row["fields"], list[dict[str, Any]]),
            indexes=_json(row["indexes"], list[str]),
            rules={name: _rule(row.get(name)) for name in _RULES},
            options=_json(row.get("options"), dict[str, Any]),
            created=_text(row.get("created")),
            updated=_text(row.get("updated")),
        )
    except (msgspec.DecodeError, UnicodeError, KeyError) as error:
        raise DamagedData(f"{path} is damaged: a definition cannot be read.") from error


def _rule(cell: ForeignCell) -> str | None:
    return None if cell is None else _text(cell)


def _text(cell: ForeignCell) -> str:
    return cell.decode() if isinstance(cell, bytes) else "" if cell is None else str(cell)


def _json(cell: ForeignCell, kind: Any) -> Any:
    return msgspec.json.decode(_text(cell) or "null", type=kind | None) or kind()


def _stamp(path: Path) -> tuple[tuple[int, int], ...]:
    found = [each.stat() for each in (path, *left(path))]
    return tuple((each.st_size, each.st_mtime_ns) for each in found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
