"""What social does because of events: comments tell honestly what happened to them."""

from collections.abc import Mapping

from holobase.community.reacting import after, before, record_id
from holobase.engine.reactions import Applied, Command, Reaction, Unit

STUB = "삭제된 댓글입니다."
"""What is left of a deleted comment that others have answered."""


def mark_comment(unit: Unit, cause: Applied) -> Command[None]:
    """A deleted comment loses its words; one whose words have changed says so."""
    comment, old = after(cause), before(cause)
    is_changed = comment["content"] != old["content"]
    if comment["deleted"] and comment["content"] != STUB:
        yield from unit.update("comments", record_id(cause), {"content": STUB}, cause)
    elif is_changed and not comment["deleted"] and not comment["edited"]:
        yield from unit.update("comments", record_id(cause), {"edited": True}, cause)


REACTIONS: Mapping[str, tuple[Reaction, ...]] = {"comments.updated": (mark_comment,)}
