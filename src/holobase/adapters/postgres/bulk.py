"""A bulk load on PostgreSQL: one transaction, in groups, with new indexes made at its end."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from holobase.adapters.postgres.address import Address
from holobase.adapters.postgres.connect import Connection, connect
from holobase.adapters.postgres.definitions import analyze, create_indexes, drop_indexes
from holobase.adapters.postgres.failures import explained
from holobase.adapters.postgres.flush import Conflicted
from holobase.adapters.postgres.group import Group, Unsettled
from holobase.adapters.postgres.job import Job
from holobase.adapters.postgres.layout import lock_key
from holobase.adapters.slow_statements import SlowStatements
from holobase.domain.collection import Collection
from holobase.domain.errors import IndexRefused, UniqueViolation
from holobase.ports.bulk import IndexRefusedRows
from holobase.ports.command import Command
from holobase.ports.store import Settle

T = TypeVar("T")


class PostgresBulk:
    """Keeps `ports.bulk.Bulk` on a connection that is inside a transaction."""

    def __init__(self, connection: Connection, channel: str, settle: Settle) -> None:
        self._connection = connection
        self._channel = channel
        self._settle = settle
        self._withheld: list[Collection] = []

    async def run(self, commands: Sequence[Callable[[], Command[T]]]) -> list[T]:
        """Runs commands in order and settles them; see `ports.bulk.Bulk.run`."""
        jobs: list[Job[T]] = [Job(command) for command in commands]
        try:
            await Group(self._connection, self._channel, SlowStatements(), self._settle).run(
                jobs, set()
            )
        except Conflicted as conflict:
            raise UniqueViolation("", ()) from conflict
        except Unsettled as unsettled:
            raise unsettled.reason or unsettled from unsettled
        for job in jobs:
            if job.error is not None:
                raise job.error
        return [job.result for job in jobs]

    async def withhold_indexes(self, collection: Collection) -> None:
        """Has the indexes of a new collection made at the end."""
        await drop_indexes(self._connection, collection)
        self._withheld.append(collection)

    async def keep(self) -> None:
        """Makes the indexes and commits. Raises IndexRefusedRows."""
        for collection in self._withheld:
            try:
                await create_indexes(self._connection, collection)
            except IndexRefused as refused:
                raise IndexRefusedRows(collection.name, refused.reason) from refused
        await analyze(self._connection)
        await self._connection.execute("COMMIT")


@asynccontextmanager
async def open_bulk(address: Address, channel: str, settle: Settle) -> AsyncIterator[PostgresBulk]:
    """A bulk load into a schema, which waits for its turn to write."""
    with explained(address):
        connection = await connect(address, None)
        try:
            lock = f"SELECT pg_advisory_xact_lock({lock_key('log', address.schema)})"
            await connection.execute(f"BEGIN; {lock}")
            yield PostgresBulk(connection, channel, settle)
        finally:
            # Closing without COMMIT takes everything back.
            connection.terminate()
