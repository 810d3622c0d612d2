"""The guard around httpx: a name is resolved once, its addresses are looked at, and one of exactly
those is connected to, so that a name which means something else a moment later gains nothing.

Redirects come through here like first requests. Proxies named in the environment are not used:
they would resolve the name themselves.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Final, TypeAlias

import httpx

from holobase.adapters.http_client.addresses import is_public
from holobase.ports.fetch import Fetch, Fetched, FetchFailed

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, in the order to try them. Raises OSError where there are none."""

REDIRECTS_MAX = 5
"""Hops of one fetch; pictures and well-known documents need one or two."""

ADDRESSES_MAX = 4
"""Addresses of one host that are tried; the time of the whole fetch is limited anyway."""

PORT_MAX = 65_535
"""The last one there is."""

_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "Holobase"}
"""Compressed answers are not asked for: their true length would be known too late."""


class Client:
    """Fetches through a guarded transport. Every request has a connection of its own."""

    def __init__(self, allowed: frozenset[str], resolve: Resolve) -> None:
        self._client = httpx.AsyncClient(
            transport=_Guarded(allowed, resolve),
            trust_env=False,
            max_redirects=REDIRECTS_MAX,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none are kept
            timeout=None,  # noqa: S113 - the time of the whole is limited instead
        )

    async def fetch(self, wanted: Fetch) -> Fetched:
        """The answer. Raises FetchFailed."""
        try:
            async with asyncio.timeout(wanted.seconds):
                return await self._fetch(wanted)
        except TimeoutError as error:
            raise FetchFailed("it took too long") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise FetchFailed(f"{type(error).__name__}: {error}") from error

    async def _fetch(self, wanted: Fetch) -> Fetched:
        async with self._client.stream(
            wanted.method,
            wanted.url,
            headers=dict(wanted.headers),
            content=wanted.body or None,
            follow_redirects=wanted.method == "GET",
        ) as answer:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise FetchFailed("the answer is encoded, though that was not asked for")
            chunks: list[bytes] = []
            left = wanted.bytes_max
            async for chunk in answer.aiter_raw():
                left -= len(chunk)
                if left < 0:
                    raise FetchFailed(f"the answer is longer than {wanted.bytes_max} bytes")
                chunks.append(chunk)
            return Fetched(answer.status_code, dict(answer.headers), b"".join(chunks))

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.aclose()


class _Guarded(httpx.AsyncBaseTransport):
    def __init__(self, allowed: frozenset[str], resolve: Resolve) -> None:
        self._allowed = {_one_spelling(host) for host in allowed}
        self._resolve = resolve
        # Connections are not kept: they are told apart by address, and one address may serve
        # names whose certificates are not each other's.
        self._transport = httpx.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(),  # with the authorities that SSL_CERT_FILE names
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        failure: Exception | None = None
        for address in await self._addresses(request.url, host):
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # with the name as Host
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._transport.handle_async_request(pinned)
            except httpx.ConnectError as error:
                failure = error
        raise failure or FetchFailed(f"{host} has no address")

    async def _addresses(self, url: httpx.URL, host: str) -> list[str]:
        if url.scheme not in ("http", "https") or not host:
            raise FetchFailed("only http and https are fetched")
        port = url.port or (443 if url.scheme == "https" else 80)
        if port > PORT_MAX:
            raise FetchFailed("there is no such port")
        found = (await self._resolve(host, port))[:ADDRESSES_MAX]
        if _one_spelling(host) in self._allowed:
            return found
        closed = [address for address in found if not is_public(address)]
        if closed:  # one is enough: nobody honest mixes them
            raise FetchFailed(f"{host} is not out there: {closed[0]}")
        return found

    async def aclose(self) -> None:
        await self._transport.aclose()


async def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _one_spelling(host: str) -> str:
    """One spelling for each host: addresses as such, names in lower case and without a last dot."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return host.rstrip(".").lower()
