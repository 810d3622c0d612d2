"""Spreading connections over workers that accept on the same sockets.

All of them are woken by a new connection, and the first to look would take every one of a burst.
So each keeps its number of connections where the others see it, and one that has more than another
leaves a new connection to that one for a moment.
"""

import mmap
import os
import time
from typing import Final

EVEN: Final = 16
"""Connections up to which all workers have the same number."""

SLACK: Final = 4
"""Of what is beyond, one worker may have more than another by a part of so many, so that a burst is
taken in a few turns of busy event loops: with one a turn, the last of 500 wait for seconds."""

PATIENCE_SECONDS = 0.005
"""How long a connection is left to a worker that has fewer: it may be in the middle of a request,
or have died a moment ago."""

FORGOTTEN_SECONDS = 0.001
"""A worker that was not woken for so long is not waiting for another one any more."""

ABSENT: Final = -1
NUMBER_BYTES: Final = 8


class Shares:
    """Connections by worker, in memory that forked processes share."""

    def __init__(self, workers: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, workers * NUMBER_BYTES)).cast("q")
        self._me = 0
        self._waiting_since = self._last_look = 0.0
        for worker in range(workers):
            self.leave(worker)

    def sit(self, worker: int) -> None:
        """This process is the worker with this number."""
        self._me = worker

    def enter(self) -> None:
        """This process accepts from now on."""
        self._counts[self._me] = 0

    def leave(self, worker: int | None = None) -> None:
        """This process, or the worker with this number, accepts no more."""
        self._counts[self._me if worker is None else worker] = ABSENT

    def have(self, connections: int) -> None:
        """This process has so many connections."""
        if self._counts[self._me] != ABSENT:
            self._counts[self._me] = connections

    def took_one(self) -> None:
        """This process has accepted a connection."""
        self.have(self._counts[self._me] + 1)

    def may_take(self) -> bool:
        """Whether a connection that waits is for this process to accept."""
        least = min((count for count in self._counts if count != ABSENT), default=0)
        if self._counts[self._me] <= least + max(0, least - EVEN) // SLACK:
            return True
        now = time.monotonic()
        if now - self._last_look > FORGOTTEN_SECONDS:
            self._waiting_since = now
        self._last_look = now
        if now - self._waiting_since > PATIENCE_SECONDS:
            return True
        os.sched_yield()
        return False
