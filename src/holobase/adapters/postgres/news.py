"""Telling listeners of every commit: our own at once, those of other processes soon.

A notification is only a hint to look into the log, which is looked into now and then in any case.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

import msgspec

from holobase.adapters.measures import count_read
from holobase.adapters.postgres.address import Address
from holobase.adapters.postgres.connect import Connection, connect
from holobase.adapters.postgres.failures import is_outage
from holobase.adapters.postgres.log import PostgresLog
from holobase.adapters.postgres.reader import Reader
from holobase.adapters.postgres.tables import DEFINITIONS_READ
from holobase.domain.collection import Collection
from holobase.domain.errors import Unavailable
from holobase.domain.event import DEFINITIONS, Event
from holobase.ports.store import Listener

POLL_SECONDS = 1.0
"""How soon a commit of another process is heard of whose notification was lost."""

RECONNECT_SECONDS = 0.2
"""Pause before the connection that listens is made again."""

EVENTS_PER_READ = 1_000
"""Events read at once where others have committed: bounds what is held in memory."""

CLOSE_SECONDS = 1.0
"""How long closing waits for a look into the log that is under way."""

ANSWER_SECONDS_MAX = 15.0
"""Past it a listening connection that does not answer is given up."""


class News:
    """Everything here runs on the event loop, one telling at a time: each event once, in order."""

    def __init__(self, address: Address, channel: str, reader: Reader) -> None:
        self._address = address
        self._channel = channel
        self._reader = reader
        self._log = PostgresLog(reader.fetch)
        self._listeners: list[Listener] = []
        self._seen = 0
        self._telling = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._next_look: asyncio.Task[None] | None = None
        self._hint = asyncio.Event()
        self._own_backend: Callable[[], int | None] = lambda: None
        self._is_closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.definitions: list[tuple[int, Collection]] = []

    async def start(self, own_backend: Callable[[], int | None]) -> None:
        """Begins behind the newest event. `own_backend` says whose notifications are no news."""
        self._own_backend = own_backend
        self._seen = await self._log.position()
        await self._read_definitions()
        self._begin(self._watch_others())

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; gives what takes it away."""
        self._listeners = [*self._listeners, listener]

        def end() -> None:
            self._listeners = [each for each in self._listeners if each is not listener]

        return end

    async def committed(self, events: list[Event]) -> None:
        """Tells what this process has committed, and before it what others have."""
        async with self._telling:
            if events[0].position == self._seen + 1:
                await self._tell(events)
            elif events[-1].position > self._seen:
                with contextlib.suppress(Unavailable):  # told when the server is back
                    await self._read_on()

    async def catch_up(self) -> None:
        """Tells what was committed before the call. One look serves all who wait for it."""
        if self._next_look is None:
            self._next_look = self._begin(self._look())
        await asyncio.shield(self._next_look)

    def wake(self) -> None:
        """Looks into the log now instead of soon."""
        self._hint.set()

    async def close(self) -> None:
        """Stops watching. What is under way may end: a statement is not broken off well."""
        self._is_closing = True
        self._hint.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _look(self) -> None:
        async with self._looking:
            self._next_look = None  # whoever comes from now on has to wait for another look
            position = await self._log.position()
            async with self._telling:
                if self._seen < position:
                    await self._read_on()

    async def _read_on(self) -> None:
        while events := await self._log.events(self._seen, EVENTS_PER_READ):
            count_read(events)
            await self._tell(events)

    async def _tell(self, events: list[Event]) -> None:
        if any(event.collection == DEFINITIONS for event in events):
            await self._read_definitions()
        self._seen = events[-1].position
        for listener in self._listeners:
            try:
                listener(events)
            except Exception as error:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a listener of the store failed", "exception": error}
                )

    async def _read_definitions(self) -> None:
        rows = await self._reader.fetch(DEFINITIONS_READ)
        self.definitions = [
            (revision, msgspec.json.decode(text, type=Collection)) for revision, text in rows
        ]

    async def _watch_others(self) -> None:
        while not self._is_closing:
            connection: Connection | None = None
            try:
                connection = await connect(self._address, ANSWER_SECONDS_MAX)
                await connection.add_listener(self._channel, self._on_notification)
                while not (connection.is_closed() or self._is_closing):
                    await self.catch_up()
                    await self._wait(POLL_SECONDS)
            except Exception as error:
                if not (is_outage(error) or isinstance(error, Unavailable)):
                    raise
            finally:
                if connection is not None:
                    connection.terminate()
            await self._wait(RECONNECT_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if not self._is_closing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hint.wait(), seconds)
            self._hint.clear()

    def _on_notification(self, _: object, backend: int, __: str, ___: object) -> None:
        if backend != self._own_backend():
            self._hint.set()
