"""A draft in a file: a rebuild that keeps its events and stays."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from holobase.adapters.disk import sync
from holobase.adapters.sqlite import tables
from holobase.adapters.sqlite.dump import columns_of
from holobase.adapters.sqlite.file import disconnect
from holobase.adapters.sqlite.log import keep
from holobase.adapters.sqlite.rebuild import SqliteRebuild
from holobase.domain.collection import Collection
from holobase.domain.event import Event
from holobase.ports.command import DefinitionChange, RowChange
from holobase.ports.mirror import Part, Row


class SqliteDraft(SqliteRebuild):
    """Keeps `ports.draft.Draft` in a new file; without a journal, for what is cut off is thrown
    away."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("BEGIN")

    def apply(self, event: Event, change: RowChange | DefinitionChange | None) -> None:
        """Takes over the event, the head of its stream, and its change."""
        keep(self._connection, event)
        super().apply(event, change)

    def put(self, part: Part, rows: Iterable[Row]) -> None:
        """As the port says."""
        names = columns_of(part)
        marks = ", ".join("?" * len(names))
        query = f"INSERT INTO {part.table} ({', '.join(names)}) VALUES ({marks})"
        self._connection.executemany(query, rows)

    def remember(self, checkpoints: Sequence[Row]) -> None:
        """As the port says."""
        query = "INSERT OR REPLACE INTO hb_checkpoints VALUES (?, ?)"
        self._connection.executemany(query, checkpoints)

    def count(self, collection: Collection) -> int:
        """As the port says."""
        query = f"SELECT count(*) FROM {tables.quoted(collection.name)}"
        return int(self._connection.execute(query).get)

    def finish(self) -> None:
        """As the port says."""
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = WAL")
        disconnect(self._connection)
        for path in (self._path, self._path.parent):
            sync(path)
