"""Refused logins as facts, bounded: guessing passwords must not fill the log.

The first refusal of an account is told at once. Further ones are counted, and told as one fact
when the window closes. Beyond so many accounts at once the rest is told of as nobody's. All of it
happens behind the answer, so that time does not tell which accounts there are.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

from holobase.domain.principal import Request
from holobase.engine.accounts.telling import tell
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel

WINDOW_SECONDS = 60.0
"""How long refusals of one account are gathered: two facts a minute tell a guesser's progress."""

ACCOUNTS_MAX = 100
"""Accounts whose refusals are told of apart in one window: some 200 facts a minute, however hard
somebody tries."""

NOBODY = ""
"""Stands for accounts that are not there, and for those beyond the bound."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused login: of which collection and account, how it was tried, and why it failed."""

    collection: str
    account: str
    method: str
    reason: str


class Refusals:
    """Gathers refusals and tells of them; `close` tells what is left."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._gathered: dict[tuple[str, str], tuple[Refused, Request, int]] = {}
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def note(
        self, definition: Definition, account: str, method: str, reason: str, request: Request
    ) -> None:
        """Notes that a login was refused. Returns at once."""
        key = (definition.collection.id, account)
        if key not in self._gathered and len(self._gathered) >= ACCOUNTS_MAX:
            account = NOBODY
            key = (definition.collection.id, account)
        refused = Refused(definition.name, account, method, reason)
        request = request.but(auth=None, headers=dict(request.headers))
        if key in self._gathered:
            self._gathered[key] = (refused, request, self._gathered[key][2] + 1)
            return
        self._gathered[key] = (refused, request, 0)
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(WINDOW_SECONDS, self._end_window, key)
        self._tell_soon(refused, request, 1)

    async def close(self) -> None:
        """Tells what was gathered."""
        for key in list(self._gathered):
            self._timers[key].cancel()
            self._end_window(key)
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _end_window(self, key: tuple[str, str]) -> None:
        refused, request, count = self._gathered.pop(key)
        del self._timers[key]
        if count:
            self._tell_soon(refused, request, count)

    def _tell_soon(self, refused: Refused, request: Request, count: int) -> None:
        telling = asyncio.create_task(self._tell(refused, request, count))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, refused: Refused, request: Request, count: int) -> None:
        if self._kernel.catalogue.find(refused.collection) is None:
            return
        data = {"method": refused.method, "reason": refused.reason, "count": count}
        told = request.but(now=self._kernel.clock())
        command = partial(
            tell,
            collection=refused.collection,
            record_id=refused.account,
            kind="sign_in_refused",
            data=data,
        )
        await self._kernel.run(told, command)
