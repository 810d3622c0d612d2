"""The collections of social: posts, comments, likes, follows."""

from holobase.community.access import (
    all_of,
    any_of,
    card_shown,
    comment_shown,
    empty,
    may,
    own,
    post_shown,
    template_shown,
    unchanged,
)
from holobase.community.values import Refusals, check_exactly_one, check_names, is_readable
from holobase.domain.declaration import (
    Declaration,
    Stub,
    boolean,
    declare,
    integer,
    json,
    number,
    relation,
    select,
    text,
)
from holobase.domain.derived import Count, Values

OWNER = "social"


def check_follow(values: Values) -> Refusals:
    """Nobody follows themselves."""
    is_oneself = values["follower"] == values["following"]
    return {"following": "validation_invalid_value"} if is_oneself else {}


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
    integer("bookmarks", server=""),
    number("score", server=""),
    owner=OWNER,
    rules={
        "list": post_shown(),
        "view": post_shown(),
        "create": all_of(own("author"), any_of(empty("card"), card_shown("card."))),
        "update": all_of(any_of(own("author"), may("posts.moderate")), unchanged("author")),
        "delete": any_of(own("author"), may("posts.moderate")),
    },
    indexes=("created", "author, created", "card", "post_type, created", "likes"),
    check=lambda values: check_names(values, "tags"),
)

# Where a record names nothing at all, the rules let `check` say so.
# An answer is about the same thing as what it answers, and threads are three deep.
IN_ITS_THREAD = any_of(
    empty("parent"),
    all_of("parent.post = post", "parent.card = card", empty("parent.parent.parent")),
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

LIKED_IS_SHOWN = any_of(
    card_shown("card."),
    post_shown("post."),
    comment_shown("comment."),
    template_shown("template."),
)

LIKES = declare(
    "likes",
    relation("user", "users", required=True, cascade_delete=True),
    relation("card", "unified_cards", cascade_delete=True),
    relation("post", "community_posts", cascade_delete=True),
    relation("comment", "comments", cascade_delete=True),
    relation("template", "templates", cascade_delete=True),
    owner=OWNER,
    rules={
        "list": any_of(own("user"), LIKED_IS_SHOWN),
        "view": any_of(own("user"), LIKED_IS_SHOWN),
        "create": all_of(
            own("user"), any_of(empty("card", "post", "comment", "template"), LIKED_IS_SHOWN)
        ),
        "delete": own("user"),
    },
    indexes=(
        "UNIQUE user, card WHERE `card` != ''",
        "UNIQUE user, post WHERE `post` != ''",
        "UNIQUE user, comment WHERE `comment` != ''",
        "UNIQUE user, template WHERE `template` != ''",
        "user, created",
        "card",
        "post",
        "comment",
        "template",
    ),
    check=lambda values: check_exactly_one(values, "card", "post", "comment", "template"),
)

FOLLOWS = declare(
    "follows",
    relation("follower", "users", required=True, cascade_delete=True),
    relation("following", "users", required=True, cascade_delete=True),
    owner=OWNER,
    rules={"list": "", "view": "", "create": own("follower"), "delete": own("follower")},
    indexes=("UNIQUE follower, following", "following, created"),
    check=check_follow,
)

COLLECTIONS: tuple[Declaration, ...] = (COMMUNITY_POSTS, COMMENTS, LIKES, FOLLOWS)
