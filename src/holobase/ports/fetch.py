"""The promise of fetching: asking servers out there over HTTP, for everybody in here who has to.

Addresses come from strangers (a picture, a redirect) or from superusers (a provider): whatever they
say, nothing in our own network is reached that the operator has not allowed by name.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

ANSWER_BYTES_MAX = 1024 * 1024
"""Largest answer unless a fetch says otherwise; tokens, people and keys are told in kilobytes."""

ANSWER_SECONDS = 10.0
"""How long one fetch may take in all unless it says otherwise, redirects and reading included."""


class Fetch(msgspec.Struct, frozen=True):
    """One request to a server out there; redirects are followed for GET alone."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    bytes_max: int = ANSWER_BYTES_MAX
    seconds: float = ANSWER_SECONDS


class Fetched(msgspec.Struct, frozen=True):
    """An answer, whatever its status; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class FetchFailed(Exception):
    """There is no answer: the address is not public or no address at all, nobody answers there,
    or not in time, or at too great a length. The text is for logs, never for clients."""


class Fetcher(Protocol):
    """Asks servers out there."""

    async def fetch(self, wanted: Fetch) -> Fetched:
        """The answer.

        Raises FetchFailed, and Unavailable where too many fetches are under way already.
        """

    async def close(self) -> None:
        """Ends all connections."""
