"""One process's end of the hub. Connects by itself, and again whenever the hub was gone."""

import asyncio
import contextlib
import itertools
from pathlib import Path

from holobase.adapters.unix_socket.frames import (
    LOST,
    NAME_LENGTH_MAX,
    Add,
    Reached,
    Total,
    receive,
    send,
)
from holobase.ports.hub import Listener, Sums

RECONNECT_SECONDS = 0.1
"""Pause before looking for the hub again: as long as a new one takes to start."""

ANSWER_SECONDS = 1.0
"""How long a sum is waited for before this process counts alone."""

WAITING_MAX = 10_000
"""Sums waited for at once; past it this process counts alone."""


class Member:
    """Keeps `ports.hub.Hub`. Made on a running event loop; `close` when done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listeners: list[Listener] = []
        self._newest = 0
        self._alone = Sums()
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task = asyncio.get_running_loop().create_task(self._stay_connected())

    @property
    def is_connected(self) -> bool:
        """Whether there is a hub now."""
        return self._writer is not None

    def tell(self, position: int) -> None:
        """Lets the others know, unless they were the ones who told us."""
        if position > self._newest:
            self._newest = position
            if self._writer is not None:
                send(self._writer, Reached(position))

    def listen(self, listener: Listener) -> None:
        """Has the listener called with what others tell."""
        self._listeners.append(listener)

    async def add(self, name: str, amount: int = 1) -> int:
        """The sum of the group after adding; of this process alone while there is no hub.

        Raises ValueError for a name of more than NAME_LENGTH_MAX characters.
        """
        if len(name) > NAME_LENGTH_MAX:
            raise ValueError("the name of a sum is too long")
        number = next(self._numbers)
        try:
            return await self._ask(Add(number, name, amount))
        except OSError:
            return self._alone.add(name, amount)
        finally:
            self._waiting.pop(number, None)

    async def total(self, name: str) -> int:
        """What the sum is now."""
        return await self.add(name, 0)

    async def close(self) -> None:
        """Leaves the hub."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self, question: Add) -> int:
        writer = self._writer
        if writer is None or len(self._waiting) >= WAITING_MAX or not send(writer, question):
            raise ConnectionError("no hub")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[question.number] = answer
        async with asyncio.timeout(ANSWER_SECONDS):  # its TimeoutError is an OSError
            return await answer

    async def _stay_connected(self) -> None:
        while True:
            with contextlib.suppress(*LOST):
                await self._converse(*await asyncio.open_unix_connection(self._path))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            while True:
                self._hear(await receive(reader))
        finally:
            self._writer = None
            writer.close()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("the hub is gone"))

    def _hear(self, frame: object) -> None:
        match frame:
            case Reached(position):
                self._newest = max(self._newest, position)
                for listener in self._listeners:
                    listener(position)
            case Total(number, total):
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(total)
