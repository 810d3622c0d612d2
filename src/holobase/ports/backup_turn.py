"""The promise of a turn: one backup or restore at a time among everybody who uses a store."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class BackupTurn(Protocol):
    """The turn ends with the process that has it, whatever ends that."""

    def attempt(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Has the turn for the length of a block, if nobody else does; tells whether. `key` is the
        backup that it is about."""

    async def holder(self) -> str | None:
        """The backup that somebody's turn is about, None where nobody has it. A restore that waits
        to be in force counts, under an empty name."""
