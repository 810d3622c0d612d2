"""Keeping it safe: what people report, and what moderators did about it."""

from holobase.community.access import all_of, any_of, may, own, unchanged
from holobase.community.social.subjects import REPORTED_PATTERN
from holobase.domain.declaration import declare, relation, select, text

OWNER = "social"

# A report outlives the account of whoever wrote it.
REPORTS = declare(
    "reports",
    relation("reporter", "users"),
    text("subject", required=True, max=100, pattern=REPORTED_PATTERN),
    select(
        "reason",
        "spam",
        "abuse",
        "hate",
        "nudity",
        "violence",
        "copyright",
        "fraud",
        "other",
        required=True,
    ),
    text("detail", max=1000, personal=True),
    select(
        "status",
        "open",
        "reviewing",
        "upheld",
        "dismissed",
        server="reports.review",
        default="open",
    ),
    owner=OWNER,
    person="reporter",
    rules={
        "list": any_of(own("reporter"), may("reports.review")),
        "view": any_of(own("reporter"), may("reports.review")),
        "create": own("reporter"),
        "update": all_of(
            may("reports.review"), unchanged("reporter", "subject", "reason", "detail")
        ),
    },
    indexes=(
        "UNIQUE reporter, subject WHERE `reporter` != ''",
        "reporter, created",
        "created",
        "subject",
        "status, created",
    ),
)

# What was done stays as it was told; only an appeal is added.
MODERATION_ACTIONS = declare(
    "moderation_actions",
    relation("moderator", "users"),
    text("subject", required=True, max=100, pattern=REPORTED_PATTERN),
    select("action", "hide", "remove", "restore", "warn", "suspend", required=True),
    text("reason", required=True, max=1000),
    text("appeal", max=1000),
    owner=OWNER,
    rules={
        "list": may("reports.review"),
        "view": may("reports.review"),
        "create": all_of(own("moderator"), may("reports.review")),
        "update": all_of(
            may("reports.review"), unchanged("moderator", "subject", "action", "reason")
        ),
    },
    indexes=("subject, created", "moderator, created", "created"),
)
