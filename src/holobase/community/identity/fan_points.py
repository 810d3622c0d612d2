"""Granting fan points, once per cause, and taking them back when the cause is undone.

A cause is named `collection/record id/what`. What was granted is what is taken back, whatever the
level has become since.
"""

from collections.abc import Mapping

from holobase.community.identity.fan_levels import amount
from holobase.community.reacting import after, before, collection, record_id
from holobase.domain.derived import Values
from holobase.engine.reactions import Applied, Command, ScopedUnit

GRANTS = "fan_point_grants"

OWNERS: Mapping[str, tuple[str, str]] = {
    "card": ("unified_cards", "community_creator"),
    "post": ("community_posts", "author"),
    "comment": ("comments", "author"),
    "template": ("templates", "creator"),
}
"""Whose a thing is that a like or comment names: by field, the collection and its owner's field."""

WAYS: Mapping[str, tuple[str, ...]] = {
    "unified_cards": ("created", "featured"),
    "templates": ("created", "featured"),
    "collections": ("completed",),
    "likes": ("received",),
    "comments": ("given", "received"),
    "follows": ("given", "received"),
    "reports": ("upheld",),
}
"""In which ways a record of each collection can be a cause."""

CARD_KINDS: Mapping[str, str] = {
    "rare": "rare_card_created",
    "epic": "epic_card_created",
    "legendary": "legendary_card_created",
}


def grant(unit: ScopedUnit, user: str, kind: str, way: str, cause: Applied) -> Command[None]:
    """Grants the user the points of this kind, unless this cause already has."""
    yield from _grant(unit, user, kind, f"{collection(cause)}/{record_id(cause)}/{way}", cause)


def _grant(unit: ScopedUnit, user: str, kind: str, reason: str, cause: Applied) -> Command[None]:
    if not user or (yield from unit.find_by(GRANTS, "cause", reason)):
        return
    profile = yield from unit.find_by("unified_users", "user_id", user)
    if profile is None:
        return
    points = amount(kind, int(profile.values["fan_points"]))
    granted = {"user": user, "cause": reason, "kind": kind, "points": points}
    yield from unit.create(GRANTS, granted, cause)


def revoke(unit: ScopedUnit, way: str, cause: Applied) -> Command[None]:
    """Takes back what the record has earned in this way, if anything."""
    yield from _revoke(unit, f"{collection(cause)}/{record_id(cause)}/{way}", cause)


def _revoke(unit: ScopedUnit, reason: str, cause: Applied) -> Command[None]:
    granted = yield from unit.find_by(GRANTS, "cause", reason)
    if granted is not None:
        yield from unit.delete(GRANTS, granted.id, cause)


def take_back(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A deleted record loses everything it has earned."""
    for way in WAYS[collection(cause)]:
        yield from revoke(unit, way, cause)


def reward_card(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Making a card, the rarer the more; and being put on the front page."""
    card = after(cause)
    if not before(cause):
        kind = CARD_KINDS.get(card["photocard_rarity"], "card_created")
        yield from grant(unit, card["community_creator"], kind, "created", cause)
    yield from _reward_featured(unit, card["community_creator"], "card_featured", cause)


def reward_template(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Uploading a template; and being put on the front page."""
    template = after(cause)
    if not before(cause):
        yield from grant(unit, template["creator"], "template_uploaded", "created", cause)
    yield from _reward_featured(unit, template["creator"], "template_featured", cause)


def _reward_featured(unit: ScopedUnit, user: str, kind: str, cause: Applied) -> Command[None]:
    is_featured, was_featured = after(cause)["featured"], before(cause).get("featured", False)
    if is_featured and not was_featured:
        yield from grant(unit, user, kind, "featured", cause)
    if was_featured and not is_featured:
        yield from revoke(unit, "featured", cause)


def reward_collection(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Completing a collection, for as long as it is complete."""
    is_complete = after(cause)["completion_rate"] == 100
    was_complete = before(cause).get("completion_rate") == 100
    if is_complete and not was_complete:
        owner = after(cause)["owner"]
        yield from grant(unit, owner, "collection_completed", "completed", cause)
    if was_complete and not is_complete:
        yield from revoke(unit, "completed", cause)


def reward_like(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Being liked by somebody else."""
    like = after(cause)
    owner = yield from _owner(unit, like, ("card", "post", "comment", "template"))
    if owner != like["user"]:
        yield from grant(unit, owner, "like_received", "received", cause)


def reward_comment(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Writing about somebody else's card or post, and being written about; no longer as a stub."""
    comment = after(cause)
    if comment["deleted"]:
        yield from take_back(unit, cause)
    elif not before(cause):
        owner = yield from _owner(unit, comment, ("card", "post"))
        if owner != comment["author"]:
            yield from grant(unit, comment["author"], "comment_written", "given", cause)
            yield from grant(unit, owner, "comment_received", "received", cause)


def reward_follow(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Following somebody, and being followed."""
    follow = after(cause)
    yield from grant(unit, follow["follower"], "follow_given", "given", cause)
    yield from grant(unit, follow["following"], "follow_received", "received", cause)


def reward_download(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Having a template downloaded by somebody else: once per person, however often they do."""
    download = after(cause)
    template = yield from unit.find("templates", download["template"])
    creator = template.values["creator"] if template else ""
    if download["pair"] and creator != download["user"]:
        reason = _downloaded(download)
        yield from _grant(unit, creator, "template_downloaded", reason, cause)


def take_back_download(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """The point goes when no download by this person is left."""
    download = before(cause)
    pair = download["pair"]
    if pair and not (yield from unit.find_by("template_downloads", "pair", pair)):
        yield from _revoke(unit, _downloaded(download), cause)


def _downloaded(download: Values) -> str:
    return f"template_downloads/{download['pair']}/received"


def reward_report(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Reporting what moderators then act upon, for as long as they hold it to be right."""
    is_upheld = after(cause)["status"] == "upheld"
    was_upheld = before(cause)["status"] == "upheld"
    if is_upheld and not was_upheld:
        yield from grant(unit, after(cause)["reporter"], "report_upheld", "upheld", cause)
    if was_upheld and not is_upheld:
        yield from revoke(unit, "upheld", cause)


def _owner(unit: ScopedUnit, values: Values, fields: tuple[str, ...]) -> Command[str]:
    for field in fields:
        if values[field]:
            owned, owner_field = OWNERS[field]
            found = yield from unit.find(owned, values[field])
            return str(found.values[owner_field]) if found else ""
    return ""
