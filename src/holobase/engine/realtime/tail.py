"""The tail: reads the log from where this process stands, and tells everybody who listens.

A commit only wakes it; what is told is what the log holds, so a wake-up that is lost loses nothing.
One event is looked at after the other, so each client hears of each record in order.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final

from holobase.domain.errors import Unavailable
from holobase.domain.event import DELETED, Event
from holobase.engine import metrics
from holobase.engine.kernel import Kernel
from holobase.engine.realtime.accounts import GUEST, Account, Accounts
from holobase.engine.realtime.audience import Audience
from holobase.engine.realtime.telling import Teller
from holobase.engine.realtime.transactions import is_of_a_record

EVENTS_PER_READ: Final = 200
"""Events read at once: bounds what is held in memory."""

POLL_SECONDS: Final = 5.0
"""How long the tail sleeps if no commit wakes it."""

RETRY_SECONDS: Final = 1.0
"""Pause after a failure; nothing is told meanwhile, and nothing is left out afterwards."""


class Tail:
    """Runs from `async with` until the block is left. `on_failure` hears of what went wrong."""

    def __init__(
        self,
        kernel: Kernel,
        audience: Audience,
        accounts: Accounts,
        teller: Teller,
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._kernel = kernel
        self._audience = audience
        self._accounts = accounts
        self._teller = teller
        self._on_failure = on_failure
        self._wake = asyncio.Event()
        self._ending: list[Account] = []
        self._request_id = ""
        self.told = 0
        """The position up to which everybody has been told everything."""
        self._unsubscribe: Callable[[], None]
        self._task: asyncio.Task[None]
        self.reached = 0
        """The position of the event that is being told, or was told last."""

    async def __aenter__(self) -> "Tail":
        self.told = self.reached = await self._kernel.store.log.position()
        self._unsubscribe = self._kernel.store.subscribe(lambda _: self._wake.set())
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unsubscribe()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                if not await self._step():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            except Exception as error:
                self._on_failure(error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _step(self) -> bool:
        """Tells of what comes next; whether there was anything."""
        log = self._kernel.store.log
        if not self._audience:
            newest = await log.position()
            if not self._audience:  # whoever came meanwhile is told of everything since
                self.told = self.reached = newest
                return False
        events = await log.events(self.told, EVENTS_PER_READ)
        for event in events:
            await self._take(event)
            await asyncio.sleep(0)  # let requests have their turn
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
