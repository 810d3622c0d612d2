"""Telling people what concerns them: never what they did themselves, never what comes from
somebody they have blocked, and many likes of one thing as one.

Every announcement costs the writer a look-up or two for each like and comment, so each asks for
the least and leaves as early as it can.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holobase.community.reacting import after, before, collection, record_id
from holobase.community.social.subjects import subject
from holobase.domain.derived import Values
from holobase.domain.record import Record
from holobase.engine.reactions import Applied, Command, ScopedUnit
from holobase.kit import dates

OWNERS: Final[Mapping[str, tuple[str, str]]] = {
    "card": ("unified_cards", "community_creator"),
    "post": ("community_posts", "author"),
    "comment": ("comments", "author"),
    "template": ("templates", "creator"),
}
"""Whose a thing is that a record names: by field, the collection and its owner's field."""

TITLES: Final = {
    "like": "내 작품을 좋아하는 사람이 있어요",
    "comment": "새 댓글이 달렸어요",
    "follow": "새 팔로워가 생겼어요",
    "mention": "누군가 나를 언급했어요",
    "level_up": "팬 레벨이 올랐어요",
    "featured": "추천 작품으로 뽑혔어요",
}

KEPT_DAYS: Final = 90
DAY_MS: Final = 86_400_000

ACTORS_MAX = 20
"""People whom a folded notification names; the others are counted."""

MENTIONS_MAX = 5
"""People whom one text can mention: each costs the writer a look-up."""

_MENTION = re.compile(r"@([A-Za-z0-9_]{3,20})(?![A-Za-z0-9_])")


def announce_like(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Tells whose thing is liked; as long as that is unread, more likes are added to it."""
    like, about = after(cause), _about(after(cause))
    owner = yield from _owner(unit, like)
    if not (yield from _listens(unit, owner, like["user"])):
        return
    found = yield from _unread(unit, owner, "like", about)
    if found is None:
        yield from _notify(unit, owner, "like", about, cause, like["user"], _liked([like["user"]]))
        return
    actors, count = _likes(found.values)
    if like["user"] not in actors:
        told = _liked([like["user"], *actors][:ACTORS_MAX], count + 1)
        changes = {"actor": like["user"], "data": told}
        yield from unit.update("notifications", found.id, changes, cause)


def forget_like(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Takes an undone like out of the unread notification that tells of it."""
    like, about = before(cause), _about(before(cause))
    owner = yield from _owner(unit, like)
    found = (yield from _unread(unit, owner, "like", about)) if owner else None
    if found is None:
        return
    actors, count = _likes(found.values)
    if like["user"] not in actors:
        return
    if count <= 1:
        yield from unit.delete("notifications", found.id, cause)
        return
    left = [actor for actor in actors if actor != like["user"]]
    changes = {"actor": left[0] if left else "", "data": _liked(left, count - 1)}
    yield from unit.update("notifications", found.id, changes, cause)


def announce_comment(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Tells whose thing is commented, whose comment is answered, and who is mentioned."""
    comment = after(cause)
    about, author = subject("comments", record_id(cause)), comment["author"]
    thing = yield from _thing(unit, comment)
    if thing is None:
        return
    concerned = [_owner_of(thing, comment)]
    if comment["parent"]:
        parent = yield from unit.find("comments", comment["parent"])
        concerned.append(parent.values["author"] if parent else "")
    told = {author}
    for user in concerned:
        if user not in told and (yield from _listens(unit, user, author)):
            yield from _notify(unit, user, "comment", about, cause, author)
        told.add(user)
    if _is_open(thing):
        yield from _mention(unit, comment["content"], author, about, told, cause)


def announce_post(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Tells who is mentioned in a post that everybody may see."""
    post = after(cause)
    if post["visibility"] == "public":
        about = subject("community_posts", record_id(cause))
        yield from _mention(unit, post["caption"], post["author"], about, {post["author"]}, cause)


def announce_follow(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Tells who has a new follower; once while it is unread, however often they come and go."""
    follow = after(cause)
    user, about = follow["following"], subject("users", follow["follower"])
    if (yield from _unread(unit, user, "follow", about)) is None:
        yield from _notify(unit, user, "follow", about, cause, follow["follower"])


def announce_feature(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Tells whose card or template has been put on the front page."""
    work = after(cause)
    if work["featured"] and not before(cause)["featured"]:
        owner = work["community_creator" if collection(cause) == "unified_cards" else "creator"]
        if owner:
            about = subject(collection(cause), record_id(cause))
            yield from _notify(unit, owner, "featured", about, cause)


def announce_level(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Tells who has reached a higher fan level."""
    profile, level = after(cause), int(after(cause)["fan_level"])
    if level > max(1, int(before(cause)["fan_level"])):
        about = subject("unified_users", record_id(cause))
        data = _json({"level": level})
        yield from _notify(unit, profile["user_id"], "level_up", about, cause, data=data)


def _mention(
    unit: ScopedUnit, words: str, author: str, about: str, told: set[str], cause: Applied
) -> Command[None]:
    """Tells everybody mentioned whom nobody has told yet."""
    for name in list(dict.fromkeys(_MENTION.findall(words)))[:MENTIONS_MAX]:
        user = yield from unit.find_by("users", "username", name)
        if user and user.id not in told and (yield from _listens(unit, user.id, author)):
            told.add(user.id)
            yield from _notify(unit, user.id, "mention", about, cause, author)


def _listens(unit: ScopedUnit, user: str, actor: str) -> Command[bool]:
    """Whether somebody is told what this actor does."""
    if not user or user == actor:
        return False
    return (yield from unit.find_by("blocks", "pair", f"{user}/{actor}")) is None


def _unread(unit: ScopedUnit, user: str, kind: str, about: str) -> Command[Record | None]:
    return (yield from unit.find_by("notifications", "fold", f"{user}/{kind}/{about}"))


def _notify(
    unit: ScopedUnit,
    user: str,
    kind: str,
    about: str,
    cause: Applied,
    actor: str = "",
    data: str = "null",
) -> Command[None]:
    values = {
        "user": user,
        "actor": actor,
        "type": kind,
        "subject": about,
        "title": TITLES[kind],
        "data": data,
        "expires_at": dates.from_milliseconds(unit.now + KEPT_DAYS * DAY_MS),
    }
    yield from unit.create("notifications", values, cause)


def _thing(unit: ScopedUnit, values: Values) -> Command[Record | None]:
    """The record that a like or comment is about."""
    field = _field(values)
    return (yield from unit.find(OWNERS[field][0], values[field]))


def _owner(unit: ScopedUnit, values: Values) -> Command[str]:
    thing = yield from _thing(unit, values)
    return _owner_of(thing, values) if thing else ""


def _owner_of(thing: Record, values: Values) -> str:
    return str(thing.values[OWNERS[_field(values)][1]])


def _about(values: Values) -> str:
    field = _field(values)
    return subject(OWNERS[field][0], values[field])


def _field(values: Values) -> str:
    return next(field for field in OWNERS if values.get(field))


def _is_open(thing: Record) -> bool:
    """Whether everybody sees a card or post."""
    values = thing.values
    is_public = values.get("community_is_public") or values.get("visibility") == "public"
    return bool(is_public) and not values["hidden"]


def _likes(notification: Values) -> tuple[list[str], int]:
    data = msgspec.json.decode(notification["data"])
    return data["actors"], data["count"]


def _liked(actors: list[str], count: int = 1) -> str:
    return _json({"actors": actors, "count": count})


def _json(data: dict[str, Any]) -> str:
    return msgspec.json.encode(data).decode()
