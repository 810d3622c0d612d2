"""The supervisor: starts the processes of a group, replaces those that die, and ends with them.

It has no thread, no event loop and nothing open that a child could spoil, so it may fork at any
time: a child begins with everything imported, which makes it ready in a blink and lets all of them
share that memory. The hub and the page of metrics therefore live in a child too.

A child learns of its supervisor's death by a pipe, the lifeline, which nobody ever writes to.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from holobase.runtime import logging
from holobase.runtime.http import WORKER_SIGNALS

HUB: Final = "hub"
WATCHED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)

RENEWED: Final = 75
"""The exit code of a worker that asks for a successor: there is another state to serve."""

PAUSE_SECONDS = 0.1
"""Pause before a place is filled again whose last process did not last; doubled each time."""

PAUSE_SECONDS_MAX = 10.0
"""Longest pause: what heals by itself is noticed soon, what does not costs next to nothing."""

LASTING_SECONDS = 5.0
"""A process that has served this long was sound: its successor starts at once."""

FAILURES_MAX = 4
"""Starts in a row that may fail while nobody serves: then the group gives up, and says so."""

KILL_SECONDS = 20.0
"""What a process may take to end beyond the time for its requests: to commit what is queued."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What a child is given: its place, where to write that it serves, and the lifeline."""

    place: str
    ready: int
    lifeline: int


@dataclass(eq=False)
class Place:
    """One process of the group: who fills it, or when it is filled again."""

    name: str
    due: float | None = None
    pid: int = 0
    started: float = 0.0
    is_ready: bool = False
    failures: int = 0
    ear: int = field(default=-1, repr=False)

    def pause(self) -> float:
        """How long to wait before filling it, after a process that ended."""
        lasted = self.is_ready and time.monotonic() - self.started >= LASTING_SECONDS
        self.failures = 0 if lasted else self.failures + 1
        return 0.0 if lasted else min(PAUSE_SECONDS * 2**self.failures, PAUSE_SECONDS_MAX)


