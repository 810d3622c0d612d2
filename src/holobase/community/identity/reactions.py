"""What identity does because of events: a profile for everybody, fan points for what people do."""

from collections.abc import Mapping

from holobase.community.identity.fan_points import (
    reward_card,
    reward_collection,
    reward_comment,
    reward_follow,
    reward_like,
    reward_template,
    take_back,
)
from holobase.community.reacting import after, before, record_id
from holobase.engine.reactions import Applied, Command, Reaction, Unit
from holobase.kit import dates


def make_profile(unit: Unit, cause: Applied) -> Command[None]:
    """Everybody has one profile from the start; it has the id of the account."""
    user = after(cause)
    profile = {
        "id": record_id(cause),
        "user_id": record_id(cause),
        "display_name": user["name"] or user["username"],
        "fan_joined_date": dates.from_milliseconds(unit.now),
    }
    yield from unit.create("unified_users", profile, cause)


def announce_level(unit: Unit, cause: Applied) -> Command[None]:
    """Reaching a higher fan level is a fact worth telling."""
    profile, level = after(cause), int(after(cause)["fan_level"])
    if level > max(1, int(before(cause)["fan_level"])):
        told = {"user": profile["user_id"], "level": level}
        yield from unit.fact("fan_level.reached", "unified_users", record_id(cause), told, cause)


REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "users.created": (make_profile,),
    "unified_users.derived": (announce_level,),
    "unified_cards.created": (reward_card,),
    "unified_cards.updated": (reward_card,),
    "unified_cards.deleted": (take_back,),
    "templates.created": (reward_template,),
    "templates.updated": (reward_template,),
    "templates.deleted": (take_back,),
    "collections.created": (reward_collection,),
    "collections.updated": (reward_collection,),
    "collections.deleted": (take_back,),
    "likes.created": (reward_like,),
    "likes.deleted": (take_back,),
    "comments.created": (reward_comment,),
    "comments.updated": (reward_comment,),
    "comments.deleted": (take_back,),
    "follows.created": (reward_follow,),
    "follows.deleted": (take_back,),
}
