"""Templates: their versions, downloads, reviews — and money that always adds up to nothing."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.community.market.ledger import (
    FEE_PERCENT,
    PLATFORM,
    PROVIDER,
    ROYALTY_PERCENT,
    UNCLAIMED,
    sale,
    undone,
)
from holobase.community.market.versions import SEMVER, is_newer
from holobase.domain.errors import BadRequest
from holobase.domain.patterns import matches
from tests.unit.community.conftest import SUPERUSER

REFUSED_CREATE, REFUSED_UPDATE = "create_failed", "update_failed"
ORDERED = (
    *("0.9.9", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-alpha.b", "1.0.0-rc"),
    *("1.0.0", "1.0.10", "1.2.0", "10.0.0"),
)

amounts = st.integers(1, 10**9)
people = st.sampled_from(["", "anna", "bora"])


def template(community: Any, **values: Any) -> str:
    """A public template of Anna's."""
    values = {"name": "tmpl", "creator": community.anna, "is_public": True, **values}
    return str(community.create("templates", status="approved", **values))


def buy(community: Any, made: str, **values: Any) -> str:
    """Bora pays for the template."""
    values = {"template": made, "amount": 1_000, "status": "paid", "provider": "manual", **values}
    return str(community.create("purchases", buyer=community.bora, **values))


def balances(community: Any, purchase: str) -> dict[str, int]:
    """What each account has from a purchase; accounts with nothing are left out."""
    totals: dict[str, int] = {}
    for entry in community.all("ledger_entries", f'purchase = "{purchase}"'):
        totals[entry["account"]] = totals.get(entry["account"], 0) + int(entry["amount"])
    assert sum(totals.values()) == 0
    return {account: total for account, total in totals.items() if total}


