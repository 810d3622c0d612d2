"""The one writer: a thread that commits many commands in one durable transaction.

It takes whatever waits in its queue, runs it as a group, commits, tells the listeners, and only
then answers. Several processes on one folder take turns by a file lock around the transaction.
"""

import asyncio
import fcntl
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import apsw

from holobase.adapters.sqlite.unit import Unit
from holobase.domain.errors import Unavailable
from holobase.domain.event import Event
from holobase.ports.command import Command
from holobase.ports.store import Settle

T = TypeVar("T")

GROUP_COMMANDS_MAX = 500
"""Commands in one commit: enough to share one fsync, few enough to answer within a blink."""

QUEUE_COMMANDS_MAX = 20_000
"""Commands that may wait; past it a write is refused at once instead of waiting for minutes."""

CHECKPOINT_PAGES = 4_000
"""WAL pages (4 KiB each) after which the log is copied back into the database file."""


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """A command that waits for its commit."""

    command: Callable[[], Command[T]]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    result: Any = None
    error: BaseException | None = None

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
        lock_file: Path,
        settle: Settle,
        on_commit: Callable[[list[Event]], None],
    ) -> None:
        self._connection = connection
        self._lock = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        self._settle = settle
        self._on_commit = on_commit
        self._jobs: queue.Queue[Job[Any] | None] = queue.Queue(QUEUE_COMMANDS_MAX)
        self._failure: BaseException | None = None
        self._checkpoint_due = threading.Event()
        self._closing = False
        connection.set_wal_hook(self._on_wal)
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """Why this writer will never commit again; None while it works."""
        return self._failure

    async def submit(self, command: Callable[[], Command[T]]) -> T:
        """The command's result, once its commit is durable."""
        if self._failure is not None or self._closing:
            raise Unavailable("the writer has stopped")
        loop = asyncio.get_running_loop()
        job: Job[T] = Job(command, loop, loop.create_future())
        try:
            self._jobs.put_nowait(job)
        except queue.Full as error:
            raise Unavailable("too many writes are waiting") from error
        return await job.future

    def close(self) -> None:
        """Commits what was accepted, then stops."""
        self._closing = True
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()
        os.close(self._lock)

    def _work(self) -> None:
        while True:
            first = self._jobs.get()
            if first is None:
                return
            group = [first]
            while len(group) < GROUP_COMMANDS_MAX and not self._jobs.empty():
                following = self._jobs.get_nowait()
                if following is None:
                    self._jobs.put(None)
                    break
                group.append(following)
            self._commit(group)

    def _commit(self, group: list[Job[Any]]) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                self._run(group)
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)
        except BaseException as error:
            self._failure = error
            for job in group:
                job.error = Unavailable("the commit failed")
        _answer(group)

    def _run(self, group: list[Job[Any]]) -> None:
        unit = self._transaction(group)
        if unit is None:  # settling failed: find the command to blame by running them one by one
            for job in group:
                if job.error is None and self._transaction([job]) is None:
                    job.error = job.error or Unavailable("the write could not be settled")

    def _transaction(self, group: list[Job[Any]]) -> Unit | None:
        self._connection.execute("BEGIN IMMEDIATE")
        unit = Unit(self._connection)
        try:
            for job in group:
                job.result = job.error = None
                try:
                    job.result = unit.run(job.command())
                except Exception as error:
                    job.error = error
            try:
                unit.run(self._settle(list(unit.applied)))
            except Exception as error:
                self._connection.execute("ROLLBACK")
                if len(group) == 1:
                    group[0].error = error
                return None
            self._connection.execute("COMMIT")
        except BaseException:
            if not self._connection.get_autocommit():
                self._connection.execute("ROLLBACK")
            raise
        if unit.events:
            self._on_commit(unit.events)
        return unit

    def _on_wal(self, _: apsw.Connection, __: str, pages: int) -> int:
        if pages >= CHECKPOINT_PAGES:
            self._checkpoint_due.set()
        return apsw.SQLITE_OK

    def wait_for_checkpoint(self, timeout_seconds: float) -> bool:
        """True when the write-ahead log has grown enough to be copied back."""
        due = self._checkpoint_due.wait(timeout_seconds)
        self._checkpoint_due.clear()
        return due


def _answer(group: list[Job[Any]]) -> None:
    """Answers all waiters of a group with one hop per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job[Any]]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        loop.call_soon_threadsafe(_finish, jobs)


def _finish(jobs: list[Job[Any]]) -> None:
    for job in jobs:
        job.finish()
