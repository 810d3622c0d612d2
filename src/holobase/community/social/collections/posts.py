"""Posts, and the comments on posts and cards."""

from holobase.community.access import (
    all_of,
    any_of,
    card_shown,
    comment_shown,
    empty,
    may,
    not_blocked,
    own,
    post_shown,
    unchanged,
)
from holobase.community.values import check_exactly_one, check_names, is_readable
from holobase.domain.declaration import (
    Stub,
    boolean,
    declare,
    integer,
    json,
    relation,
    select,
    text,
)
from holobase.domain.derived import Computed, Count, Values

OWNER = "social"


def score(post: Values) -> int:
    """What a post has set off, for lists of what is popular; its age is looked at when asked."""
    told = 2 * int(post["comments_count"]) + 3 * int(post["share_count"])
    return int(post["likes"]) + told


COMMUNITY_POSTS = declare(
    "community_posts",
    relation("card", "unified_cards"),
    relation("author", "users", cascade_delete=True),
    text("caption", max=2000, presentable=True),
    select(
        "post_type",
        "card_share",
        "game_highlight",
        "stadium_visit",
        "player_support",
        "team_news",
        "fan_story",
        "general",
        default="general",
    ),
    select("visibility", "public", "followers", "fanclub", required=True, default="public"),
    json("tags", max_size=2_000),
    boolean("hidden", server="posts.moderate"),
    integer("likes", derived=Count(of="likes", by="post")),
    integer("comments_count", derived=Count(of="comments", by="post", where=is_readable)),
    integer("bookmarks", derived=Count(of="bookmarks", by="post")),
    integer("share_count", hidden=True, derived=Count(of="shares", by="post")),
    integer("score", derived=Computed(score)),
    owner=OWNER,
    rules={
        "list": post_shown(),
        "view": post_shown(),
        "create": all_of(own("author"), any_of(empty("card"), card_shown("card."))),
        "update": all_of(any_of(own("author"), may("posts.moderate")), unchanged("author")),
        "delete": any_of(own("author"), may("posts.moderate")),
    },
    indexes=("created", "author, created", "card", "post_type, created", "likes", "score"),
    check=lambda values: check_names(values, "tags"),
)

# Where a record names nothing at all, the rules let `check` say so.
# An answer is about the same thing as what it answers, and threads are three deep.
IN_ITS_THREAD = any_of(
    empty("parent"),
    all_of(
        "parent.post = post",
        "parent.card = card",
        empty("parent.parent.parent"),
        not_blocked("parent.author"),
    ),
)

COMMENTS = declare(
    "comments",
    relation("post", "community_posts", cascade_delete=True),
    relation("card", "unified_cards", cascade_delete=True),
    relation("author", "users", cascade_delete=True),
    relation("parent", "comments"),
    text("content", required=True, min=1, max=1000),
    boolean("edited", server=""),
    boolean("deleted"),
    boolean("hidden", server="comments.moderate"),
    integer("likes", derived=Count(of="likes", by="comment")),
    owner=OWNER,
    rules={
        "list": comment_shown(),
        "view": comment_shown(),
        "create": all_of(
            own("author"),
            any_of(empty("card", "post"), card_shown("card."), post_shown("post.")),
            IN_ITS_THREAD,
        ),
        "update": all_of(
            any_of(own("author"), may("comments.moderate")),
            unchanged("author", "post", "card", "parent"),
            "deleted = false",
        ),
        "delete": any_of(own("author"), may("comments.moderate")),
    },
    indexes=("post, created", "card, created", "author, created", "parent"),
    check=lambda values: check_exactly_one(values, "post", "card"),
    stub=Stub(by="parent", values={"deleted": True}),
)
