"""The collections of the market: templates, their categories and their reviews."""

from holobase.community.access import (
    all_of,
    any_of,
    may,
    own,
    template_shown,
    unchanged,
    without,
)
from holobase.community.market.measures import (
    STARS,
    gives,
    rating,
    rating_count,
    rating_distribution,
)
from holobase.community.values import check_names
from holobase.domain.declaration import (
    Declaration,
    boolean,
    declare,
    file,
    integer,
    json,
    number,
    relation,
    select,
    text,
)
from holobase.domain.derived import Computed, Count

OWNER = "market"
MEGABYTE = 1024 * 1024
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/avif")

TEMPLATE_CATEGORIES = declare(
    "template_categories",
    text("name", required=True, max=50, presentable=True),
    text("name_en", max=50),
    text("slug", required=True, max=30, pattern="^[a-z0-9-]+$"),
    text("description", max=500),
    integer("position", min=0),
    owner=OWNER,
    rules={"list": "", "view": ""},
    indexes=("UNIQUE slug", "position"),
)

FEATURING = all_of(
    may("templates.feature"),
    template_shown(),
    without(
        "name",
        "description",
        "category",
        "price",
        "currency",
        "license",
        "allow_remix",
        "is_public",
        "preview_image",
        "template_data",
        "tags",
        "original_template",
    ),
)

# A template outlives its creator's account: what was bought or remixed stays.
TEMPLATES = declare(
    "templates",
    text("name", required=True, min=3, max=100, presentable=True),
    text("description", min=10, max=1000),
    relation("category", "template_categories"),
    relation("creator", "users"),
    integer("price", min=0),
    select("currency", "KRW", "USD", default="KRW"),
    select("license", "CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-NC-SA", "ARR", default="ARR"),
    boolean("allow_remix"),
    boolean("is_public"),
    file(
        "preview_image", max_size=2 * MEGABYTE, mime_types=PICTURES, thumbs=("150x210", "400x560")
    ),
    json("template_data", max_size=15 * MEGABYTE),
    json("tags", max_size=2_000),
    relation("original_template", "templates"),
    select(
        "status",
        "draft",
        "pending",
        "approved",
        "flagged",
        "rejected",
        server="templates.moderate",
        default="pending",
    ),
    boolean("featured", server="templates.feature"),
    *(
        integer(
            f"rating_{stars}",
            hidden=True,
            derived=Count(of="reviews", by="template", where=gives(stars)),
        )
        for stars in STARS
    ),
    number("rating", derived=Computed(rating)),
    integer("rating_count", derived=Computed(rating_count)),
    json("rating_distribution", max_size=1_000, derived=Computed(rating_distribution)),
    integer("remix_count", derived=Count(of="templates", by="original_template")),
    integer("downloads", server=""),
    integer("views", server=""),
    integer("sales_count", server=""),
    text("current_version", max=50, server=""),
    owner=OWNER,
    rules={
        "list": template_shown(),
        "view": template_shown(),
        "create": own("creator"),
        "update": all_of(
            any_of(own("creator"), may("templates.moderate"), FEATURING), unchanged("creator")
        ),
        "delete": any_of(own("creator"), may("templates.moderate")),
    },
    indexes=(
        "created",
        "is_public, status, created",
        "category, created",
        "creator, created",
        "rating",
        "original_template",
    ),
    check=lambda values: check_names(values, "tags"),
)

REVIEWS = declare(
    "reviews",
    relation("template", "templates", required=True, cascade_delete=True),
    relation("user", "users", required=True, cascade_delete=True),
    integer("rating", required=True, min=1, max=5),
    integer("creativity", min=1, max=5),
    integer("usability", min=1, max=5),
    integer("completeness", min=1, max=5),
    text("comment", min=10, max=2000),
    boolean("is_verified", server=""),
    integer("helpful_count", server=""),
    text("version_reviewed", max=50, server=""),
    owner=OWNER,
    rules={
        "list": any_of(template_shown("template."), own("user")),
        "view": any_of(template_shown("template."), own("user")),
        "create": all_of(
            own("user"), template_shown("template."), "template.creator != @request.auth.id"
        ),
        "update": all_of(
            any_of(own("user"), may("reviews.moderate")), unchanged("user", "template")
        ),
        "delete": any_of(own("user"), may("reviews.moderate")),
    },
    indexes=("UNIQUE template, user", "user, created", "template, created"),
)

COLLECTIONS: tuple[Declaration, ...] = (TEMPLATE_CATEGORIES, TEMPLATES, REVIEWS)
