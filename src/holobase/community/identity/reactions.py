"""What identity does because of events: a profile for everybody, fan points for what people do."""

from collections.abc import Callable

from holobase.community.identity.fan_points import (
    reward_card,
    reward_collection,
    reward_comment,
    reward_download,
    reward_follow,
    reward_like,
    reward_report,
    reward_template,
    take_back,
    take_back_download,
)
from holobase.community.identity.keeping import KEEPING
from holobase.community.reacting import after, before, record_id
from holobase.engine.reactions import Applied, Command, Reaction, ScopedUnit, react
from holobase.kit import dates

OWNER = "identity"
GRANTS = "fan_point_grants"


def make_profile(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Everybody has one profile from the start, or from the moment they come over from elsewhere;
    it has the id of the account."""
    user = after(cause)
    profile = {
        "id": record_id(cause),
        "user_id": record_id(cause),
        "display_name": user["name"] or user["username"],
        "fan_joined_date": user["created"] or dates.from_milliseconds(unit.now),
    }
    yield from unit.create("unified_users", profile, cause)


def announce_level(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Reaching a higher fan level is a fact worth telling."""
    profile, level = after(cause), int(after(cause)["fan_level"])
    if level > max(1, int(before(cause)["fan_level"])):
        told = {"user": profile["user_id"], "level": level}
        yield from unit.fact("fan_level.reached", "unified_users", record_id(cause), told, cause)


def _reward(
    run: Callable[[ScopedUnit, Applied], Command[None]], *on: str, reads: tuple[str, ...] = ()
) -> Reaction:
    return react(run, *on, owner=OWNER, reads=("unified_users", *reads), writes=(GRANTS,))


REACTIONS: tuple[Reaction, ...] = (
    *KEEPING,
    react(make_profile, "users.created", "users.imported", owner=OWNER, writes=("unified_users",)),
    react(announce_level, "unified_users.derived", owner=OWNER, writes=("unified_users",)),
    _reward(reward_card, "unified_cards.created", "unified_cards.updated"),
    _reward(reward_template, "templates.created", "templates.updated"),
    _reward(reward_collection, "collections.created", "collections.updated"),
    _reward(
        reward_like,
        "likes.created",
        reads=("unified_cards", "community_posts", "comments", "templates"),
    ),
    _reward(
        reward_comment,
        "comments.created",
        "comments.updated",
        reads=("unified_cards", "community_posts"),
    ),
    _reward(reward_follow, "follows.created"),
    _reward(reward_download, "template_downloads.created", reads=("templates",)),
    _reward(reward_report, "reports.updated"),
    _reward(take_back_download, "template_downloads.deleted"),
    _reward(
        take_back,
        "unified_cards.deleted",
        "templates.deleted",
        "collections.deleted",
        "likes.deleted",
        "comments.deleted",
        "follows.deleted",
        "reports.deleted",
    ),
)
