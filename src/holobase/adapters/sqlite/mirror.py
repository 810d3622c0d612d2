"""A mirror in a file beside the place of the database, which it takes when it is whole."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import apsw

from holobase.adapters.disk import sync
from holobase.adapters.sqlite import definitions
from holobase.adapters.sqlite.dump import SqliteSnapshot, columns_of
from holobase.adapters.sqlite.file import FILE_NAME, connect, create_or_check, disconnect
from holobase.adapters.sqlite.tables import quoted, read_definitions
from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.ports.command import DefinitionChange
from holobase.ports.mirror import Key, Part, Row

MARK: Final = "hb_move"
"""The consumer whose checkpoint says from which position of the source this is filled."""

_DRAFT: Final = f"{FILE_NAME}.moving"
_SIDES: Final = ("", "-wal", "-shm")


class SqliteMirror:
    """Keeps `ports.mirror.Mirror` for a data folder. Raises DamagedData where it has a database."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        if self._path.exists():
            raise DamagedData(f"{self._path} is there already. Choose another folder.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._draft = folder / _DRAFT
        self._connection = self._open()

    def _open(self) -> apsw.Connection:
        connection = connect(self._draft)
        create_or_check(connection, str(self._draft))
        return connection

    async def begin(self, position: int, collections: Sequence[tuple[int, Collection]]) -> None:
        """Makes the tables; see `ports.mirror`."""
        marked = self._connection.execute(
            "SELECT position FROM hb_checkpoints WHERE consumer = ?", (MARK,)
        ).get
        if marked == position:
            return
        await self.discard()
        self._connection = self._open()
        with self._connection:
            for revision, collection in collections:
                change = DefinitionChange(None, collection)
                definitions.apply_definition(self._connection, change, revision)
                if collection.type != "view":
                    definitions.drop_indexes(self._connection, collection)
            self._connection.execute("INSERT INTO hb_checkpoints VALUES (?, ?)", (MARK, position))

    async def last(self, part: Part) -> Key:
        """The first column of the last row that has arrived."""
        key = columns_of(part)[0]
        found: Key | None = self._connection.execute(
            f"SELECT max({key}) FROM {quoted(part.table)}"
        ).get
        return part.first if found is None else found

    async def put(self, part: Part, rows: Sequence[Row]) -> None:
        """Adds rows."""
        names = columns_of(part)
        marks = ", ".join("?" * len(names))
        query = f"INSERT INTO {quoted(part.table)} ({', '.join(names)}) VALUES ({marks})"
        with self._connection:
            self._connection.executemany(query, rows)

    async def finish(self, checkpoints: Sequence[Row]) -> None:
        """Makes the indexes."""
        with self._connection:
            for _, collection in read_definitions(self._connection):
                if collection.type != "view":
                    definitions.drop_indexes(self._connection, collection)
                    definitions.create_indexes(self._connection, collection)
            self._connection.execute("DELETE FROM hb_checkpoints WHERE consumer <> ?", (MARK,))
            self._connection.executemany("INSERT INTO hb_checkpoints VALUES (?, ?)", checkpoints)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqliteSnapshot]:
        """What is there."""
        yield SqliteSnapshot(self._connection)

    async def put_in_place(self) -> None:
        """Takes the place of the database."""
        self._connection.execute("DELETE FROM hb_checkpoints WHERE consumer = ?", (MARK,))
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        disconnect(self._connection)
        self._draft.rename(self._path)
        sync(self._path.parent)

    async def discard(self) -> None:
        """Throws everything away."""
        disconnect(self._connection)
        for side in _SIDES:
            self._draft.with_name(_DRAFT + side).unlink(missing_ok=True)

    async def close(self) -> None:
        """Lets go of the file."""
        disconnect(self._connection)
