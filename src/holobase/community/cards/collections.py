"""The collections of cards: the cards themselves, what people gather them in, and their tags."""

from holobase.community.access import (
    all_of,
    any_of,
    card_shown,
    may,
    not_blocked,
    own,
    unchanged,
    without,
)
from holobase.community.cards.measures import (
    completion_rate,
    is_complete,
    is_listed,
    rarity_rank,
    share_complete,
    total_cards,
)
from holobase.community.values import average, check_names, is_readable, names, not_hidden
from holobase.domain.declaration import (
    Declaration,
    boolean,
    date,
    declare,
    file,
    integer,
    json,
    number,
    relation,
    select,
    text,
)
from holobase.domain.derived import Computed, Count, Kept, Sum

OWNER = "cards"
MEGABYTE = 1024 * 1024
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/avif")
MAPS = ("image/png",)
THUMBNAILS = ("150x210", "400x560")
CARDS_PER_COLLECTION_MAX = 1_000

TAGS = declare(
    "tags",
    text("name", required=True, max=20, presentable=True),
    text("color", pattern="^#[0-9a-fA-F]{6}$"),
    text("description", max=500),
    integer(
        "usage_count",
        derived=Count(
            of="unified_cards",
            by="community_tags",
            items=names("community_tags"),
            key="name",
            where=is_listed,
        ),
    ),
    owner=OWNER,
    rules={
        "list": "",
        "view": "",
        "create": may("tags.manage"),
        "update": all_of(may("tags.manage"), unchanged("name")),
        "delete": may("tags.manage"),
    },
    indexes=("UNIQUE name", "usage_count"),
)

FEATURING = all_of(
    may("cards.feature"),
    card_shown(),
    without(
        "title",
        "description",
        "holographic_image",
        "holographic_back_image",
        "holographic_effect",
        "holographic_intensity",
        "holographic_animation_duration",
        "photocard_rarity",
        "photocard_season",
        "community_is_public",
        "community_tags",
        "template",
        "remixed_from",
        "context",
        "legacy_id",
        "migrated_from",
    ),
)

UNIFIED_CARDS = declare(
    "unified_cards",
    text("title", required=True, max=100, presentable=True),
    text("description", max=1000),
    file("holographic_image", max_size=10 * MEGABYTE, mime_types=PICTURES, thumbs=THUMBNAILS),
    file("holographic_back_image", max_size=10 * MEGABYTE, mime_types=PICTURES, thumbs=THUMBNAILS),
    select("holographic_effect", "overlay", "soft-light", "hard-light", default="overlay"),
    number("holographic_intensity", min=0, max=100, default=50),
    integer("holographic_animation_duration", min=100, max=2000, default=1000),
    select("photocard_rarity", "common", "rare", "epic", "legendary", default="common"),
    integer("rarity_rank", derived=Computed(rarity_rank)),
    text("photocard_season", max=50),
    relation("community_creator", "users", cascade_delete=True),
    boolean("community_is_public"),
    json("community_tags", max_size=2_000),
    relation("template", "templates"),
    relation("remixed_from", "unified_cards"),
    select("context", "test", "main", "gallery", "community"),
    text("legacy_id", max=100),
    select("migrated_from", "phase1", "phase2", "phase4", "unified"),
    boolean("featured", server="cards.feature"),
    boolean("hidden", server="cards.moderate"),
    integer("community_likes", derived=Count(of="likes", by="card")),
    integer("community_comments", derived=Count(of="comments", by="card", where=is_readable)),
    integer("remix_count", derived=Count(of="unified_cards", by="remixed_from", where=not_hidden)),
    integer("held_by", hidden=True, derived=Count(of="collections", by="cards")),
    integer(
        "held_complete_by",
        hidden=True,
        derived=Count(of="collections", by="cards", where=is_complete),
    ),
    integer("photocard_completion_rate", derived=Computed(share_complete)),
    integer("community_downloads", derived=Count(of="card_downloads", by="card")),
    integer("rating_sum", hidden=True, derived=Sum(of="card_ratings", by="card", value="rating")),
    integer("community_rating_count", derived=Count(of="card_ratings", by="card")),
    number("community_rating", derived=Computed(average("rating_sum", "community_rating_count"))),
    integer("photocard_total_views", server=""),
    integer("photocard_unique_collectors", derived=Count(of="collection_items", by="card")),
    json("palette", max_size=2_000, derived=Kept(by="artwork")),
    text("blurhash", max=100, derived=Kept(by="artwork")),
    integer("image_width", derived=Kept(by="artwork")),
    integer("image_height", derived=Kept(by="artwork")),
    file("foil_mask", mime_types=MAPS, derived=Kept(by="artwork")),
    file("normal_map", mime_types=MAPS, derived=Kept(by="artwork")),
    text("artwork_of", max=200, hidden=True, derived=Kept(by="artwork")),
    owner=OWNER,
    rules={
        "list": card_shown(),
        "view": card_shown(),
        "create": own("community_creator"),
        "update": all_of(
            any_of(own("community_creator"), may("cards.moderate"), FEATURING),
            unchanged("community_creator"),
        ),
        "delete": any_of(own("community_creator"), may("cards.moderate")),
    },
    indexes=(
        "created",
        "community_creator, created",
        "community_likes",
        "community_downloads",
        "community_rating",
        "photocard_rarity",
        "community_tags",
        "template",
        "remixed_from",
        "legacy_id WHERE `legacy_id` != ''",
    ),
    check=lambda values: check_names(values, "community_tags"),
)

