"""Attempts to prove who one is: those that fail are counted, by all processes of a machine.

Three counts bound guessing: of one name from one site, tightly; of one name from anywhere, loosely,
so that a stranger does not easily keep its owner out; of one site, whatever names it tries. A name
is what was sent, so accounts that are there and those that are not are counted and refused alike.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from holobase.domain.errors import BadRequest, TooMany
from holobase.domain.principal import Request
from holobase.engine.catalogue import Definition
from holobase.engine.instance_settings import KeptSettings
from holobase.kit.addresses import is_public, is_within, site_of
from holobase.ports.hub import Hub

T = TypeVar("T")

WINDOW_SECONDS = 300.0
"""How long failures count from the first of them on; then a count begins anew, whatever was tried
meanwhile, so that nobody is kept out for longer."""

ANYWHERE_FACTOR = 10
"""How many times as many may fail for one name from all sites together: who owns many addresses
guesses no faster than this, and it takes as many to be in the way of somebody."""

SITE_FACTOR = 30
"""How many times as many may fail from one site for all names together: a school or a carrier has
one address for hundreds of people. Counted for public addresses alone: behind a proxy that nobody
has told us to trust, all people come from the same private one."""

NAME = "failed"
"""Begins what failures are counted under."""


async def nowhere() -> bool:
    """Nobody is at home here."""
    return False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: by which method, of which collection, for whom (empty: nobody is named).

    `is_guess`: it might succeed by chance, so what others fail counts as well. `is_at_home` tells
    whether the request comes from where the account's owner has logged in before: whatever
    strangers do elsewhere, the owner is let try.
    """

    method: str
    definition: Definition
    name: str
    request: Request
    is_guess: bool = False
    is_at_home: Callable[[], Awaitable[bool]] = nowhere


class Attempts:
    """Counts failures. With `failures_max` 0 nothing is counted, and nobody refused."""

    def __init__(self, hub: Hub, settings: KeptSettings, failures_max: int) -> None:
        self._hub = hub
        self._settings = settings
        self._failures_max = failures_max

    async def bounded(self, attempt: Attempt, prove: Callable[[], Awaitable[T]]) -> T:
        """What `prove` gives, whose BadRequest is a failure. Raises TooMany, also where others have
        failed too often before this one was proved: asking at once helps nobody to guess more."""
        await self.admit(attempt)
        try:
            proved = await prove()
        except BadRequest:
            await self.failed(attempt)
            raise
        await self.admit(attempt)
        return proved

    async def admit(self, attempt: Attempt) -> None:
        """Lets an attempt be made. Raises TooMany."""
        for name, most, is_of_others in self._counts(attempt):
            window = await self._hub.strike(name, WINDOW_SECONDS, 0)
            if window.hits >= most and not (is_of_others and await attempt.is_at_home()):
                raise TooMany("too_many_attempts", window.seconds_left)

    async def failed(self, attempt: Attempt) -> None:
        """Counts an attempt that has failed."""
        for name, _, _ in self._counts(attempt):
            await self._hub.strike(name, WINDOW_SECONDS)

    def _counts(self, attempt: Attempt) -> Iterator[tuple[str, int, bool]]:
        """What an attempt counts under, how much of that is too much, and whether it may be
        others' doing."""
        request, most = attempt.request, self._failures_max
        excluded = self._settings.held.rate_limits.excluded_ips
        if not most or request.is_superuser or is_within(request.address, excluded):
            return
        site = site_of(request.address)
        if attempt.name:
            named = (attempt.method, attempt.definition.collection.id, attempt.name.casefold())
            yield _name(*named, site), most, False
            if attempt.is_guess:
                yield _name(*named), most * ANYWHERE_FACTOR, True
        if is_public(request.address):
            yield _name(site), most * SITE_FACTOR, False


def _name(*parts: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big") + data)
    return f"{NAME} {digest.hexdigest()}"
