"""Rate limits: counts requests by address, over all processes of the machine together.

The hub counts, so that one limit is one limit however many workers there are. A change of the
settings begins every count anew, because what is counted under has their version in it.
"""

import asyncio
import hashlib
import random
from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter

from holobase.domain.collection import Collection
from holobase.domain.errors import TooMany
from holobase.domain.principal import Request
from holobase.domain.rate_limits import labels_of, rule_for, tags_of
from holobase.domain.settings import RateLimitRule
from holobase.engine.application import Application
from holobase.kit.addresses import is_within
from holobase.ports.hub import Hub

_REFUSED: Final = Counter("holobase_requests_limited", "Requests refused by a rate limit.")

FRUITLESS_MAX = 3
"""Lists with a filter that may find nothing within FRUITLESS_SECONDS before the next is late."""

FRUITLESS_SECONDS = 3.0
"""As long as in PocketBase."""

DELAY_SECONDS_MAX = 0.5
"""The longest delay: far more than what a rule takes, and hardly felt by a person."""


class Limits:
    """The rules of the settings, applied. Superusers and excluded addresses are never counted."""

    def __init__(self, application: Application, hub: Hub) -> None:
        self._application = application
        self._hub = hub

    @property
    def are_on(self) -> bool:
        """Whether anything is limited now."""
        return self._application.instance_settings.held.rate_limits.enabled

    async def check_path(self, request: Request, path: str) -> None:
        """Counts a request that is known by its path alone. Raises TooMany."""
        rule = self._rule(request, labels_of(request.method, path))
        if rule is not None:
            await self._count(request, rule, rule.label + rule.audience)

    async def check_tags(
        self,
        request: Request,
        collection: Collection,
        tags: Sequence[str],
        route: str,
        path: str = "",
    ) -> None:
        """Counts a request about a collection, for each route by itself. Raises TooMany.

        Without a path it is an item of a batch, which goes by its tags alone.
        """
        labels = tags_of(collection.name, tags)
        if path:
            labels += labels_of(request.method, path)
        rule = self._rule(request, labels)
        if rule is not None:
            place = f"{collection.id} {route} {' '.join(tags)} {rule.audience}"
            await self._count(request, rule, place)

    async def slow_down(self, request: Request, collection: Collection) -> None:
        """Delays somebody who keeps asking for what is not found, now and then and by chance: the
        time that an answer takes must not tell of records that a rule hides."""
        if request.is_superuser:
            return
        window = await self._hub.strike(
            f"nothing found {collection.id} {request.address}", FRUITLESS_SECONDS
        )
        if window.hits > FRUITLESS_MAX:
            await asyncio.sleep(random.uniform(0, DELAY_SECONDS_MAX))  # noqa: S311 - it is noise

    def _rule(self, request: Request, labels: Sequence[str]) -> RateLimitRule | None:
        limits = self._application.instance_settings.held.rate_limits
        if not self.are_on or request.is_superuser:
            return None
        if is_within(request.address, limits.excluded_ips):
            return None
        return rule_for(limits.rules, labels, is_guest=request.auth is None)

    async def _count(self, request: Request, rule: RateLimitRule, place: str) -> None:
        name = f"{self._application.instance_settings.version} {place} {request.address}".encode()
        digest = hashlib.blake2b(name, digest_size=16).hexdigest()
        window = await self._hub.strike(f"limit {digest}", rule.duration)
        if window.hits > rule.max_requests:
            _REFUSED.inc()
            raise TooMany("too_many_requests", window.seconds_left)
