"""A bulk load on SQLite: one transaction, in groups, new indexes made at its end.

Pages that no longer fit the cache go into the write-ahead log, so memory stays bounded however
much is loaded; a process that dies leaves a log that nobody reads.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import apsw

from holobase.adapters.slow_statements import SlowStatements
from holobase.adapters.sqlite.definitions import create_indexes, drop_indexes
from holobase.adapters.sqlite.failures import explained
from holobase.adapters.sqlite.file import connect, disconnect
from holobase.adapters.sqlite.tables import KnownRevisions
from holobase.adapters.sqlite.turns import Turns
from holobase.adapters.sqlite.unit import Unit
from holobase.domain.collection import Collection
from holobase.domain.errors import IndexRefused
from holobase.ports.bulk import IndexRefusedRows
from holobase.ports.command import Command
from holobase.ports.store import Settle

T = TypeVar("T")


class SqliteBulk:
    """Keeps `ports.bulk.Bulk` on a connection that is inside a transaction."""

    def __init__(self, connection: apsw.Connection, settle: Settle) -> None:
        self._connection = connection
        self._settle = settle
        self._known = KnownRevisions(connection)
        self._withheld: list[Collection] = []

    async def run(self, commands: Sequence[Callable[[], Command[T]]]) -> list[T]:
        """Runs commands in order and settles them; see `ports.bulk.Bulk.run`."""
        unit = Unit(self._connection, self._known, SlowStatements())
        results = [unit.run(command()) for command in commands]
        unit.run(self._settle(list(unit.applied)))
        await asyncio.sleep(0)  # signals and progress get their turn between groups
        return results

    async def withhold_indexes(self, collection: Collection) -> None:
        """Has the indexes of a new collection made at the end."""
        drop_indexes(self._connection, collection)
        self._withheld.append(collection)

    async def keep(self) -> None:
        """Makes the indexes and commits. Raises IndexRefusedRows."""
        for collection in self._withheld:
            try:
                create_indexes(self._connection, collection)
            except IndexRefused as refused:
                raise IndexRefusedRows(collection.name, refused.reason) from refused
        self._connection.execute("COMMIT")


@asynccontextmanager
async def open_bulk(
    path: Path, turns: Turns, settle: Settle, vfs: str | None
) -> AsyncIterator[SqliteBulk]:
    """A bulk load into a database file, which waits for its turn to write."""
    with explained(str(path)):
        connection = connect(path, vfs=vfs)
        try:
            with turns.mine():
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield SqliteBulk(connection, settle)
                finally:
                    if connection.in_transaction:
                        with suppress(apsw.Error):
                            connection.execute("ROLLBACK")
        finally:
            turns.close()
            disconnect(connection)