@given(amounts, people, people)
def test_a_sale_adds_up_to_nothing_and_nobody_pays_but_the_buyer(
    amount: int, creator: str, upstream: str
) -> None:
    entries = sale(amount, creator, upstream)
    assert sum(entry.amount for entry in entries) == 0
    assert [entry.account for entry in entries if entry.amount < 0] == [PROVIDER]
    by_kind = {entry.kind: entry.amount for entry in entries}
    assert by_kind.get("fee", 0) == amount * FEE_PERCENT // 100
    is_shared = upstream not in ("", creator)
    assert by_kind.get("royalty", 0) == (amount * ROYALTY_PERCENT // 100 if is_shared else 0)


@given(amounts, people, people, st.integers(0, 3))
def test_what_is_undone_leaves_every_account_with_nothing(
    amount: int, creator: str, upstream: str, times: int
) -> None:
    booked = list(sale(amount, creator, upstream))
    for _ in range(times):
        booked += undone(entry._asdict() for entry in booked)
        booked += sale(amount, creator, upstream)
    booked += undone(entry._asdict() for entry in booked)
    assert undone(entry._asdict() for entry in booked) == ()


def test_a_paid_purchase_is_booked_with_a_royalty_for_the_original(community: Any) -> None:
    carla = community.person("carla")
    original = template(community, creator=carla)
    purchase = buy(community, template(community, original_template=original))
    assert balances(community, purchase) == {
        PROVIDER: -1_000,
        PLATFORM: 200,
        carla: 100,
        community.anna: 700,
    }


def test_a_purchase_is_booked_when_it_is_paid_and_taken_back_when_it_no_longer_is(
    community: Any,
) -> None:
    made = template(community)
    purchase = buy(community, made, status="pending")
    assert balances(community, purchase) == {}
    community.update("purchases", purchase, status="paid")
    community.update("purchases", purchase, provider_ref="again")
    assert balances(community, purchase)[community.anna] == 800
    assert community.values("templates", made)["sales_count"] == 1
    community.update("purchases", purchase, status="refunded")
    assert balances(community, purchase) == {}
    assert community.values("templates", made)["sales_count"] == 0
    community.update("purchases", purchase, status="paid")
    assert balances(community, purchase)[community.anna] == 800


def test_a_share_that_nobody_claims_is_kept_apart(community: Any) -> None:
    purchase = buy(community, template(community, creator=""))
    assert balances(community, purchase)[UNCLAIMED] == 800


def test_what_was_paid_does_not_change(community: Any) -> None:
    purchase = buy(community, template(community))
    for change in ({"amount": 5}, {"currency": "USD"}, {"amount": 5, "status": "refunded"}):
        with pytest.raises(BadRequest):
            community.update("purchases", purchase, **change)
    assert balances(community, purchase)[PROVIDER] == -1_000


def test_not_even_superusers_write_the_ledger(community: Any) -> None:
    purchase = buy(community, template(community))
    entry = community.all("ledger_entries", f'purchase = "{purchase}"')[0]
    assert (
        community.try_update(SUPERUSER, "ledger_entries", entry["id"], amount=5) == REFUSED_UPDATE
    )
    assert not community.try_delete(SUPERUSER, "ledger_entries", entry["id"])
    assert not community.try_delete(SUPERUSER, "purchases", purchase)
    forged = {"purchase": purchase, "account": "a", "kind": "fee", "amount": 5, "currency": "KRW"}
    assert community.try_create(SUPERUSER, "ledger_entries", **forged) == REFUSED_CREATE
    assert balances(community, purchase)[PROVIDER] == -1_000


def test_the_ledger_outlives_people_and_templates(community: Any) -> None:
    made = template(community)
    purchase = buy(community, made)
    before = community.all("ledger_entries", f'purchase = "{purchase}"')
    for collection, gone in (("templates", made), ("users", community.bora)):
        community.delete(collection, gone)
    community.delete("users", community.anna)
    assert community.all("ledger_entries", f'purchase = "{purchase}"') == before


def test_a_priced_template_is_downloaded_by_who_has_paid_for_it(community: Any) -> None:
    anna, bora = community.anna, community.bora
    made, other = template(community, price=1_000), template(community, price=1_000)

    def download(who: str, what: str = made) -> Any:
        return community.try_create(who, "template_downloads", user=who, template=what)

    assert download(bora) == REFUSED_CREATE
    assert "id" in download(anna)
    purchase = buy(community, made, status="pending")
    buy(community, other)
    assert download(bora) == REFUSED_CREATE
    community.update("purchases", purchase, status="paid")
    assert "id" in download(bora)
    community.update("templates", made, is_public=False)
    assert "id" in download(bora)
    assert download(community.person("carla")) == REFUSED_CREATE


def test_downloads_are_counted_each_and_rewarded_once_a_person(community: Any) -> None:
    made = template(community)
    earned = community.points(community.anna)
    downloads = [
        community.create("template_downloads", user=community.bora, template=made) for _ in range(2)
    ]
    community.create("template_downloads", user=community.anna, template=made)
    assert community.values("templates", made)["downloads"] == 3
    assert community.values("unified_users", community.anna)["creator_total_downloads"] == 3
    assert community.points(community.anna) == earned + 1
    community.delete("template_downloads", downloads[0])
    assert community.points(community.anna) == earned + 1
    community.delete("template_downloads", downloads[1])
    assert community.points(community.anna) == earned
    assert community.values("templates", made)["downloads"] == 1


def test_downloads_stay_counted_when_who_did_them_leaves(community: Any) -> None:
    made = template(community)
    community.create("template_downloads", user=community.bora, template=made)
    community.delete("users", community.bora)
    assert community.values("templates", made)["downloads"] == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_a_review_is_verified_by_a_download_before_or_after_it(
    community: Any, is_first: bool
) -> None:
    made = template(community)
    values = {"user": community.bora, "template": made}
    if is_first:
        download = community.create("template_downloads", **values)
        review = community.create("reviews", rating=5, **values)
    else:
        review = community.create("reviews", rating=5, **values)
        assert not community.values("reviews", review)["is_verified"]
        download = community.create("template_downloads", **values)
    assert community.values("reviews", review)["is_verified"]
    community.delete("template_downloads", download)
    assert not community.values("reviews", review)["is_verified"]


def test_a_review_is_helpful_to_others_once(community: Any) -> None:
    review = community.create(
        "reviews", user=community.bora, template=template(community), rating=5
    )
    own = community.try_create(community.bora, "review_votes", user=community.bora, review=review)
    assert own == REFUSED_CREATE
    vote = {"user": community.anna, "review": review}
    community.try_create(community.anna, "review_votes", **vote)
    again = community.try_create(community.anna, "review_votes", **vote)
    assert set(again.values()) == {"validation_not_unique"}
    assert community.values("reviews", review)["helpful_count"] == 1


def test_the_newest_version_is_current_and_a_review_is_about_it(community: Any) -> None:
    made = template(community)

    def publish(version: str) -> str:
        values = {"template": made, "version": version, "changelog": "what is new in it"}
        return str(community.create("template_versions", **values))

    publish("1.0.0")
    updated = community.values("templates", made)["updated"]
    newest = publish("1.10.0")
    publish("1.9.0")
    assert community.values("templates", made)["current_version"] == "1.10.0"
    assert community.values("templates", made)["updated"] == updated
    review = community.create("reviews", user=community.bora, template=made, rating=5)
    assert community.values("reviews", review)["version_reviewed"] == "1.10.0"
    community.delete("template_versions", newest)
    assert community.values("templates", made)["current_version"] == "1.9.0"
    assert community.values("reviews", review)["version_reviewed"] == "1.10.0"


def test_a_version_carries_the_digest_of_its_design_and_is_never_changed(community: Any) -> None:
    anna = community.anna
    body = {"template": template(community), "version": "1.0.0", "changelog": "first of many"}
    made = community.try_create(anna, "template_versions", **body, template_data={"a": 1})
    assert made["sha256"] == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    refused = community.try_update(anna, "template_versions", made["id"], changelog="other words")
    assert refused == "superusers_only"
    community.try_update(anna, "templates", body["template"], current_version="9.9.9")
    assert community.values("templates", body["template"])["current_version"] == "1.0.0"


def test_what_is_derived_is_not_even_a_superusers_to_set(community: Any) -> None:
    made = template(community)
    sent = {"current_version": "9.9.9", "downloads": 5, "sales_count": 5}
    changed = community.try_update(SUPERUSER, "templates", made, **sent)
    assert {name: changed[name] for name in sent} == {
        "current_version": "",
        "downloads": 0,
        "sales_count": 0,
    }


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ORDERED)))
def test_versions_are_ordered_as_semver_orders_them(older: str, newer: str) -> None:
    assert is_newer(newer, older)
    assert not is_newer(older, newer)
    assert not is_newer(older, older)
    assert is_newer(older, "")


@pytest.mark.parametrize("version", ["1", "1.0", "01.0.0", "v1.0.0", "1.0.0-", "1.0.0 "])
def test_other_texts_are_no_versions(version: str) -> None:
    assert not matches(SEMVER, version)
    assert all(matches(SEMVER, fine) for fine in ORDERED)
