"""IP addresses as texts: one spelling for each, and whether one is in a range."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

RANGES_MAX = 1_000
"""Ranges that are kept as what they mean; an instance has a handful."""

ZONE_LENGTH_MAX = 32
"""Longest zone of an address: twice what a system calls its interfaces."""

SITE_BITS = 64
"""What a provider gives one household of IPv6 at the least: all addresses in it are one's own."""


def spelled(text: str) -> str | None:
    """The address in the one spelling that everything compares: all eight groups of an IPv6
    address, in small letters, its zone behind them. None for what is no address."""
    plain, percent, zone = text.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    if percent and (not 0 < len(zone) <= ZONE_LENGTH_MAX or address.version == 4):
        return None
    return address.exploded + percent + zone


def is_within(address: str, ranges: Iterable[str]) -> bool:
    """Whether one of the ranges, or single addresses, holds the address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in _network(each) for each in ranges)


def site_of(text: str) -> str:
    """What addresses have in common that are usually one household's, or one server's: an IPv4
    address itself, the first half of an IPv6 address. The text itself where it is no address."""
    found = _address(text)
    if isinstance(found, IPv6Address):
        return str(_network(f"{found}/{SITE_BITS}"))
    return text if found is None else str(found)


def is_public(text: str) -> bool:
    """Whether this is an address on the internet."""
    found = _address(text)
    return found is not None and found.is_global


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one where it is one in the clothes of the other; without its zone."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@lru_cache(maxsize=RANGES_MAX)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)
