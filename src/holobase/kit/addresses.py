"""IP addresses as texts: one spelling for each, and whether one is in a range."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

RANGES_MAX = 1_000
"""Ranges that are kept as what they mean; an instance has a handful."""

ZONE_LENGTH_MAX = 32
"""Longest zone of an address: twice what a system calls its interfaces."""


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


@lru_cache(maxsize=RANGES_MAX)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)
