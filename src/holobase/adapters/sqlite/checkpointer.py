"""Copies the write-ahead log back into the database file, from a thread and connection of its own.

Inside a commit this would hold up everybody who waits for it. While writers never pause, though,
such a copy never meets the end of the log, and the log could grow for ever: past a bound it is
done during a turn, when nobody writes. Of all processes that have the folder open one is elected:
it holds a lock for life, and when it dies the next that looks takes over.
"""

import contextlib
import threading
from typing import cast

import apsw

from holobase.adapters.sqlite.file import disconnect
from holobase.adapters.sqlite.turns import Turns

LOOK_SECONDS = 1.0
"""How often the length of the log is looked at, and how soon a dead process is followed."""

PAGES_DUE = 4_000
"""Pages (4 KiB) of log worth copying back."""

PAGES_MAX = 4 * PAGES_DUE
"""Pages of log past which writers wait for the copy."""


class Checkpointer:
    """Owns `connection`, `turns` (the writers') and `election`, whose lock the elected one has."""

    def __init__(self, connection: apsw.Connection, turns: Turns, election: Turns) -> None:
        self._connection = connection
        self._turns = turns
        self._election = election
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpointer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops. The last connection to close copies the rest of the log back."""
        self._stopping.set()
        self._thread.join()
        disconnect(self._connection)
        self._turns.close()
        self._election.close()

    def _work(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            # Whatever fails here leaves the log as it is; the writer meets it too, and tells.
            with contextlib.suppress(apsw.Error):
                if self._election.take():
                    self._look()

    def _look(self) -> None:
        pages, copied = self._lengths()
        if pages - copied >= PAGES_DUE:
            self._copy()
        if pages >= PAGES_MAX:
            with self._turns.mine():
                self._copy()

    def _lengths(self) -> tuple[int, int]:
        """Pages in the log, whoever wrote them, and how many of those are copied back."""
        row = self._connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
        _, pages, copied = cast(tuple[int, int, int], row)
        return pages, copied

    def _copy(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
