"""The collections of identity: accounts, roles, profiles, teams and levels."""

from holobase.community.access import all_of, any_of, may, not_blocked, own, unchanged, without
from holobase.community.identity.fan_levels import POINTS, level_number
from holobase.community.identity.permissions import MEMBER, PERMISSIONS
from holobase.community.identity.system import SYSTEM
from holobase.community.values import not_hidden
from holobase.domain.auth_options import AuthOptions, MappedFields, OAuth2, PasswordAuth
from holobase.domain.declaration import (
    Declaration,
    date,
    declare,
    file,
    integer,
    json,
    relation,
    select,
    text,
    url,
)
from holobase.domain.derived import Computed, Count, Sum, Values

OWNER = "identity"
MEGABYTE = 1024 * 1024
COLOR = "^#[0-9a-fA-F]{6}$"
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
LOGOS = ("image/svg+xml", "image/png", "image/webp")
READ_ONLY = {"list": "", "view": ""}


def both_sides(block: Values) -> tuple[str, str]:
    """Whom a block keeps apart."""
    return block["blocker"], block["blocked"]


def total_downloads(profile: Values) -> int:
    """How often anything that somebody made was downloaded."""
    return int(profile["card_downloads"]) + int(profile["template_downloads"])


ROLES = declare(
    "roles",
    text("name", required=True, max=50, presentable=True),
    select("permissions", *PERMISSIONS, max_select=len(PERMISSIONS)),
    owner=OWNER,
    rules=READ_ONLY,
    indexes=("UNIQUE name",),
)

KBO_TEAMS = declare(
    "kbo_teams",
    text("name", required=True, max=50, presentable=True),
    text("name_en", required=True, max=50),
    text("code", required=True, max=20, pattern="^[a-z]+$"),
    text("primary_color", pattern=COLOR),
    text("secondary_color", pattern=COLOR),
    file("logo", max_size=2 * MEGABYTE, mime_types=LOGOS),
    text("mascot", max=100),
    text("stadium", max=100),
    text("city", max=50),
    owner=OWNER,
    rules=READ_ONLY,
    indexes=("UNIQUE code",),
)

FAN_LEVELS = declare(
    "fan_levels",
    integer("level", required=True, min=1),
    text("name", required=True, max=50, presentable=True),
    integer("required_points", min=0),
    json("perks", max_size=10_000),
    owner=OWNER,
    rules=READ_ONLY,
    indexes=("UNIQUE level",),
)

PUBLIC_PROFILE = any_of(all_of('status != "deleted"', not_blocked("id")), may("users.moderate"))

OFFICE = all_of(
    any_of(may("users.moderate"), may("users.roles")),
    without("name", "username", "avatar", "emailVisibility", "locale"),
)

USERS = declare(
    "users",
    text("name", min=2, max=50, personal=True, presentable=True),
    text(
        "username",
        required=True,
        min=3,
        max=20,
        pattern="^[a-zA-Z0-9_]+$",
        autogenerate_pattern="user[0-9]{8}",
        personal=True,
    ),
    file("avatar", max_size=5 * MEGABYTE, mime_types=PICTURES, personal=True),
    relation("roles", "roles", max_select=20, server="users.roles", default=[MEMBER.id]),
    select("status", "active", "suspended", "deleted", server="users.moderate", default="active"),
    select("locale", "ko", "en", "ja", default="ko"),
    integer("block_count", hidden=True, derived=Count(of="blocks", by="blocker", items=both_sides)),
    owner=OWNER,
    type="auth",
    rules={
        "list": PUBLIC_PROFILE,
        "view": PUBLIC_PROFILE,
        "create": "",
        "update": any_of(own("id"), OFFICE),
        "delete": own("id"),
    },
    indexes=("UNIQUE username", "created"),
    auth=AuthOptions(
        auth_rule='status = "active"',
        oauth2=OAuth2(
            mapped_fields=MappedFields(name="name", username="username", avatar_url="avatar")
        ),
        password_auth=PasswordAuth(identity_fields=("email", "username")),
    ),
    may_act=lambda user: user["status"] == "active",
)

UNIFIED_USERS = declare(
    "unified_users",
    relation("user_id", "users", required=True, cascade_delete=True),
    text("display_name", max=50, personal=True, presentable=True),
    url("avatar_url", personal=True),
    text("bio", max=500, personal=True),
    select("theme", "light", "dark", "auto", "kbo-team", default="auto"),
    text("team_theme_color", pattern=COLOR),
    relation("fan_favorite_team", "kbo_teams"),
    date("fan_joined_date"),
    text("creator_bio", max=1000, personal=True),
    integer(
        "fan_points", derived=Sum(of="fan_point_grants", by="user", key="user_id", value="points")
    ),
    integer("fan_level", derived=Computed(level_number)),
    integer("creator_followers", derived=Count(of="follows", by="following", key="user_id")),
    integer("creator_following", derived=Count(of="follows", by="follower", key="user_id")),
    integer(
        "creator_total_likes",
        derived=Sum(
            of="unified_cards",
            by="community_creator",
            key="user_id",
            where=not_hidden,
            value="community_likes",
        ),
    ),
    integer(
        "card_downloads",
        hidden=True,
        derived=Sum(
            of="unified_cards",
            by="community_creator",
            key="user_id",
            where=not_hidden,
            value="community_downloads",
        ),
    ),
    integer(
        "template_downloads",
        hidden=True,
        derived=Sum(of="templates", by="creator", key="user_id", value="downloads"),
    ),
    integer("creator_total_downloads", derived=Computed(total_downloads)),
    integer(
        "stats_cards_created",
        derived=Count(of="unified_cards", by="community_creator", key="user_id", where=not_hidden),
    ),
    integer(
        "stats_cards_collected", derived=Count(of="collection_items", by="user", key="user_id")
    ),
    integer("stats_collections", derived=Count(of="collections", by="owner", key="user_id")),
    owner=OWNER,
    person="user_id",
    rules={
        "list": any_of(not_blocked("user_id"), may("users.moderate")),
        "view": any_of(not_blocked("user_id"), may("users.moderate")),
        "update": all_of(own("user_id"), unchanged("user_id")),
    },
    indexes=("UNIQUE user_id", "fan_favorite_team", "fan_points"),
)

FAN_POINT_GRANTS = declare(
    "fan_point_grants",
    relation("user", "users", required=True, cascade_delete=True),
    text("cause", required=True, max=200),
    select("kind", *POINTS, required=True),
    integer("points", required=True),
    owner=OWNER,
    system=True,
    rules={},
    indexes=("UNIQUE cause", "user"),
)

COLLECTIONS: tuple[Declaration, ...] = (
    ROLES,
    KBO_TEAMS,
    FAN_LEVELS,
    USERS,
    *SYSTEM,
    UNIFIED_USERS,
    FAN_POINT_GRANTS,
)