class Supervisor:
    """Calls `on_ready` once, when all workers serve, with what the first of them has written,
    `on_replace` with the place of every worker that is replaced, `on_stop` when none is any more.
    """

    def __init__(
        self,
        workers: int,
        stop_seconds: float,
        on_ready: Callable[[bytes], None],
        on_replace: Callable[[str], None],
        on_stop: Callable[[], None],
    ) -> None:
        self.code = 0
        """The exit code of the group, once `lead` has returned None."""

        self._hub = Place(HUB, due=0.0)
        self._workers = [Place(str(number)) for number in range(workers)]
        self._workers[0].due = 0.0  # lays everything out; the others follow when it serves
        self._places = [self._hub, *self._workers]
        self._stop_seconds = stop_seconds
        self._on_ready = on_ready
        self._on_replace = on_replace
        self._on_stop = on_stop
        self._news = b""
        self._is_announced = False
        self._signals: list[int] = []
        self._is_stopping = False
        self._deadline: float | None = None
        self._log = logging.get("holobase.supervisor")
        self._lifeline, self._hold = os.pipe()
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)

    def lead(self) -> Seat | None:
        """Returns in every child with its seat, and in the supervisor with None at the end."""
        gc.collect()
        gc.freeze()  # what is there now is shared with the children as long as nobody touches it
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for number in WATCHED:
            signal.signal(number, lambda number, _: self._signals.append(number))
        while True:
            for place in self._places:
                if place.due is not None and place.due <= time.monotonic():
                    seat = self._fill(place)
                    if seat is not None:
                        return seat
            self._wait()
            self._obey()
            self._hear()
            self._bury()
            if self._is_stopping and self._is_over():
                return None

    def _fill(self, place: Place) -> Seat | None:
        """Forks; a seat in the child, None in the supervisor."""
        place.due, place.started, place.is_ready = None, time.monotonic(), False
        ear, ready = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)  # none may get lost on the way
        try:
            place.pid = os.fork()
            if place.pid == 0:
                self._become_a_child(ear)
                return Seat(place.name, ready, self._lifeline)
        except OSError as error:  # no memory, or too many processes
            self._log.error("a process cannot be started", exc_info=error)
            os.close(ear)
            self._retry(place)
            return None
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        os.close(ready)
        place.ear = ear
        return None

    def _become_a_child(self, ear: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the supervisor
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in (ear, self._hold, *(p.ear for p in self._places if p.ear >= 0)):
            os.close(descriptor)
        self._woken.close()
        self._wake.close()

    def _wait(self) -> None:
        """Until a signal, a word of a child, or the next thing that is due."""
        moments = [place.due for place in self._places if place.due is not None]
        if self._deadline is not None:
            moments.append(self._deadline)
        timeout = max(0.0, min(moments) - time.monotonic()) if moments else None
        ears = [place.ear for place in self._places if place.ear >= 0]
        select.select([self._woken.fileno(), *ears], [], [], timeout)
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4_096)

    def _obey(self) -> None:
        signals, self._signals = self._signals, []
        for number in signals:
            if number == signal.SIGCHLD:
                continue
            if self._is_stopping:
                self._send_workers(WORKER_SIGNALS.at_once[0])
            else:
                self._stop(0 if self._is_announced else 128 + number)
        if self._deadline is not None and time.monotonic() > self._deadline:
            self._deadline = None
            self._log.error("what did not end in time is killed")
            self._send_workers(signal.SIGKILL)

    def _hear(self) -> None:
        for place in self._places:
            if place.ear < 0 or not select.select([place.ear], [], [], 0)[0]:
                continue
            word = os.read(place.ear, 64)
            os.close(place.ear)
            place.ear = -1
            if word:
                self._take_ready(place, word)

    def _take_ready(self, place: Place, word: bytes) -> None:
        place.is_ready = True
        self._news = self._news or word
        if self._is_announced or self._is_stopping:
            return
        for other in self._workers:
            if not other.started:
                other.due = 0.0
        if all(other.is_ready for other in self._workers):
            self._is_announced = True
            self._on_ready(self._news)

    def _bury(self) -> None:
        """Takes note of every child that has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for place in self._places:
                if place.pid == pid:
                    place.pid = 0
                    self._mourn(place, pid, os.waitstatus_to_exitcode(status))

    def _mourn(self, place: Place, pid: int, code: int) -> None:
        ended = {"process.pid": pid, "process.exit_code": code}
        if self._is_stopping:
            if code and place.is_ready:
                self._log.warning("a process ended badly", **ended)
                self.code = self.code or 1
        elif code == RENEWED:
            self._on_replace(place.name)
            place.due = time.monotonic()
        elif place is self._hub or self._is_announced:
            self._log.error(f"{_title(place)} has ended and is replaced", **ended)
            self._retry(place)
        else:
            if code <= 0:  # else it has said itself what is wrong
                self._log.error("a worker ended before it served", **ended)
            self._stop(code if code > 0 else 1)

    def _retry(self, place: Place) -> None:
        place.due = time.monotonic() + place.pause()
        if place is self._hub:
            return
        self._on_replace(place.name)
        if place.failures > FAILURES_MAX and not any(other.pid for other in self._workers):
            self._log.error("no worker can be started any more")
            self._stop(1)

    def _stop(self, code: int) -> None:
        """Has everybody finish what was accepted."""
        self.code = code
        self._is_stopping = True
        self._deadline = time.monotonic() + self._stop_seconds + KILL_SECONDS
        for place in self._places:
            place.due = None
        self._on_stop()
        self._send_workers(WORKER_SIGNALS.finish[0])

    def _send_workers(self, number: signal.Signals) -> None:
        for place in self._workers:
            _send(place, number)

    def _is_over(self) -> bool:
        """Whether all have ended; the hub is asked to when it is the last."""
        if any(place.pid for place in self._workers):
            return False
        _send(self._hub, signal.SIGTERM)
        return not self._hub.pid


def _send(place: Place, number: signal.Signals) -> None:
    if place.pid:
        os.kill(place.pid, number)


def _title(place: Place) -> str:
    return "the hub" if place.name == HUB else "a worker"
