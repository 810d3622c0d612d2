"""The client's address as a proxy in front of us tells it, where the settings trust it to."""

from collections.abc import Callable
from typing import Final

from holobase.domain.settings import TrustedProxy
from holobase.kit.addresses import spelled

NO_PROXY: Final = TrustedProxy()

COMMON: Final = ("CF-Connecting-IP", "Fly-Client-IP")
"""Headers of widespread proxies, by which one may be recognised."""

CUSTOMARY: Final = ("X-Real-IP", "X-Forwarded-For")
"""Headers that proxies of all kinds use."""


def told_address(proxy: TrustedProxy, all_of: Callable[[str], list[str]]) -> str | None:
    """The address in the first trusted header that has one; of a header that stands on several
    lines the last counts, because that is the one nearest to us. None where there is none."""
    for header in proxy.headers:
        lines = all_of(header.lower())
        texts = lines[-1].split(",") if lines else []
        for text in texts if proxy.use_leftmost_ip else reversed(texts):
            address = spelled(text.strip())
            if address is not None:
                return address
    return None


def likely_header(proxy: TrustedProxy, all_of: Callable[[str], list[str]]) -> str:
    """The header of this request that a proxy seems to have set; empty where none does."""
    asked = (*proxy.headers, *COMMON, *CUSTOMARY)
    return next((header for header in asked if any(all_of(header.lower()))), "")
