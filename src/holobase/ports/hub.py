"""The promise of the hub: what the processes of one instance on one machine tell each other.

Nothing that has to be right may rest on it alone: whoever loses a word, or the hub, is slower or
counts alone for a while. The log is what is believed.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, TypeAlias

Listener: TypeAlias = Callable[[int], None]
"""Called on the event loop with a position that the log has reached through another process."""

NAMES_MAX = 100_000
"""Names that are summed at once; past it, the one that was touched longest ago is forgotten."""


class Hub(Protocol):
    """The other processes, as one of them sees them."""

    def tell(self, position: int) -> None:
        """Lets the others know that the log has reached this position."""

    def listen(self, listener: Listener) -> None:
        """Has the listener called with what others tell."""

    async def add(self, name: str, amount: int = 1) -> int:
        """Adds to a sum that all processes share; what it is now. What a process that has died
        added stays."""

    async def total(self, name: str) -> int:
        """What a shared sum is now; 0 for one that nobody has added to."""

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


class Alone:
    """The hub of a process that has no others."""

    def __init__(self) -> None:
        self._sums = Sums()

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

    async def close(self) -> None:
        """There is nothing to leave."""
