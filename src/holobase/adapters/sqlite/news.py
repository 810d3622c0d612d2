"""Telling listeners of every commit: our own at once, those of other processes soon.

Everything here runs on the event loop, so each event is told once and in order. One look at the
file serves a whole turn of the loop: what runs in a turn was put into its queue before the look, by
something that had happened by then.
"""

import asyncio
import contextlib
from collections.abc import Callable

import apsw

from holobase.adapters.measures import count_read
from holobase.adapters.sqlite.log import SqliteLog, newest
from holobase.domain.event import Event
from holobase.ports.store import Listener

FOREIGN_POLL_SECONDS = 0.1
"""How soon this process hears of what another one (a command line, say) has committed."""

EVENTS_PER_READ = 1_000
"""Events read at once where others have committed: bounds what is held in memory."""


class News:
    """Reads through `connection`, which belongs to the event loop."""

    def __init__(self, connection: apsw.Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._log = SqliteLog(connection)
        self._loop = loop
        self._listeners: list[Listener] = []
        self._seen = newest(connection)
        self._version = connection.pragma("data_version")
        self._has_looked = False
        self._watch = loop.create_task(self._watch_others())

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; gives what takes it away."""
        self._listeners = [*self._listeners, listener]

        def end() -> None:
            self._listeners = [each for each in self._listeners if each is not listener]

        return end

    def committed(self, events: list[Event]) -> None:
        """Called by the writer's thread after each of its commits."""
        with contextlib.suppress(RuntimeError):  # a loop that was closed hears nothing
            self._loop.call_soon_threadsafe(self._on_own, events)

    async def close(self) -> None:
        """Stops watching."""
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)

    def _on_own(self, events: list[Event]) -> None:
        if events[0].position == self._seen + 1:
            self._tell(events)
        else:  # others have committed before, or these were already read from the log
            self._catch_up()

    def catch_up(self) -> None:
        """Tells what others have committed, if anybody has and nobody has looked in this turn."""
        if not self._has_looked:
            self._has_looked = True
            # Before the look: what another thread queues behind this finds that a turn is over.
            self._loop.call_soon(self._begin_turn)
            self.look()

    def look(self) -> None:
        """As `catch_up`, anew: it takes two system calls, some 5 µs."""
        now = self._connection.pragma("data_version")
        if now != self._version:
            self._catch_up()
            self._version = now

    def wake(self) -> None:
        """As `catch_up`, for who asked for nothing and so is told of no trouble with the file."""
        with contextlib.suppress(apsw.Error):  # it is the writer's to tell
            self.look()

    def _begin_turn(self) -> None:
        self._has_looked = False

    def _catch_up(self) -> None:
        while events := self._log.read(self._seen, EVENTS_PER_READ):
            count_read(events)
            self._tell(events)

    def _tell(self, events: list[Event]) -> None:
        self._seen = events[-1].position
        for listener in self._listeners:
            try:
                listener(events)
            except Exception as error:
                self._loop.call_exception_handler(
                    {"message": "a listener of the store failed", "exception": error}
                )

    async def _watch_others(self) -> None:
        while True:
            self.wake()
            await asyncio.sleep(FOREIGN_POLL_SECONDS)
