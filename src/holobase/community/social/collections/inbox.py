"""What waits for somebody: notifications, how they want them, and their feed."""

from holobase.community.access import all_of, own, unchanged
from holobase.community.social.subjects import SUBJECT_PATTERN
from holobase.domain.declaration import (
    boolean,
    date,
    declare,
    integer,
    json,
    relation,
    select,
    text,
)
from holobase.domain.derived import Computed, Values

OWNER = "social"

KINDS = (
    "like",
    "comment",
    "follow",
    "mention",
    "template_update",
    "purchase",
    "level_up",
    "featured",
    "moderation",
    "system",
)

FOLDED = ("like", "follow")
"""Kinds of which one unread notification about a subject stands for all."""

MAIL_TIMES = ("immediate", "hourly", "daily", "never")
MAIL_DEFAULTS = {"like": "daily", "follow": "daily", "comment": "hourly", "mention": "hourly"}
"""When mail goes out until somebody says otherwise; about other kinds at once."""

CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def fold_key(notification: Values) -> str:
    """What repeated notifications are folded by; empty where each stands for itself."""
    if notification["type"] not in FOLDED or notification["is_read"]:
        return ""
    return f"{notification['user']}/{notification['type']}/{notification['subject']}"


NOTIFICATIONS = declare(
    "notifications",
    relation("user", "users", required=True, cascade_delete=True),
    relation("actor", "users"),
    select("type", *KINDS, required=True),
    text("subject", max=100, pattern=SUBJECT_PATTERN),
    text("title", max=200, presentable=True),
    text("message", max=1000),
    json("data", max_size=10_000),
    boolean("is_read"),
    date("expires_at"),
    text("fold", hidden=True, derived=Computed(fold_key)),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "update": all_of(
            own("user"),
            unchanged("user", "actor", "type", "subject", "title", "message", "data", "expires_at"),
        ),
        "delete": own("user"),
    },
    indexes=("user, created", "user, is_read, created", "actor", "fold"),
)

NOTIFICATION_SETTINGS = declare(
    "notification_settings",
    relation("user", "users", required=True, cascade_delete=True),
    *(select(kind, *MAIL_TIMES, default=MAIL_DEFAULTS.get(kind, "immediate")) for kind in KINDS),
    text("quiet_from", pattern=CLOCK),
    text("quiet_until", pattern=CLOCK),
    text("time_zone", max=50, pattern="^[A-Za-z0-9_+/-]+$", default="Asia/Seoul"),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "create": own("user"),
        "update": all_of(own("user"), unchanged("user")),
        "delete": own("user"),
    },
    indexes=("UNIQUE user",),
)

FEED_ITEMS = declare(
    "feed_items",
    relation("user", "users", required=True, cascade_delete=True),
    select("kind", "following", "trending", "latest", "for-you", required=True),
    relation("post", "community_posts", cascade_delete=True),
    relation("card", "unified_cards", cascade_delete=True),
    integer("score"),
    owner=OWNER,
    rules={"list": own("user"), "view": own("user")},
    indexes=(
        "UNIQUE user, kind, post WHERE `post` != ''",
        "UNIQUE user, kind, card WHERE `card` != ''",
        "user, kind, created",
        "post",
        "card",
    ),
)