SHOWN_COLLECTION = any_of(
    all_of("is_public = true", not_blocked("owner")), own("owner"), may("cards.moderate")
)

CARD_COLLECTIONS = declare(
    "collections",
    text("name", required=True, max=100, presentable=True),
    text("description", max=1000),
    relation("owner", "users", cascade_delete=True),
    boolean("is_public"),
    relation("cards", "unified_cards", max_select=CARDS_PER_COLLECTION_MAX),
    integer("target_cards", min=0, max=CARDS_PER_COLLECTION_MAX),
    integer("total_cards", derived=Computed(total_cards)),
    integer("completion_rate", derived=Computed(completion_rate)),
    owner=OWNER,
    rules={
        "list": SHOWN_COLLECTION,
        "view": SHOWN_COLLECTION,
        "create": own("owner"),
        "update": all_of(any_of(own("owner"), may("cards.moderate")), unchanged("owner")),
        "delete": any_of(own("owner"), may("cards.moderate")),
    },
    indexes=("created", "owner, created"),
)

CARD_RATINGS = declare(
    "card_ratings",
    relation("user", "users", required=True, cascade_delete=True),
    relation("card", "unified_cards", required=True, cascade_delete=True),
    integer("rating", required=True, min=1, max=5),
    owner=OWNER,
    rules={
        "list": any_of(own("user"), all_of(card_shown("card."), not_blocked("user"))),
        "view": any_of(own("user"), all_of(card_shown("card."), not_blocked("user"))),
        "create": all_of(
            own("user"), card_shown("card."), "card.community_creator != @request.auth.id"
        ),
        "update": all_of(own("user"), unchanged("user", "card")),
        "delete": own("user"),
    },
    indexes=("UNIQUE user, card", "card, created"),
)

# A download stays counted when whoever did it leaves: the row then names nobody.
CARD_DOWNLOADS = declare(
    "card_downloads",
    relation("user", "users"),
    relation("card", "unified_cards", required=True, cascade_delete=True),
    owner=OWNER,
    rules={
        "list": own("user"),
        "view": own("user"),
        "create": all_of(own("user"), card_shown("card.")),
    },
    indexes=("user, created", "card, created"),
)

COLLECTION_ITEMS = declare(
    "collection_items",
    relation("user", "users", required=True, cascade_delete=True),
    relation("card", "unified_cards", required=True, cascade_delete=True),
    date("obtained_at"),
    select("obtained_via", "create", "gift", "trade", "draw"),
    select("condition", "mint", "near_mint", "good", "fair", default="mint"),
    text("notes", max=500, personal=True),
    owner=OWNER,
    person="user",
    rules={
        "list": any_of(own("user"), all_of(card_shown("card."), not_blocked("user"))),
        "view": any_of(own("user"), all_of(card_shown("card."), not_blocked("user"))),
        "create": all_of(own("user"), card_shown("card.")),
        "update": all_of(own("user"), unchanged("user", "card")),
        "delete": own("user"),
    },
    indexes=("UNIQUE user, card", "user, created", "card"),
)

COLLECTIONS: tuple[Declaration, ...] = (
    TAGS,
    UNIFIED_CARDS,
    CARD_COLLECTIONS,
    CARD_RATINGS,
    CARD_DOWNLOADS,
    COLLECTION_ITEMS,
)
