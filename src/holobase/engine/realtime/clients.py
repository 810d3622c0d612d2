"""Clients: who is connected, and what is written to each.

A message is made once for all who get it; only the line with its id differs. What a slow reader
has not taken waits in its connection, up to a bound: then it is cut, and may come back and resume.
"""

import time
from collections.abc import Iterator
from typing import Final

from holobase.engine import metrics
from holobase.engine.realtime.accounts import GUEST, Account
from holobase.kit import ids
from holobase.kit.ids import ALPHANUMERIC
from holobase.ports.pipe import Pipe

CLIENT_ID_LENGTH: Final = 40
PLACE_LENGTH: Final = 2
"""Characters of a client's id that name the process which holds the connection; the other 38 are
226 random bits."""

WAITING_BYTES_MAX: Final = 256 * 1024
"""What a slow reader may have waiting before it is cut: some hundred records."""

HELD_MAX: Final = 1_000
"""Messages held back for one client while it catches up; past it, it has to begin again."""

UNKNOWN: Final = -1
"""Where a client stands that does not know where it stands."""

CONNECTED: Final = "PB_CONNECT"
POSITION: Final = "position"
RESYNC: Final = "resync"
"""Names of the messages that only clients which resume get, beside those that they listen to."""


class Client:
    """One connection. `since` is up to where a client that resumes has been told, of that position
    perhaps not everything; None for one that does not ask for it, UNKNOWN where it does not know
    itself. Of what is at `begins` or before, nothing is told any more, and `held` is what waits
    until a client has caught up; `session` is that of the token it came with last."""

    __slots__ = (
        "account",
        "address",
        "begins",
        "connected",
        "held",
        "id",
        "pipe",
        "session",
        "since",
        "told",
        "topics",
    )

    def __init__(self, identifier: str, pipe: Pipe, address: str, since: int | None) -> None:
        self.id = identifier
        self.pipe = pipe
        self.address = address
        self.since = since
        self.begins = 0
        self.account: Account = GUEST
        self.session = ""
        self.topics: tuple[str, ...] = ()
        self.held: list[tuple[bytes, int]] | None = None
        self.connected = self.told = time.monotonic()

    @property
    def resumes(self) -> bool:
        """Whether its messages carry positions."""
        return self.since is not None

    def greet(self) -> None:
        """The first message, by which it learns its id."""
        data = b'{"clientId":"%b"}' % self.id.encode()
        self._write(self.id, b"event:%b\ndata:%b\n\n" % (CONNECTED.encode(), data))
        if self.since is not None and self.since != UNKNOWN:
            self._note(self.since)

    def note(self, position: int) -> None:
        """Tells one that resumes that it has been told everything up to this position."""
        self.since = self.begins = position
        self._note(position)

    def lags(self, position: int, most: int) -> bool:
        """Whether it resumes and has been told nothing over so many events."""
        is_current = self.since is not None and self.since != UNKNOWN and self.held is None
        return is_current and bool(self.topics) and position - (self.since or 0) > most

    def resync(self, position: int) -> None:
        """Tells one that resumes that it has missed too much to be told: it has to read anew, and
        is told of everything past this position."""
        self.since = self.begins = position
        self._write(str(position), b"event:%b\ndata:{}\n\n" % RESYNC.encode())

    def tell(self, message: bytes) -> None:
        """Sends what has no place in the log."""
        self._write(self.id if self.since is None else str(self.since), message)

    def tell_at(self, message: bytes, position: int) -> None:
        """Sends what has been read from the log at a position."""
        if self.held is not None:  # it is being told what comes before
            self.held.append((message, position))
            if len(self.held) > HELD_MAX:
                self.pipe.cut()
        elif position <= self.begins:
            return
        elif self.since is None:
            self._write(self.id, message)
        elif position >= self.since:  # else a process that was further has told it
            self.since = position
            self._write(str(position), message)

    def tell_missed(self, message: bytes, position: int) -> None:
        """Sends what comes before all that is held back."""
        self.since = position
        self._write(str(position), message)

    def release(self, position: int) -> None:
        """Sends what was held back; everything up to this position has been told."""
        held, self.held = self.held or [], None
        self.begins = max(position, self.begins)
        self.since = max(position, self.since or 0)
        for message, at in held:
            self.tell_at(message, at)

    def lose(self) -> None:
        """Something that it should be told of cannot be judged: it has to look for itself."""
        if self.resumes:
            self.pipe.cut()

    def _note(self, position: int) -> None:
        self._write(str(position), b"event:%b\ndata:{}\n\n" % POSITION.encode())

    def _write(self, identifier: str, message: bytes) -> None:
        waiting = self.pipe.waiting_bytes
        if waiting and waiting + len(message) > WAITING_BYTES_MAX:
            metrics.REALTIME_CUT.inc()
            self.pipe.cut()
            return
        self.told = time.monotonic()
        self.pipe.write(b"id:%b\n%b" % (identifier.encode(), message))


def new_client_id(place: int) -> str:
    """An id that nobody can guess, of a client of the process at a place."""
    high, low = divmod(place, len(ALPHANUMERIC))
    return ALPHANUMERIC[high] + ALPHANUMERIC[low] + ids.random_text(CLIENT_ID_LENGTH - PLACE_LENGTH)


def place_of(client_id: str) -> int | None:
    """The process that the id names, None where it is no id of ours."""
    if len(client_id) != CLIENT_ID_LENGTH:
        return None
    high, low = ALPHANUMERIC.find(client_id[0]), ALPHANUMERIC.find(client_id[1])
    return None if high < 0 or low < 0 else high * len(ALPHANUMERIC) + low


class Clients:
    """All connections of this process by their ids."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._by_id: dict[str, Client] = {}

    def enter(self, pipe: Pipe, address: str, since: int | None) -> Client:
        """A new one."""
        client = Client(new_client_id(self._place), pipe, address, since)
        self._by_id[client.id] = client
        metrics.REALTIME_CLIENTS.inc()
        return client

    def leave(self, client: Client) -> None:
        """One that has gone."""
        del self._by_id[client.id]
        metrics.REALTIME_CLIENTS.dec()

    def find(self, client_id: str) -> Client | None:
        """The one with this id."""
        return self._by_id.get(client_id)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)
