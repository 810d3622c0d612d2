"""The promise of the hub: what the processes of one instance on one machine tell each other.

Nothing that has to be right may rest on it alone: whoever loses a word, or the hub, is slower or
counts alone for a while. The log is what is believed.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol, TypeAlias

Listener: TypeAlias = Callable[[int], None]
"""Called on the event loop with a position that the log has reached through another process."""

Answerer: TypeAlias = Callable[[bytes], Awaitable[bytes]]
"""Called on the event loop with what another process asks of this one; gives the answer."""

Hearer: TypeAlias = Callable[[bytes], None]
"""Called on the event loop with what another process has said to all."""

WORD_BYTES_MAX = 8 * 1024 * 1024
"""Longest question, answer or saying: 1,000 topics of 2,500 bytes fit three times."""

NAMES_MAX = 100_000
"""Names that are summed, or that have a window, at once; past it, the one that was touched longest
ago is forgotten."""


class Window(NamedTuple):
    """How much was counted since a window opened, and for how many seconds it stays open."""

    hits: int
    seconds_left: float


class Hub(Protocol):
    """The other processes, as one of them sees them."""

    @property
    def place(self) -> int:
        """The number of this process among them; its successor has the same one."""

    def tell(self, position: int) -> None:
        """Lets the others know that the log has reached this position."""

    def listen(self, listener: Listener) -> None:
        """Has the listener called with what others tell."""

    async def add(self, name: str, amount: int = 1) -> int:
        """Adds to a sum that all processes share; what it is now. What a process that has died
        added stays."""

    async def total(self, name: str) -> int:
        """What a shared sum is now; 0 for one that nobody has added to."""

    async def ask(self, place: int, question: bytes) -> bytes | None:
        """What the process at a place answers; None where there is none.

        Raises Unavailable where the hub is gone, or no answer comes in time.
        """

    def answer(self, answerer: Answerer) -> None:
        """Has what others ask of this process answered, instead of by nothing."""

    def say(self, word: bytes) -> None:
        """Says something to all other processes that are there now; it may be lost."""

    def hear(self, hearer: Hearer) -> None:
        """Has the hearer called with what others say."""

    async def strike(self, name: str, seconds: float, hits: int = 1) -> Window:
        """Counts one more, or so many, under a name that all processes share. The first one opens
        a window of so many seconds, and the first after its end the next. 0 only looks."""

    async def close(self) -> None:
        """Leaves."""


class Sums:
    """Named sums, a bounded number of them."""

    def __init__(self) -> None:
        self._sums: OrderedDict[str, int] = OrderedDict()

    def add(self, name: str, amount: int) -> int:
        """The sum after adding."""
        self._sums[name] = total = self._sums.pop(name, 0) + amount
        if len(self._sums) > NAMES_MAX:
            self._sums.popitem(last=False)
        return total


class Windows:
    """Named windows in which is counted, a bounded number of them."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def strike(self, name: str, seconds: float, hits: int = 1) -> Window:
        """Counts so many more; 0 only looks."""
        now = time.monotonic()
        end, counted = self._windows.get(name, (now, 0))
        if end <= now:
            end, counted = now + seconds, 0
        if hits:
            self._windows[name] = (end, counted + hits)
            self._windows.move_to_end(name)
            if len(self._windows) > NAMES_MAX:
                self._windows.popitem(last=False)
        return Window(counted + hits, end - now)


class Alone:
    """The hub of a process that has no others."""

    place = 0

    def __init__(self) -> None:
        self._sums = Sums()
        self._windows = Windows()

    def tell(self, position: int) -> None:
        """There is nobody to tell."""

    def listen(self, listener: Listener) -> None:
        """There is nothing to hear."""

    async def add(self, name: str, amount: int = 1) -> int:
        """Adds to a sum."""
        return self._sums.add(name, amount)

    async def total(self, name: str) -> int:
        """What a sum is now."""
        return self._sums.add(name, 0)

    async def ask(self, place: int, question: bytes) -> bytes | None:  # noqa: ARG002
        """There is nobody to ask."""
        return None

    def answer(self, answerer: Answerer) -> None:
        """There is nobody who asks."""

    def say(self, word: bytes) -> None:
        """There is nobody to say it to."""

    def hear(self, hearer: Hearer) -> None:
        """There is nothing to hear."""

    async def strike(self, name: str, seconds: float, hits: int = 1) -> Window:
        """Counts so many more; 0 only looks."""
        return self._windows.strike(name, seconds, hits)

    async def close(self) -> None:
        """There is nothing to leave."""
