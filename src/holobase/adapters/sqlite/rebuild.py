"""A throw-away store for replay: the same tables, filled from events that are already numbered."""

from pathlib import Path

from holobase.adapters.sqlite import definitions, tables
from holobase.adapters.sqlite.dump import SqliteSnapshot
from holobase.adapters.sqlite.file import connect, create_or_check
from holobase.adapters.sqlite.log import head, set_head
from holobase.domain.collection import Collection
from holobase.domain.event import Event
from holobase.domain.record import Record
from holobase.ports.command import DefinitionChange, RowChange


class SqliteRebuild:
    """Keeps `ports.store.Rebuild` in a new file at `path`. It is one transaction, never committed
    and never synced: nothing of it is meant to last."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._connection.execute("PRAGMA synchronous = OFF")
        create_or_check(self._connection, str(path))
        self._connection.execute("BEGIN")

    def apply(self, event: Event, change: RowChange | DefinitionChange | None) -> None:
        """Takes over the head of the event's stream and applies its change."""
        set_head(self._connection, event.stream, event.version, event.hash)
        if isinstance(change, RowChange):
            tables.apply_row(self._connection, change, event.version)
        elif isinstance(change, DefinitionChange):
            definitions.apply_definition(self._connection, change, event.version)

    def head(self, stream: str) -> tuple[int, bytes]:
        """Version and hash of the newest event of a stream, as far as it was applied."""
        return head(self._connection, stream)

    def load(self, collection: Collection, record_id: str) -> Record | None:
        """The record as it stands now."""
        return tables.load(self._connection, collection, record_id)

    def records(self, collection: Collection) -> list[Record]:
        """All records of a collection."""
        query = tables.row_statements(collection).select
        rows = self._connection.execute(query)
        return [Record.from_cells(collection, row) for row in rows]

    def snapshot(self) -> SqliteSnapshot:
        """What has been rebuilt, seen through the open transaction."""
        return SqliteSnapshot(self._connection)

    def close(self) -> None:
        """Throws everything away."""
        self._connection.close(True)
