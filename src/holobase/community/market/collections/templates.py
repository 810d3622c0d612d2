"""Templates: their categories, versions and downloads."""

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
    is_paid,
    rating,
    rating_count,
    rating_distribution,
    sha256,
)
from holobase.community.market.versions import SEMVER
from holobase.community.values import check_names, joined
from holobase.domain.declaration import (
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
from holobase.domain.derived import Computed, Count, Kept

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
    integer("downloads", derived=Count(of="template_downloads", by="template")),
    integer("views", server=""),
    integer("sales_count", derived=Count(of="purchases", by="template", where=is_paid)),
    text("current_version", max=50, derived=Kept(by="publish_version")),
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
        "status, created",
        "category, created",
        "creator, created",
        "rating",
        "downloads",
        "original_template",
    ),
    check=lambda values: check_names(values, "tags"),
)

# What was published stays as it is: a mistake is followed by the next version.
TEMPLATE_VERSIONS = declare(
    "template_versions",
    relation("template", "templates", required=True, cascade_delete=True),
    text("version", required=True, max=50, pattern=SEMVER, presentable=True),
    text("changelog", required=True, min=10, max=1000),
    json("template_data", max_size=15 * MEGABYTE),
    text("sha256", max=64, derived=Computed(sha256)),
    owner=OWNER,
    rules={
        "list": template_shown("template."),
        "view": template_shown("template."),
        "create": own("template.creator"),
    },
    indexes=("UNIQUE template, version", "template, created"),
)

# A priced template goes to its creator and to who has paid for it; what was paid for stays theirs.
HAS_PAID = all_of(
    "@request.auth.purchases_via_buyer.template ?= template",
    '@request.auth.purchases_via_buyer.status ?= "paid"',
)

# A download stays counted when whoever did it leaves: the row then names nobody.
TEMPLATE_DOWNLOADS = declare(
    "template_downloads",
    relation("template", "templates", required=True, cascade_delete=True),
    relation("user", "users"),
    select("source", "marketplace", "profile", "search", "featured", "direct"),
    text("pair", hidden=True, derived=Computed(joined("template", "user"))),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "create": all_of(
            own("user"),
            any_of(
                all_of(template_shown("template."), "template.price = 0"),
                own("template.creator"),
                HAS_PAID,
            ),
        ),
    },
    indexes=("template, created", "user, created", "pair"),
)
