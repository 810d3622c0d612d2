"""The promise of a pipe: what is pushed to somebody who stays connected."""

from typing import Protocol


class Pipe(Protocol):
    """One connection. Nothing here waits; what the other end has not taken yet is kept."""

    @property
    def waiting_bytes(self) -> int:
        """How much has been written that the other end has not taken."""

    def write(self, data: bytes) -> None:
        """Sends more."""

    def end(self) -> None:
        """Ends it after what waits has been sent."""

    def cut(self) -> None:
        """Ends it at once: what waits is dropped."""
