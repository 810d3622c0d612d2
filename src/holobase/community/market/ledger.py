"""Double entry: how the money of a sale is split, so that it always adds up to nothing.

A positive amount is owed to its account, a negative one is held by it. Amounts are whole minor
units; what does not divide evenly goes to the creator.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from holobase.domain.derived import Values

PLATFORM: Final = "platform"
PROVIDER: Final = "provider"
UNCLAIMED: Final = "unclaimed"
"""The account of creators who are gone."""

KINDS: Final = ("payment", "fee", "royalty", "share")

FEE_PERCENT: Final = 20
"""What the platform keeps of every sale."""

ROYALTY_PERCENT: Final = 10
"""What the creator of the original gets of every sale of a remix."""


class Entry(NamedTuple):
    """What one account gets, or with a negative amount gives."""

    account: str
    kind: str
    amount: int


def sale(amount: int, creator: str, upstream: str) -> tuple[Entry, ...]:
    """The entries of a sale. `upstream` made the original, empty where there is none."""
    fee = amount * FEE_PERCENT // 100
    royalty = amount * ROYALTY_PERCENT // 100 if upstream not in ("", creator) else 0
    entries = (
        Entry(PROVIDER, "payment", -amount),
        Entry(PLATFORM, "fee", fee),
        Entry(upstream, "royalty", royalty),
        Entry(creator or UNCLAIMED, "share", amount - fee - royalty),
    )
    return tuple(entry for entry in entries if entry.amount)


def undone(booked: Iterable[Values]) -> tuple[Entry, ...]:
    """The entries that take back what was booked so far, whatever has been taken back already."""
    totals: dict[tuple[str, str], int] = {}
    for entry in booked:
        key = (entry["account"], entry["kind"])
        totals[key] = totals.get(key, 0) + int(entry["amount"])
    return tuple(Entry(*key, -amount) for key, amount in totals.items() if amount)
