"""Ids that are the same in every instance: for what every instance holds from its first start."""

from holobase.kit.ids import RECORD_ID_LENGTH


def fixed_id(kind: str, name: str) -> str:
    """A record id made of words: `fixed_id("role", "member")` is `rolemember00000`."""
    return f"{kind}{name}".ljust(RECORD_ID_LENGTH, "0")
