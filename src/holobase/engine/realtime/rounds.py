"""Rounds: every second each client is looked at for how long it has been told nothing."""

import time
from collections.abc import Callable
from typing import Final

from holobase.engine.background import Background
from holobase.engine.realtime.clients import Clients
from holobase.engine.realtime.rooms import Rooms
from holobase.engine.realtime.tail import Tail

ROUND_SECONDS: Final = 1.0
"""How often clients are looked at: what ends them counts in minutes, and rooms are told who is in
them within two."""

UNTOLD_EVENTS_MAX: Final = 2_000
"""Events without any for a client that resumes before it is told how far they go: it would have to
have them looked through when it comes back."""


class Rounds(Background):
    """Runs from `async with` until the block is left. A client that has been told nothing for
    `idle_seconds`, or is connected for `life_seconds`, is let go."""

    def __init__(
        self,
        clients: Clients,
        rooms: Rooms,
        tail: Tail,
        idle_seconds: float,
        life_seconds: float,
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(on_failure, retry_seconds=ROUND_SECONDS, poll_seconds=ROUND_SECONDS)
        self._clients = clients
        self._rooms = rooms
        self._tail = tail
        self._idle_seconds = idle_seconds
        self._life_seconds = life_seconds

    async def step(self) -> bool:
        """One round."""
        self._rooms.tick()
        now, told = time.monotonic(), self._tail.told
        for client in self._clients:
            is_idle = now - client.told > self._idle_seconds
            if is_idle or now - client.connected > self._life_seconds:
                client.pipe.end()
            elif client.lags(told, UNTOLD_EVENTS_MAX):
                client.note(told)
        return False
