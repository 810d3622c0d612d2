"""The demo data is repeatable, valid, and never refers to what does not exist yet."""

import re
from collections import Counter
from typing import Any

import pytest

from holobase.community.fixtures import FIXTURES
from holobase.community.product import DECLARATIONS
from holobase.community.seed import DEMO_ACCOUNTS, Step, count, plan
from holobase.domain.fields import PasswordField, RelationField

UNTIL = 1_790_000_000_000
DAY = 86_400_000
BY_NAME = {declaration.name: declaration for declaration in DECLARATIONS}
ONLY_SENT = {"passwordConfirm"}


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return list(plan(1, 7, UNTIL))


def test_the_same_seed_gives_the_same_plan_and_another_one_another(steps: list[Step]) -> None:
    assert list(plan(1, 7, UNTIL)) == steps
    assert list(plan(1, 8, UNTIL)) != steps


def test_scale_multiplies() -> None:
    small, large = count(1), count(3)
    assert all(large[name] == 3 * small[name] for name in small if name != "tags")
    assert Counter(step.collection for step in plan(3, 7, UNTIL)) == large


def test_counts_are_kept(steps: list[Step]) -> None:
    assert Counter(step.collection for step in steps) == count(1)


def test_everything_happens_in_order_within_ninety_days(steps: list[Step]) -> None:
    moments = [step.at for step in steps]
    assert moments == sorted(moments)
    assert moments[0] >= UNTIL - 90 * DAY
    assert moments[-1] <= UNTIL


def test_bodies_hold_known_fields_with_valid_values(steps: list[Step]) -> None:
    for step in steps:
        declaration = BY_NAME[step.collection]
        for name in step.body.keys() - ONLY_SENT:
            field = declaration.collection.field_by_name[name]
            assert declaration.fields[name].derived is None
            assert declaration.fields[name].server is None or step.actor is None
            if not isinstance(field, PasswordField):
                assert field.validate(field.normalise(step.body[name])) is None, step


def test_required_fields_are_given_or_have_a_default(steps: list[Step]) -> None:
    for step in steps:
        if step.verb == "create":
            for name, declared in BY_NAME[step.collection].fields.items():
                if declared.field.is_required and declared.default is None:
                    assert name == "tokenKey" or step.body.get(name), step


def test_checks_of_the_collections_pass(steps: list[Step]) -> None:
    for step in steps:
        declaration = BY_NAME[step.collection]
        if declaration.check:
            assert declaration.check(_values(step)) == {}


def test_records_refer_to_earlier_ones_only(steps: list[Step]) -> None:
    known = {fixture.id for fixture in FIXTURES}
    for step in steps:
        for relation in BY_NAME[step.collection].collection.relations:
            assert set(relation.items(_values(step)[relation.name])) <= known, step
        assert step.actor is None or step.actor in known
        known.add(step.body["id"])


def test_ids_and_unique_values_are_unique(steps: list[Step]) -> None:
    for name in count(1):
        created = [s for s in steps if s.collection == name and s.verb == "create"]
        made = [_values(step) for step in created]
        assert len({values["id"] for values in made}) == len(made)
        for index in BY_NAME[name].collection.indexes:
            columns = re.findall(r"`(\w+)`", index.partition("(")[2].partition(" WHERE ")[0])
            if "UNIQUE" in index and "tokenKey" not in columns:
                keys = [tuple(values[c] for c in columns) for values in made]
                given = [key for key in keys if " WHERE " not in index or key[-1]]
                assert len(set(given)) == len(given), index


def test_people_act_for_themselves(steps: list[Step]) -> None:
    actors = {
        "unified_users": "id",
        "unified_cards": "community_creator",
        "collections": "owner",
        "reviews": "user",
        "community_posts": "author",
        "comments": "author",
        "likes": "user",
        "follows": "follower",
        "bookmarks": "user",
        "shares": "user",
        "card_ratings": "user",
        "card_downloads": "user",
        "collection_items": "user",
        "template_downloads": "user",
        "review_votes": "user",
        "notification_settings": "user",
        "blocks": "blocker",
        "moderation_actions": "moderator",
    }
    for step in steps:
        if step.collection in actors:
            assert step.actor == step.body[actors[step.collection]]


def test_nobody_likes_or_reviews_their_own(steps: list[Step]) -> None:
    owner_fields = ("community_creator", "author", "creator")
    owners = {
        step.body["id"]: step.body[field]
        for step in steps
        for field in owner_fields
        if field in step.body
    }
    for step in steps:
        if step.collection in ("likes", "reviews", "card_ratings", "purchases"):
            target = next(
                step.body[field]
                for field in ("template", "card", "post", "comment")
                if step.body.get(field)
            )
            assert owners[target] not in (step.actor, step.body.get("buyer"))


def test_priced_templates_are_downloaded_by_who_has_paid(steps: list[Step]) -> None:
    prices = {step.body["id"]: step.body["price"] for step in steps if "price" in step.body}
    paid: set[tuple[str, str]] = set()
    for step in steps:
        if step.collection == "purchases":
            paid.add((step.body["template"], step.body["buyer"]))
        if step.collection == "template_downloads" and prices[step.body["template"]]:
            assert (step.body["template"], step.actor) in paid
    assert paid


def test_demo_accounts_can_log_in(steps: list[Step]) -> None:
    users = {step.body["email"]: step.body for step in steps if step.collection == "users"}
    for account in DEMO_ACCOUNTS:
        assert users[account.email]["password"] == account.password
    assert users["demo@holobase.example"]["username"] == "demo"


def test_a_few_cards_have_most_of_the_likes(steps: list[Step]) -> None:
    likes = Counter(
        step.body["card"] for step in steps if step.body.get("card") and "user" in step.body
    )
    top = sum(number for _, number in likes.most_common(len(likes) // 5))
    assert top > 0.45 * sum(likes.values())


def _values(step: Step) -> dict[str, Any]:
    fields = BY_NAME[step.collection].collection.fields
    values = {field.name: field.zero for field in fields}
    for name in step.body.keys() - ONLY_SENT:
        field = BY_NAME[step.collection].collection.field_by_name[name]
        is_relation = isinstance(field, RelationField)
        values[name] = field.normalise(step.body[name]) if not is_relation else step.body[name]
    return values
