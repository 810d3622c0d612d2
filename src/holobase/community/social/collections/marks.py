"""What people do with one click: likes, bookmarks, shares."""

from holobase.community.access import (
    all_of,
    any_of,
    card_shown,
    comment_shown,
    empty,
    not_blocked,
    own,
    post_shown,
    template_shown,
)
from holobase.community.values import check_exactly_one
from holobase.domain.declaration import DeclaredField, declare, relation, select

OWNER = "social"
SUBJECTS = ("card", "post", "comment", "template")

SUBJECT_IS_SHOWN = any_of(
    card_shown("card."),
    post_shown("post."),
    comment_shown("comment."),
    template_shown("template."),
)

MARKING = all_of(own("user"), any_of(empty(*SUBJECTS), SUBJECT_IS_SHOWN))

ONE_EACH = (
    *(f"UNIQUE user, {name} WHERE `{name}` != ''" for name in SUBJECTS),
    "user, created",
    *SUBJECTS,
)
"""Indexes: once per person and subject."""


def subjects() -> tuple[DeclaredField, ...]:
    """The fields of which exactly one says what a record is about; it goes with its subject."""
    return (
        relation("card", "unified_cards", cascade_delete=True),
        relation("post", "community_posts", cascade_delete=True),
        relation("comment", "comments", cascade_delete=True),
        relation("template", "templates", cascade_delete=True),
    )


LIKES = declare(
    "likes",
    relation("user", "users", required=True, cascade_delete=True),
    *subjects(),
    owner=OWNER,
    rules={
        "list": any_of(own("user"), all_of(SUBJECT_IS_SHOWN, not_blocked("user"))),
        "view": any_of(own("user"), all_of(SUBJECT_IS_SHOWN, not_blocked("user"))),
        "create": MARKING,
        "delete": own("user"),
    },
    indexes=ONE_EACH,
    check=lambda values: check_exactly_one(values, *SUBJECTS),
)

BOOKMARKS = declare(
    "bookmarks",
    relation("user", "users", required=True, cascade_delete=True),
    *subjects(),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "create": MARKING,
        "delete": own("user"),
    },
    indexes=ONE_EACH,
    check=lambda values: check_exactly_one(values, *SUBJECTS),
)

# A share stays counted when whoever did it leaves: the row then names nobody.
SHARES = declare(
    "shares",
    relation("user", "users"),
    relation("post", "community_posts", cascade_delete=True),
    relation("card", "unified_cards", cascade_delete=True),
    select("target", "link", "feed", "external", required=True, default="link"),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "create": all_of(
            own("user"),
            any_of(empty("card", "post"), card_shown("card."), post_shown("post.")),
        ),
    },
    indexes=("user, created", "post, created", "card, created"),
    check=lambda values: check_exactly_one(values, "post", "card"),
)
