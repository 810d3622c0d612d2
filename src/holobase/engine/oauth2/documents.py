"""What providers publish of themselves: where they are asked, and the keys they sign with.

Kept for a while, because every login needs them and they change twice a year. What could not be
had is not asked for again at once: everybody may ask how to log in.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from holobase.engine.oauth2.kinds import Configured, IdToken
from holobase.engine.oauth2.people import ProviderFailed
from holobase.kit import json
from holobase.ports.fetch import Fetch, Fetcher, FetchFailed

WELL_KNOWN: Final = "/.well-known/openid-configuration"

KEPT_SECONDS = 600.0
"""How long a document is believed; a provider that changes one serves the old one for longer."""

FAILED_SECONDS = 10.0
"""How long a document that could not be had is not asked for again."""

FRESH_SECONDS = 30.0
"""How old keys must be to be asked for again because of a token that names none of them: a provider
that has changed them is found within this time, and a forger costs no more than two requests a
minute."""

DOCUMENTS_MAX = 200
"""Documents that are kept; an instance has a handful of providers with two each."""

DOCUMENT_BYTES_MAX = 256 * 1024
"""Longest of them; they have some kilobytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, or None for one that could not be had; `since` as `time.monotonic` tells."""

    document: Mapping[str, Any] | None
    since: float

    @property
    def age_seconds(self) -> float:
        """How long it has been kept."""
        return time.monotonic() - self.since

    @property
    def is_good(self) -> bool:
        """Whether it is not asked for again yet."""
        return self.age_seconds < (KEPT_SECONDS if self.document is not None else FAILED_SECONDS)


class Documents:
    """Fetches documents, each once at a time."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Kept]] = {}

    async def completed(self, provider: Configured) -> Configured:
        """The provider with what it publishes of itself where the collection says nothing.

        Raises ProviderFailed.
        """
        if not provider.discovery_url:
            return provider
        base = provider.discovery_url.removesuffix(WELL_KNOWN).rstrip("/")
        found = await self.get(base + WELL_KNOWN)
        issuer = found.get("issuer")
        issuers = provider.id_token.issuers
        if not issuers:
            if not isinstance(issuer, str) or issuer.rstrip("/") != base:
                raise ProviderFailed(f"{base} says that it is {issuer!r}")
            issuers = (issuer,)
        return msgspec.structs.replace(
            provider,
            auth_url=provider.auth_url or _url(found, "authorization_endpoint"),
            token_url=provider.token_url or _url(found, "token_endpoint"),
            user_url=provider.user_url or _url(found, "userinfo_endpoint"),
            id_token=IdToken(issuers, provider.id_token.keys_url or _url(found, "jwks_uri")),
        )

    async def get(self, url: str, *, fresh: bool = False) -> Mapping[str, Any]:
        """The JSON object at an address, at most so old; `fresh` asks again unless that has just
        been done. Raises ProviderFailed."""
        kept = self._kept.get(url)
        if kept is None or not kept.is_good or (fresh and kept.age_seconds > FRESH_SECONDS):
            kept = await self._ask(url)
        if kept.document is None:
            raise ProviderFailed(f"{url} could not be had")
        return kept.document

    async def _ask(self, url: str) -> Kept:
        asking = self._asking.get(url)
        if asking is None:
            asking = self._asking[url] = asyncio.create_task(self._fetch(url))
            asking.add_done_callback(lambda _: self._asking.pop(url, None))
        return await asyncio.shield(asking)  # who waits no longer does not end it for others

    async def _fetch(self, url: str) -> Kept:
        document: Any = None
        try:
            wanted = Fetch(url, headers={"accept": "application/json"})
            answer = await self._fetcher.fetch(
                msgspec.structs.replace(wanted, bytes_max=DOCUMENT_BYTES_MAX)
            )
            if answer.status == 200:
                document = json.decode_strict(answer.body)
        except (FetchFailed, json.MalformedJson):
            document = None
        kept = Kept(document if isinstance(document, dict) else None, time.monotonic())
        self._kept[url] = kept
        self._kept.move_to_end(url)
        if len(self._kept) > DOCUMENTS_MAX:
            self._kept.popitem(last=False)
        return kept


def _url(document: Mapping[str, Any], name: str) -> str:
    found = document.get(name)
    return found if isinstance(found, str) else ""
