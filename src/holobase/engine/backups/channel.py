"""Bytes on their way from the event loop, which makes them, to a thread that stores them: a bounded
number of them at any moment, and an end only where everything has been told.
"""

import asyncio
import sys
import threading
from collections import deque
from typing import Final

WAITING_BYTES_MAX: Final = 8 * 1024 * 1024
"""Bytes that wait to be stored, where they are not taken in larger pieces; whoever makes more waits
too."""


class Channel:
    """Written on the loop like a file, and read in a thread like one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = threading.Condition()
        self._taken = asyncio.Event()
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._wanted = 0
        self._is_whole = False
        self._error: BaseException | None = None

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Hands bytes over. `drain` must be awaited now and then."""
        with self._news:
            self._pieces.append(bytes(data))
            self._waiting += len(data)
            self._news.notify()
        return len(data)

    def flush(self) -> None:
        """As a file has it; there is nothing to do."""

    async def drain(self) -> None:
        """Waits while too much waits to be stored. Raises what went wrong with storing it."""
        while True:
            with self._news:
                if self._error is not None:
                    raise self._error
                if self._waiting < max(WAITING_BYTES_MAX, self._wanted):
                    return
                self._taken.clear()
            await self._taken.wait()

    def close(self) -> None:
        """Says that this was all."""
        with self._news:
            self._is_whole = True
            self._news.notify()

    def fail(self, error: BaseException) -> None:
        """Breaks it off from either side: the other is told by what it does next."""
        with self._news:
            self._error = self._error or error
            self._news.notify()
        self._loop.call_soon_threadsafe(self._taken.set)

    def read(self, size: int = -1, /) -> bytes:
        """In a thread: the next bytes, `size` of them unless that is the end; empty at the end.

        Raises what broke it off, so nobody takes a part for the whole.
        """
        with self._news:
            wanted = sys.maxsize if size < 0 else size
            if wanted > self._wanted:
                self._wanted = wanted
                self._loop.call_soon_threadsafe(self._taken.set)
            while self._error is None and not self._is_whole and self._lacks(size):
                self._news.wait()
            if self._error is not None:
                raise self._error
            data = self._take(self._waiting if size < 0 else min(size, self._waiting))
        self._loop.call_soon_threadsafe(self._taken.set)
        return data

    def _take(self, size: int) -> bytes:
        taken: list[bytes] = []
        left = size
        while left:
            piece = self._pieces.popleft()
            if len(piece) > left:
                self._pieces.appendleft(piece[left:])
                piece = piece[:left]
            taken.append(piece)
            left -= len(piece)
        self._waiting -= size
        return b"".join(taken)

    def _lacks(self, size: int) -> bool:
        return size < 0 or self._waiting < size
