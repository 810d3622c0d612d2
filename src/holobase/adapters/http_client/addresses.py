"""Which IP addresses are out there, and which are ours: the machine's own, the private network's,
the cloud's, and every way to spell one of those inside another.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_UNICAST: Final = IPv6Network("2000::/3")
"""All there is of global IPv6; a new range would be given out first."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""The whole IPv4 internet as seen from a network of IPv6 alone."""

_CLOSED: Final = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata answers here
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # another cloud's host agent
        "2001::/23",  # protocol assignments, Teredo with an IPv4 address inside among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, with an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
"""What Python's tables, which differ by version, call global or may."""


def is_public(text: str) -> bool:
    """Whether this is the address of somebody out there; False for what is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(str(inner))
        if address.scope_id is not None or address not in _UNICAST:
            return False
    if any(address.version == closed.version and address in closed for closed in _CLOSED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one end up at."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
