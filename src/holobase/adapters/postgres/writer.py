"""The one writer of this process: a task that commits many commands in one durable transaction.

It takes whatever waits in its queue, runs it as a group under the lock of the log, commits, has the
listeners told, and only then answers. The lock is held to the commit, so positions are in the order
of commits, whatever the number of processes. A server that goes away takes nothing with it that was
answered: the group is run again, or, where only the answer to COMMIT was lost, looked up.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg

from holobase.adapters.measures import committing, count_group
from holobase.adapters.postgres import log
from holobase.adapters.postgres.address import Address
from holobase.adapters.postgres.connect import Connection, connect
from holobase.adapters.postgres.failures import is_outage
from holobase.adapters.postgres.flush import Conflicted
from holobase.adapters.postgres.group import Group, Unsettled
from holobase.adapters.postgres.job import Job
from holobase.adapters.postgres.layout import lock_key
from holobase.adapters.slow_statements import SlowStatements
from holobase.domain.errors import Unavailable
from holobase.domain.event import Event
from holobase.ports.command import Command
from holobase.ports.store import Settle

T = TypeVar("T")

GROUP_COMMANDS_MAX = 500
"""Commands in one commit: enough to share one fsync, few enough to answer within a blink."""

QUEUE_COMMANDS_MAX = 20_000
"""Commands that may wait; past it a write is refused at once instead of waiting for minutes."""

RECONNECT_SECONDS = 5.0
"""How long a group waits for a server that went away: a restart takes two or three."""

PAUSE_SECONDS = 0.02
"""Before the second try; each further one waits twice as long."""

PAUSE_SECONDS_MAX = 0.5
"""The longest wait between two tries."""

LOCK_SECONDS = 4
"""How long to wait for the writer of another process, or for a table that is being read. A group
takes milliseconds; whoever holds a lock longer has hung."""

HELD_SECONDS = 10
"""How long the server lets a writer that does nothing hold the lock of the log."""

CONFLICTS_MAX = 3
"""How often a group is begun anew without those who cannot run beside others, before all of it runs
one by one."""

WRITE_SECONDS_MAX = 60.0
"""Past it a connection that does not answer is given up; no statement of a group takes so long."""

_SETTINGS = {
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{HELD_SECONDS}s",
}


class Writer:
    """Owns the writing connection. `on_commit` is awaited after each commit, before the answers."""

    def __init__(
        self,
        address: Address,
        channel: str,
        settle: Settle,
        on_commit: Callable[[list[Event]], Awaitable[None]],
    ) -> None:
        self._address = address
        self._channel = channel
        self._slow = SlowStatements()
        self._settle = settle
        self._on_commit = on_commit
        self._begin = f"BEGIN; SELECT pg_advisory_xact_lock({lock_key('log', address.schema)})"
        self._connection: Connection | None = None
        self._doubted: list[Event] = []
        self._jobs: deque[Job[Any]] = deque()
        self._wake = asyncio.Event()
        self._is_closing = False
        self._task = asyncio.create_task(self._work())

    @property
    def backend(self) -> int | None:
        """The server's number for the writing connection."""
        return self._connection.get_server_pid() if self._connection else None

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """The command's result, once its commit is durable."""
        if self._is_closing:
            raise Unavailable("the writer has stopped")
        if len(self._jobs) >= QUEUE_COMMANDS_MAX:
            raise Unavailable("too many writes are waiting")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(Job(command, future))
        self._wake.set()
        return await future

    async def close(self) -> None:
        """Commits what was accepted, then stops."""
        self._is_closing = True
        self._wake.set()
        await self._task
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=1)

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._jobs:
                taken = min(len(self._jobs), GROUP_COMMANDS_MAX)
                group = [self._jobs.popleft() for _ in range(taken)]
                try:
                    count_group(len(group), len(self._jobs))
                    with committing():
                        await self._commit(group)
                except Exception as error:  # nobody may wait for an answer that never comes
                    self._disconnect()
                    for job in group:
                        job.result, job.error = None, error
                for job in group:
                    job.answer()
            if self._is_closing:
                return

    async def _commit(self, group: list[Job[Any]]) -> None:
        if not await self._persist(group):
            for job in group:  # one by one, as if each had come alone
                await self._persist([job])

    async def _persist(self, group: list[Job[Any]]) -> bool:
        """Commits the group, over outages of the server; False where it must run one by one."""
        self._doubted = []
        deadline = time.monotonic() + (0 if self._is_closing else RECONNECT_SECONDS)
        pause = PAUSE_SECONDS
        while True:
            try:
                return await self._transaction(group)
            except Exception as error:
                if not is_outage(error):
                    raise
                self._disconnect()
                if time.monotonic() > deadline:
                    for job in group:
                        job.error = Unavailable("the database cannot be written to now")
                        job.error.__cause__ = error
                    return True
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _transaction(self, group: list[Job[Any]]) -> bool:
        if self._connection is None:
            self._connection = await connect(self._address, WRITE_SECONDS_MAX, **_SETTINGS)
        connection = self._connection
        alone: set[Job[Any]] = set()
        conflicts = 0
        while True:
            await connection.execute(self._begin)
            if self._doubted and await self._is_kept(connection, self._doubted):
                return True
            try:
                running = Group(connection, self._channel, self._slow, self._settle)
                events = await running.run(group, alone)
            except Conflicted as conflict:
                conflicts += 1
                alone |= conflict.owners if conflicts < CONFLICTS_MAX else set(group)
            except Unsettled as error:
                await connection.execute("ROLLBACK")
                if len(group) == 1:
                    group[0].result, group[0].error = None, error.reason
                return len(group) == 1
            except asyncpg.PostgresError as error:
                if is_outage(error) or alone.issuperset(group):
                    raise
                alone |= set(group)
            else:
                await self._end(connection, events)
                return True
            await connection.execute("ROLLBACK")

    async def _end(self, connection: Connection, events: list[Event]) -> None:
        self._doubted = events
        if await connection.execute("COMMIT") != "COMMIT":
            raise asyncpg.InterfaceError("the transaction was given up by the server")
        self._doubted = []
        if events:
            await self._on_commit(events)

    async def _is_kept(self, connection: Connection, events: list[Event]) -> bool:
        """Whether the commit that was not answered took place; its backend is gone, because we
        hold its lock."""
        last = events[-1]
        is_kept = await connection.fetchval(log.HAS, last.stream, last.version, last.id)
        self._doubted = []
        if is_kept:
            await connection.execute("ROLLBACK")
            await self._on_commit(events)
        return bool(is_kept)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
