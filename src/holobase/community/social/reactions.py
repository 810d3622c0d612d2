"""What social does because of events: honest comments, clean breaks, notifications."""

from collections.abc import Callable

from holobase.community.reacting import after, before, record_id
from holobase.community.social.notifying import (
    announce_comment,
    announce_feature,
    announce_follow,
    announce_level,
    announce_like,
    announce_post,
    forget_like,
)
from holobase.engine.reactions import Applied, Command, Reaction, ScopedUnit, react

OWNER = "social"

STUB = "삭제된 댓글입니다."
"""What is left of a deleted comment that others have answered."""


def mark_comment(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A deleted comment loses its words; one whose words have changed says so."""
    comment, old = after(cause), before(cause)
    is_changed = comment["content"] != old["content"]
    if comment["deleted"] and comment["content"] != STUB:
        yield from unit.update("comments", record_id(cause), {"content": STUB}, cause)
    elif is_changed and not comment["deleted"] and not comment["edited"]:
        yield from unit.update("comments", record_id(cause), {"edited": True}, cause)


def part(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A block ends that either follows the other."""
    block = after(cause)
    for follower, following in (
        (block["blocker"], block["blocked"]),
        (block["blocked"], block["blocker"]),
    ):
        for follow in (yield from unit.find_all("follows", "follower", follower)):
            if follow.values["following"] == following:
                yield from unit.delete("follows", follow.id, cause)


def _announce(
    run: Callable[[ScopedUnit, Applied], Command[None]], *on: str, reads: tuple[str, ...] = ()
) -> Reaction:
    return react(run, *on, owner=OWNER, reads=reads, writes=("notifications",))


LIKEABLE = ("unified_cards", "community_posts", "comments", "templates")

REACTIONS: tuple[Reaction, ...] = (
    react(mark_comment, "comments.updated", owner=OWNER, writes=("comments",)),
    react(part, "blocks.created", owner=OWNER, writes=("follows",)),
    _announce(announce_like, "likes.created", reads=(*LIKEABLE, "blocks")),
    _announce(forget_like, "likes.deleted", reads=LIKEABLE),
    _announce(
        announce_comment,
        "comments.created",
        reads=("unified_cards", "community_posts", "users", "blocks"),
    ),
    _announce(announce_post, "community_posts.created", reads=("users", "blocks")),
    _announce(announce_follow, "follows.created"),
    _announce(announce_feature, "unified_cards.updated", "templates.updated"),
    _announce(announce_level, "unified_users.derived"),
)
