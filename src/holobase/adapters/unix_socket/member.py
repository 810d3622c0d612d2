"""One process's end of the hub. Connects by itself, and again whenever the hub was gone."""

import asyncio
import contextlib
import itertools
from pathlib import Path
from typing import Any

from holobase.adapters.unix_socket.frames import (
    LOST,
    NAME_LENGTH_MAX,
    Add,
    Answer,
    Ask,
    Enter,
    Frame,
    Reached,
    Say,
    Strike,
    Struck,
    Total,
    receive,
    send,
)
from holobase.domain.errors import Unavailable
from holobase.ports.hub import (
    WORD_BYTES_MAX,
    Answerer,
    Hearer,
    Listener,
    Sums,
    Window,
    Windows,
)

RECONNECT_SECONDS = 0.1
"""Pause before looking for the hub again: as long as a new one takes to start."""

REST_SECONDS = 0.005
"""How long nothing more is told after a commit was: to be woken for each of hundreds of commits a
second costs the others more than they gain."""

ANSWER_SECONDS = 1.0
"""How long a count is waited for before this process counts alone."""

WORD_SECONDS = 10.0
"""How long the answer of another process is waited for: it may have to look into the store."""

WAITING_MAX = 10_000
"""Answers waited for at once; past it this process counts alone, and asks nobody."""

ANSWERING_MAX = 1_000
"""Questions of others that are being answered at once; past it they get no answer."""


class Member:
    """Keeps `ports.hub.Hub`. Made on a running event loop; `close` when done."""

    def __init__(self, path: Path, place: int = 0) -> None:
        self.place = place
        self._path = path
        self._listeners: list[Listener] = []
        self._hearers: list[Hearer] = []
        self._answerer: Answerer | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self._newest = 0
        self._untold = 0
        self._rest: asyncio.TimerHandle | None = None
        self._sums = Sums()
        self._windows = Windows()
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task = asyncio.get_running_loop().create_task(self._stay_connected())

    @property
    def is_connected(self) -> bool:
        """Whether there is a hub now."""
        return self._writer is not None

    def tell(self, position: int) -> None:
        """Lets the others know, unless they were the ones who told us."""
        if position > self._newest:
            self._newest = self._untold = position
            if self._rest is None:
                self._tell()

    def _tell(self) -> None:
        """Tells what is untold, and then nothing for a while."""
        self._rest = None
        if self._untold:
            self._send(Reached(self._untold))
            self._untold = 0
            self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._tell)

    def listen(self, listener: Listener) -> None:
        """Has the listener called with what others tell."""
        self._listeners.append(listener)

    async def add(self, name: str, amount: int = 1) -> int:
        """The sum of the group after adding; of this process alone while there is no hub.

        Raises ValueError for a name of more than NAME_LENGTH_MAX characters.
        """
        question = Add(next(self._numbers), _checked(name), amount)
        try:
            return int(await self._ask(question, ANSWER_SECONDS))
        except OSError:
            return self._sums.add(name, amount)

    async def total(self, name: str) -> int:
        """What the sum is now."""
        return await self.add(name, 0)

    async def ask(self, place: int, question: bytes) -> bytes | None:
        """What the process at a place answers; None where there is none.

        Raises Unavailable where the hub is gone, or no answer comes in time; ValueError for a
        question of more than WORD_BYTES_MAX bytes.
        """
        if len(question) > WORD_BYTES_MAX:
            raise ValueError("a question is too long")
        asking = Ask(next(self._numbers), place, self.place, question)
        try:
            answer: bytes | None = await self._ask(asking, WORD_SECONDS)
        except OSError as error:
            raise Unavailable("another process does not answer") from error
        return answer

    def answer(self, answerer: Answerer) -> None:
        """Has what others ask of this process answered."""
        self._answerer = answerer

    def say(self, word: bytes) -> None:
        """Says something to all others.

        Raises ValueError for a word of more than WORD_BYTES_MAX bytes.
        """
        if len(word) > WORD_BYTES_MAX:
            raise ValueError("a word is too long")
        self._send(Say(word))

    def hear(self, hearer: Hearer) -> None:
        """Has the hearer called with what others say."""
        self._hearers.append(hearer)

    async def strike(self, name: str, seconds: float, hits: int = 1) -> Window:
        """Counts so many more in the window of the group, or of this process alone without a hub.

        Raises ValueError as `add`.
        """
        question = Strike(next(self._numbers), _checked(name), seconds, hits)
        try:
            return Window(*await self._ask(question, ANSWER_SECONDS))
        except OSError:
            return self._windows.strike(name, seconds, hits)

    async def close(self) -> None:
        """Leaves the hub."""
        if self._rest is not None:
            self._rest.cancel()
        tasks = [self._task, *self._answering]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, question: Add | Ask | Strike, seconds: float) -> Any:
        writer = self._writer
        if writer is None or len(self._waiting) >= WAITING_MAX or not send(writer, question):
            raise ConnectionError("no hub")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[question.number] = answer
        try:
            async with asyncio.timeout(seconds):  # its TimeoutError is an OSError
                return await answer
        finally:
            del self._waiting[question.number]

    async def _stay_connected(self) -> None:
        while True:
            with contextlib.suppress(*LOST):
                await self._converse(*await asyncio.open_unix_connection(self._path))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        send(writer, Enter(self.place))
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
                self._settle(number, total)
            case Struck(number, hits, seconds_left):
                self._settle(number, (hits, seconds_left))
            case Answer(number, _, answer):
                self._settle(number, answer)
            case Say(word):
                for hearer in self._hearers:
                    hearer(word)
            case Ask(number, _, by) if len(self._answering) >= ANSWERING_MAX:
                self._send(Answer(number, by, None))
            case Ask():
                task = asyncio.create_task(self._reply(frame))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    def _settle(self, number: int, result: Any) -> None:
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    async def _reply(self, asked: Ask) -> None:
        answer: bytes | None = None
        try:
            answer = await self._answerer(asked.question) if self._answerer else None
        finally:  # whoever waits must not wait for an answer that failed
            self._send(Answer(asked.number, asked.by, answer))

    def _send(self, frame: Frame) -> None:
        if self._writer is not None:
            send(self._writer, frame)


def _checked(name: str) -> str:
    if len(name) > NAME_LENGTH_MAX:
        raise ValueError("the name of a count is too long")
    return name
