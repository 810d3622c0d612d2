"""The tail: reads the log from where this process stands, and tells everybody who listens.

A commit only wakes it; what is told is what the log holds, so a wake-up that is lost loses nothing.
One event is looked at after the other, so each client hears of each record in order.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from holobase.domain.errors import Unavailable
from holobase.domain.event import DELETED, Event
from holobase.engine import metrics
from holobase.engine.background import Background
from holobase.engine.kernel import Kernel
from holobase.engine.realtime.accounts import GUEST, Account, Accounts
from holobase.engine.realtime.audience import Audience
from holobase.engine.realtime.telling import Teller
from holobase.engine.realtime.transactions import is_of_a_record

EVENTS_PER_READ: Final = 200
"""Events read at once: bounds what is held in memory."""

POLL_SECONDS: Final = 5.0
"""How long the tail sleeps if no commit wakes it."""

TURN_SECONDS: Final = 0.005
"""How long events are told of before requests have their turn. In a rush of them, which has long
turns of its own, one event each would not keep up; and what one reader is told in a turn is sent at
once."""

RETRY_SECONDS: Final = 1.0
"""Pause after a failure; nothing is told meanwhile, and nothing is left out afterwards."""


class Tail(Background):
    """Runs from `async with` until the block is left. `on_failure` hears of what went wrong."""

    def __init__(
        self,
        kernel: Kernel,
        audience: Audience,
        accounts: Accounts,
        teller: Teller,
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(
            on_failure,
            retry_seconds=RETRY_SECONDS,
            poll_seconds=POLL_SECONDS,
            store=kernel.store,
        )
        self._kernel = kernel
        self._audience = audience
        self._accounts = accounts
        self._teller = teller
        self._ending: list[Account] = []
        self._request_id = ""
        self.told = 0
        """The position up to which everybody has been told everything."""
        self.reached = 0
        """The position of the event that is being told, or was told last."""

    async def start(self) -> None:
        """Begins behind the newest event."""
        self.told = self.reached = await self._kernel.store.log.position()
        await super().start()

    async def step(self) -> bool:
        """Tells of what comes next; whether there was anything."""
        log = self._kernel.store.log
        if not self._audience:
            newest = await log.position()
            if not self._audience:  # whoever came meanwhile is told of everything since
                self.told = self.reached = newest
                return False
        events = await log.events(self.told, EVENTS_PER_READ)
        turn_ends = time.monotonic() + TURN_SECONDS
        for event in events:
            await self._take(event)
            if time.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = time.monotonic() + TURN_SECONDS
        await asyncio.sleep(0)
        self._end_accounts()
        return bool(events)

    async def _take(self, event: Event) -> None:
        if event.request_id != self._request_id or not event.request_id:
            self._end_accounts()
            self._request_id = event.request_id
        for account in await self._accounts.ended_by(event):
            if event.kind == DELETED and account.is_gone:
                self._ending.append(account)
            else:
                self._end(account)
        for client in self._accounts.logged_out_by(event):
            self._accounts.let_go(client)
            self._audience.rebind(client, GUEST)
        self.reached = event.position
        if is_of_a_record(event):
            await self._tell(event)
            metrics.REALTIME_LAG.observe(max(0.0, time.time() - event.at / 1_000))
        self.told = event.position

    async def _tell(self, event: Event) -> None:
        try:
            await self._teller.tell(event)
        except Unavailable:  # it is told when the store is back
            raise
        except Exception as error:  # it would fail again, and nobody should wait behind it
            self._on_failure(error)
            self._teller.lose(event)

    def _end_accounts(self) -> None:
        """What was deleted with an account has been told: now its clients are guests."""
        for account in self._ending:
            self._end(account)
        self._ending.clear()

    def _end(self, account: Account) -> None:
        for client in list(account.clients):
            self._accounts.let_go(client)
            self._audience.rebind(client, GUEST)
