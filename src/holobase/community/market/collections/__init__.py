"""The collections of the market: templates, reviews, money."""

from holobase.community.market.collections.money import LEDGER_ENTRIES, PAYOUTS, PURCHASES
from holobase.community.market.collections.reviews import REVIEW_VOTES, REVIEWS
from holobase.community.market.collections.templates import (
    TEMPLATE_CATEGORIES,
    TEMPLATE_DOWNLOADS,
    TEMPLATE_VERSIONS,
    TEMPLATES,
)
from holobase.domain.declaration import Declaration

COLLECTIONS: tuple[Declaration, ...] = (
    TEMPLATE_CATEGORIES,
    TEMPLATES,
    TEMPLATE_VERSIONS,
    TEMPLATE_DOWNLOADS,
    REVIEWS,
    REVIEW_VOTES,
    PURCHASES,
    LEDGER_ENTRIES,
    PAYOUTS,
)
