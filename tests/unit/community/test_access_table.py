"""One table: who sees, makes, changes and deletes the records of each collection."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from holobase.community.identity.permissions import ADMIN
from tests.unit.community.conftest import SUPERUSER

EVERYBODY = "guest stranger owner holder superuser"


@dataclass(frozen=True)
class Row:
    """Whoever is not named may not. The owner is Bora; the things are Anna's.

    `values` and `change` are what is sent, with names in braces for ids.
    """

    collection: str
    values: dict[str, Any]
    sees: str
    creates: str = "superuser"
    change: dict[str, Any] = field(default_factory=dict)
    updates: str = "superuser"
    deletes: str = "superuser"


OWN = "owner superuser"
STAFF = "holder superuser"
BOTH = "owner holder superuser"
REPORTED = "comments/{comment}"

ROWS = (
    Row("card_ratings", {"user": "{bora}", "card": "{card}", "rating": 4}, EVERYBODY,
        creates=OWN, change={"rating": 5}, updates=OWN, deletes=OWN),
    Row("card_downloads", {"user": "{bora}", "card": "{card}"}, OWN, creates=OWN),
    Row("collection_items", {"user": "{bora}", "card": "{card}"}, EVERYBODY,
        creates=OWN, change={"condition": "fair"}, updates=OWN, deletes=OWN),
    Row("template_versions",
        {"template": "{template_of_bora}", "version": "1.0.0", "changelog": "first of many"},
        EVERYBODY, creates=OWN),
    Row("template_downloads", {"user": "{bora}", "template": "{template}"}, OWN, creates=OWN),
    Row("review_votes", {"user": "{bora}", "review": "{review}"}, OWN, creates=OWN, deletes=OWN),
    Row("purchases", {"buyer": "{bora}", "template": "{template}", "provider": "manual"}, BOTH),
    Row("payouts", {"user": "{bora}", "amount": 100}, BOTH,
        creates=OWN, change={"status": "approved"}, updates=STAFF),
    Row("bookmarks", {"user": "{bora}", "card": "{card}"}, OWN, creates=OWN, deletes=OWN),
    Row("shares", {"user": "{bora}", "post": "{post}", "target": "link"}, OWN, creates=OWN),
    Row("blocks", {"blocker": "{bora}", "blocked": "{anna}"}, OWN, creates=OWN, deletes=OWN),
    Row("notifications", {"user": "{bora}", "type": "system"}, OWN,
        change={"is_read": True}, updates=OWN, deletes=OWN),
    Row("notification_settings", {"user": "{bora}"}, OWN,
        creates=OWN, change={"like": "never"}, updates=OWN, deletes=OWN),
    Row("feed_items", {"user": "{bora}", "kind": "latest", "post": "{post}"}, OWN),
    Row("reports", {"reporter": "{bora}", "subject": REPORTED, "reason": "spam"}, BOTH,
        creates=OWN, change={"status": "reviewing"}, updates=STAFF),
    Row("moderation_actions",
        {"moderator": "{holder}", "subject": REPORTED, "action": "warn", "reason": "r"}, STAFF,
        creates=STAFF, change={"appeal": "a"}, updates=STAFF),
)  # fmt: skip


@pytest.fixture
def cast(community: Any) -> dict[str, str]:
    """Who asks, by their part."""
    return {
        "guest": "",
        "stranger": community.person("carla"),
        "owner": community.bora,
        "holder": community.person("admin", ADMIN),
        "superuser": SUPERUSER,
    }


@pytest.fixture
def world(community: Any, cast: dict[str, str]) -> dict[str, str]:
    """What the records are about, by name."""
    anna, bora = community.anna, community.bora
    card = {"title": "t", "community_creator": anna, "community_is_public": True}
    template = {"name": "tmpl", "is_public": True, "status": "approved"}
    made = {
        "card": community.create("unified_cards", **card),
        "post": community.create("community_posts", author=anna),
        "template": community.create("templates", creator=anna, **template),
        "template_of_bora": community.create("templates", creator=bora, **template),
    }
    made["comment"] = community.create("comments", author=anna, card=made["card"], content="c")
    made["review"] = community.create(
        "reviews", user=anna, template=made["template_of_bora"], rating=5
    )
    return {**made, "anna": anna, "bora": bora, "holder": cast["holder"]}


every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.collection)


@every_row
def test_who_creates(community: Any, cast: Any, world: Any, row: Row) -> None:
    for part, who in cast.items():
        made = community.try_create(who, row.collection, **_filled(row.values, world))
        is_made = "id" in made if isinstance(made, dict) else False
        assert is_made == (part in row.creates.split()), (part, made)
        if is_made:
            community.delete(row.collection, made["id"])


@every_row
def test_who_sees(community: Any, cast: Any, world: Any, row: Row) -> None:
    made = community.create(row.collection, **_filled(row.values, world))
    seen = {part for part, who in cast.items() if community.sees(who, row.collection, made)}
    assert seen == set(row.sees.split())


@every_row
def test_who_changes(community: Any, cast: Any, world: Any, row: Row) -> None:
    made = community.create(row.collection, **_filled(row.values, world))
    for part, who in cast.items():
        changed = community.try_update(who, row.collection, made, **row.change)
        is_changed = "id" in changed if isinstance(changed, dict) else False
        assert is_changed == (part in row.updates.split()), (part, changed)


@every_row
def test_who_deletes(community: Any, cast: Any, world: Any, row: Row) -> None:
    for part, who in cast.items():
        made = community.create(row.collection, **_filled(row.values, world))
        is_deleted = community.try_delete(who, row.collection, made)
        assert is_deleted == (part in row.deletes.split()), part
        if not is_deleted:
            community.delete(row.collection, made)


@every_row
def test_nobody_gives_a_record_to_somebody_else(
    community: Any, cast: Any, world: Any, row: Row
) -> None:
    owned = next((name for name, value in row.values.items() if value == "{bora}"), None)
    if owned is None or "owner" not in row.updates.split():
        return
    made = community.create(row.collection, **_filled(row.values, world))
    community.try_update(community.bora, row.collection, made, **{owned: cast["stranger"]})
    assert community.values(row.collection, made)[owned] == community.bora


def test_the_ledger_is_read_by_its_account_and_by_staff(community: Any, cast: Any) -> None:
    template = community.create("templates", name="tmpl", creator=community.bora, is_public=True)
    community.create("purchases", template=template, amount=100, status="paid", provider="manual")
    (share,) = community.all("ledger_entries", f'account = "{community.bora}"')
    seen = {
        part for part, who in cast.items() if community.sees(who, "ledger_entries", share["id"])
    }
    assert seen == {"owner", "holder", "superuser"}


def _filled(values: dict[str, Any], world: dict[str, str]) -> dict[str, Any]:
    return {
        name: value.format(**world) if isinstance(value, str) else value
        for name, value in values.items()
    }
