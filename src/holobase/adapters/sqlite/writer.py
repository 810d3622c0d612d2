"""The one writer: a thread that commits many commands in one durable transaction.

When it is its turn it takes whatever waits in its queue, runs it as a group, commits, tells the
listeners, and only then answers. Several processes on one folder take turns by a file lock around
the transaction. A failure of the file is the end of the writer: what SQLite then knows is not worth
a guess.
"""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import apsw

from holobase.adapters.measures import committing, count_group
from holobase.adapters.slow_statements import SlowStatements
from holobase.adapters.sqlite.failures import STORAGE
from holobase.adapters.sqlite.file import disconnect
from holobase.adapters.sqlite.tables import KnownRevisions
from holobase.adapters.sqlite.turns import Turns
from holobase.adapters.sqlite.unit import Unit
from holobase.domain.errors import Unavailable
from holobase.domain.event import Event
from holobase.ports.command import Command, DefinitionChange
from holobase.ports.store import Settle

T = TypeVar("T")

GROUP_COMMANDS_MAX = 500
"""Commands in one commit: enough to share one fsync, few enough to answer within a blink."""

GROUP_EVENTS_MAX = 2_000
"""Events after which no further command joins a commit: all of them are held until it is told. An
account may take thousands of records along; the next one goes in a commit of its own."""

QUEUE_COMMANDS_MAX = 20_000
"""Commands that may wait; past it a write is refused at once instead of waiting for minutes."""


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """A command that waits for its commit."""

    command: Callable[[], Command[T]]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    result: Any = None
    error: BaseException | None = None
    is_committed: bool = False

    def finish(self) -> None:
        """Answers the waiter. Runs on its event loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Owns the writing connection. `on_commit` is called in the writer thread after each commit."""

    def __init__(
        self,
        connection: apsw.Connection,
        turns: Turns,
        settle: Settle,
        on_commit: Callable[[list[Event]], None],
    ) -> None:
        self._connection = connection
        self._known = KnownRevisions(connection)
        self._slow = SlowStatements()
        self._turns = turns
        self._settle = settle
        self._on_commit = on_commit
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._left_over: deque[Job[Any]] = deque()  # of a group that had events enough
        self._entering = threading.Lock()
        self._is_closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """Why this writer will never commit again; None while it works."""
        return self._failure

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """The command's result, once its commit is durable."""
        loop = asyncio.get_running_loop()
        job: Job[T] = Job(command, loop, loop.create_future())
        with self._entering:  # nothing may join the queue behind the mark that ends it
            if self._failure is not None or self._is_closing:
                raise Unavailable("the writer has stopped")
            if self._jobs.qsize() >= QUEUE_COMMANDS_MAX:
                raise Unavailable("too many writes are waiting")
            self._jobs.put(job)
        return await job.future

    def close(self) -> None:
        """Commits what was accepted, then stops."""
        with self._entering:
            self._is_closing = True
            self._jobs.put(None)
        self._thread.join()
        disconnect(self._connection)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            group = [job]
            if self._failure is None:
                self._commit(group)
            if self._failure is not None:
                for job in group:
                    if not job.is_committed:
                        job.error = Unavailable("the commit failed")
            _answer(group)

    def _next(self) -> Job[Any] | None:
        """What has waited longest; waits for it. None at the end."""
        return self._left_over.popleft() if self._left_over else self._jobs.get()

    def _take_waiting(self, group: list[Job[Any]]) -> None:
        """Adds what waits behind the first of a group."""
        while len(group) < GROUP_COMMANDS_MAX and (self._left_over or not self._jobs.empty()):
            job = self._next()
            if job is None:
                self._jobs.put(None)  # for `_work` to find when this group is done
                break
            group.append(job)
        count_group(len(group), self._jobs.qsize())

    def _commit(self, group: list[Job[Any]]) -> None:
        """Commits the group, with what has come by the time it is our turn: the others may take
        as long as theirs takes."""
        try:
            with committing(), self._turns.mine():
                self._take_waiting(group)
                if not self._transaction(group):
                    for job in group:  # one by one, as if each had come alone
                        self._transaction([job])
        except BaseException as error:
            self._failure = error

    def _transaction(self, group: list[Job[Any]]) -> bool:
        """Commits the group; False where it must run one by one and nothing of it is left."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            events = self._run(group)
            self._connection.execute("ROLLBACK" if events is None else "COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                with contextlib.suppress(apsw.Error):
                    self._connection.execute("ROLLBACK")
            raise
        if events is None:
            return False
        for job in group:
            job.is_committed = True
        if events:
            self._on_commit(events)
        return True

    def _run(self, group: list[Job[Any]]) -> list[Event] | None:
        """Runs the group, or as much of it as makes events enough: what is left over comes next.
        The events; None where it must run one by one."""
        unit = Unit(self._connection, self._known, self._slow)
        for place, job in enumerate(group):
            if len(unit.events) >= GROUP_EVENTS_MAX:
                self._left_over.extend(group[place:])
                del group[place:]
                break
            job.result = job.error = None
            try:
                job.result = unit.run(job.command())
            except STORAGE:
                raise
            except Exception as error:
                job.error = error
        if len(group) > 1 and any(isinstance(a.change, DefinitionChange) for a in unit.applied):
            return None  # what came before a change must be settled before it
        try:
            unit.run(self._settle(list(unit.applied)))
        except STORAGE:
            raise
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
            return None
        return unit.events


def _answer(group: list[Job[Any]]) -> None:
    """Answers all waiters of a group with one hop per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job[Any]]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a loop that was closed waits for nothing
            loop.call_soon_threadsafe(_finish, jobs)


def _finish(jobs: list[Job[Any]]) -> None:
    for job in jobs:
        job.finish()
