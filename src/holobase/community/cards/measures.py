"""What the server works out about cards and collections from their own values."""

from holobase.domain.derived import Values

RARITY_RANKS = {"common": 1, "rare": 2, "epic": 3, "legendary": 4}


def rarity_rank(card: Values) -> int:
    """1 for common to 4 for legendary: what `photocard_rarity` sorts by."""
    return RARITY_RANKS.get(card["photocard_rarity"], 1)


def is_listed(card: Values) -> bool:
    """Whether everybody finds the card."""
    return bool(card["community_is_public"]) and not card["hidden"]


def total_cards(collection: Values) -> int:
    """How many cards the collection holds."""
    return len(collection["cards"])


def completion_rate(collection: Values) -> int:
    """How far the collection is, 0 to 100, rounded down; 0 without a target."""
    target = int(collection["target_cards"])
    return min(100, 100 * len(collection["cards"]) // target) if target else 0


def is_complete(collection: Values) -> bool:
    """Whether the collection has reached its target."""
    return completion_rate(collection) == 100


def share_complete(card: Values) -> int:
    """Which share of the collections that hold the card is complete, 0 to 100, rounded down."""
    held = int(card["held_by"])
    return 100 * int(card["held_complete_by"]) // held if held else 0
