"""Fetches with httpx, which is loaded with the first of them: many instances never fetch, and every
start would take a third of a second longer.
"""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

from holobase.domain.errors import Unavailable
from holobase.ports.fetch import Fetch, Fetched

if TYPE_CHECKING:
    from holobase.adapters.http_client.guarded import Client, Resolve

UNDER_WAY_MAX = 64
"""Fetches at once in one process. Strangers cause them: a login with a code is one or two."""


class HttpFetcher:
    """Asks public addresses, and the hosts that are `allowed` by name wherever they are."""

    def __init__(self, allowed: Collection[str] = (), resolve: "Resolve | None" = None) -> None:
        self._allowed = frozenset(allowed)
        self._resolve = resolve
        self._loading: asyncio.Task[Client] | None = None
        self._under_way = 0

    async def fetch(self, wanted: Fetch) -> Fetched:
        """The answer. Raises FetchFailed, and Unavailable where too many are under way."""
        if self._under_way >= UNDER_WAY_MAX:
            raise Unavailable("too many fetches are under way")
        self._under_way += 1
        try:
            if self._loading is None:
                self._loading = asyncio.create_task(asyncio.to_thread(self._load))
            client = await asyncio.shield(self._loading)
            return await client.fetch(wanted)
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        """Ends all connections."""
        if self._loading is not None:
            await (await self._loading).close()

    def _load(self) -> "Client":
        from holobase.adapters.http_client import guarded  # noqa: PLC0415 - see above

        return guarded.Client(self._allowed, self._resolve or guarded.resolve)
