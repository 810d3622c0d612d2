"""Copies the write-ahead log back into the database file, from a thread and connection of its own.

Inside a commit this would hold up everybody who waits for it. While writers never pause, though,
such a copy never meets the end of the log, and the log could grow for ever: past a bound it is
done during a turn, when nobody writes.
"""

import contextlib
import threading
from collections.abc import Callable

import apsw

from holobase.adapters.sqlite.file import disconnect
from holobase.adapters.sqlite.turns import Turns

LOOK_SECONDS = 1.0
"""How often the length of the log is looked at."""

PAGES_DUE = 4_000
"""Pages (4 KiB) of log worth copying back."""

PAGES_MAX = 4 * PAGES_DUE
"""Pages of log past which writers wait for the copy."""


class Checkpointer:
    """Owns `connection` and `turns`. `pages` tells how many pages the log has."""

    def __init__(
        self,
        connection: apsw.Connection,
        turns: Turns,
        pages: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._turns = turns
        self._pages = pages
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpointer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops. The last connection to close copies the rest of the log back."""
        self._stopping.set()
        self._thread.join()
        disconnect(self._connection)
        self._turns.close()

    def _work(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            pages = self._pages()
            # Whatever fails here leaves the log as it is; the writer meets it too, and tells.
            with contextlib.suppress(apsw.Error):
                if pages >= PAGES_DUE:
                    self._copy()
                if pages >= PAGES_MAX:
                    with self._turns.mine():
                        self._copy()

    def _copy(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
