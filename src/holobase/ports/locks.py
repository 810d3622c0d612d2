"""The promise of locks between the processes that share a machine: for work that is worth doing
once, and right if it is done twice."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Locks(Protocol):
    """Locks by name. They end with the process that holds them."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Holds a lock for the length of a block, waiting for it. Different names may share one."""

    def attempt(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Holds a lock that no other name shares, if nobody else does; tells whether."""
