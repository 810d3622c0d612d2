"""A memory with two bounds: how many things it keeps, and how long the texts are that it keeps them
under. Clients write those (filters of 64 KB, say), so a number alone would bound nothing.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What is kept by key; what nobody has looked at for the longest time goes first."""

    def __init__(self, number_max: int, length_max: int) -> None:
        self._number_max = number_max
        self._length_max = length_max
        self._length = 0
        self._found: OrderedDict[Hashable, T] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._found

    def __getitem__(self, key: Hashable) -> T:
        self._found.move_to_end(key)
        return self._found[key]

    def __setitem__(self, key: Hashable, value: T) -> None:
        if key not in self._found:
            self._length += _length(key)
        self._found[key] = value
        self._found.move_to_end(key)
        while len(self._found) > self._number_max or self._length > self._length_max:
            oldest, _ = self._found.popitem(last=False)
            self._length -= _length(oldest)

    def clear(self) -> None:
        """Forgets everything."""
        self._found.clear()
        self._length = 0


def _length(key: Any) -> int:
    """The characters of all texts in a key."""
    if isinstance(key, tuple):
        return sum(map(_length, key))
    return len(key) if isinstance(key, str) else 0
