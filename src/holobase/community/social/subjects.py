"""Subjects: records of any collection that a report or a notification is about, as texts."""

from typing import Final

REPORTABLE: Final = (
    "unified_cards",
    "collections",
    "templates",
    "reviews",
    "community_posts",
    "comments",
    "users",
)

SUBJECT_PATTERN: Final = "^[a-z_]{1,60}/[a-z0-9_]{1,30}$"
"""`collection/record id`."""

REPORTED_PATTERN: Final = f"^({'|'.join(REPORTABLE)})/[a-z0-9]{{15}}$"


def subject(collection: str, record_id: str) -> str:
    """The record as a subject."""
    return f"{collection}/{record_id}"
