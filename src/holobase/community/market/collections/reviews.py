"""Reviews of templates, and who found them helpful."""

from holobase.community.access import (
    all_of,
    any_of,
    may,
    not_blocked,
    own,
    template_shown,
    unchanged,
)
from holobase.community.market.measures import is_verified
from holobase.community.values import joined
from holobase.domain.declaration import boolean, declare, integer, relation, text
from holobase.domain.derived import Computed, Count, Kept

OWNER = "market"


def review_shown(path: str = "") -> str:
    """Reviews to whoever sees the template, unless a block is between reader and writer."""
    return all_of(template_shown(f"{path}template."), not_blocked(f"{path}user"))


REVIEWS = declare(
    "reviews",
    relation("template", "templates", required=True, cascade_delete=True),
    relation("user", "users", required=True, cascade_delete=True),
    integer("rating", required=True, min=1, max=5),
    integer("creativity", min=1, max=5),
    integer("usability", min=1, max=5),
    integer("completeness", min=1, max=5),
    text("comment", min=10, max=2000),
    text("pair", hidden=True, derived=Computed(joined("template", "user"))),
    integer(
        "writer_downloads",
        hidden=True,
        derived=Count(of="template_downloads", by="pair", key="pair"),
    ),
    boolean("is_verified", derived=Computed(is_verified)),
    integer("helpful_count", derived=Count(of="review_votes", by="review")),
    text("version_reviewed", max=50, derived=Kept(by="note_version")),
    owner=OWNER,
    rules={
        "list": any_of(review_shown(), own("user")),
        "view": any_of(review_shown(), own("user")),
        "create": all_of(
            own("user"), template_shown("template."), "template.creator != @request.auth.id"
        ),
        "update": all_of(
            any_of(own("user"), may("reviews.moderate")), unchanged("user", "template")
        ),
        "delete": any_of(own("user"), may("reviews.moderate")),
    },
    indexes=("UNIQUE template, user", "user, created", "template, created", "pair"),
)

REVIEW_VOTES = declare(
    "review_votes",
    relation("review", "reviews", required=True, cascade_delete=True),
    relation("user", "users", required=True, cascade_delete=True),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "create": all_of(own("user"), review_shown("review."), "review.user != @request.auth.id"),
        "delete": own("user"),
    },
    indexes=("UNIQUE review, user", "user, created"),
)
