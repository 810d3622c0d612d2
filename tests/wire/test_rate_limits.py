"""Rate limits: which rule counts what, whom, and what is answered past it."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from holobase.domain.rate_limits import labels_of, rule_for, tags_of
from holobase.domain.settings import DEFAULTS, RateLimitRule, shown
from tests.wire.world import PASSWORD, World

TAGS = "/api/collections/tags/records"
CARDS = "/api/collections/unified_cards/records"
HEALTH = "/api/health"
LONG = 1_000
LOGIN = tags_of("x", ("authWithPassword", "auth"))


@pytest.fixture(autouse=True)
def as_new(world: World) -> Iterator[None]:
    """Every test begins and ends without limits."""
    yield
    limits = {**shown(DEFAULTS)["rateLimits"], "enabled": False}
    off = {"enabled": False}
    body = {"rateLimits": limits, "trustedProxy": {"headers": []}, "batch": off}
    assert world.ask("root", "PATCH", "/api/settings", body=body).is_success


def limit(world: World, *rules: tuple[str, str, int], seconds: int = LONG, **more: Any) -> None:
    """Sets rules: label, audience, how many."""
    limits = {
        "enabled": True,
        "rules": [
            {"label": label, "audience": audience, "duration": seconds, "maxRequests": most}
            for label, audience, most in rules
        ],
        **more,
    }
    answer = world.ask("root", "PATCH", "/api/settings", body={"rateLimits": limits})
    assert answer.status_code == 200, answer.text


def asked(world: World, path: str, times: int, who: str = "guest", **more: Any) -> list[int]:
    """What so many requests are answered."""
    method = more.pop("method", "GET")
    return [world.ask(who, method, path, **more).status_code for _ in range(times)]


def test_what_is_over_the_limit_is_told_when_to_come_back(world: World) -> None:
    limit(world, (HEALTH, "", 2))
    assert asked(world, HEALTH, 2) == [200, 200]
    answer = world.ask("guest", "GET", HEALTH)
    assert answer.status_code == 429
    assert answer.json()["data"] == {} and answer.json()["status"] == 429
    assert LONG - 60 < int(answer.headers["retry-after"]) <= LONG
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_window_ends(world: World) -> None:
    limit(world, (HEALTH, "", 1), seconds=1)
    assert asked(world, HEALTH, 1) == [200]
    deadline = time.monotonic() + 30
    while world.ask("guest", "GET", HEALTH).status_code == 429 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert time.monotonic() < deadline


def test_superusers_and_excluded_addresses_are_not_counted(world: World) -> None:
    limit(world, ("/api/", "", 1))
    assert asked(world, HEALTH, 4, "root") == [200] * 4
    assert asked(world, HEALTH, 2, "alice") == [200, 429]
    limit(world, ("/api/", "", 1), excludedIPs=["127.0.0.0/8"])
    assert asked(world, HEALTH, 3) == [200] * 3


def test_each_address_is_counted_by_itself(world: World) -> None:
    proxy = {"trustedProxy": {"headers": ["X-Real-IP"]}}
    assert world.ask("root", "PATCH", "/api/settings", body=proxy).is_success
    limit(world, (HEALTH, "", 1))
    for address in ("1.1.1.1", "2.2.2.2"):
        assert asked(world, HEALTH, 2, headers={"x-real-ip": address}) == [200, 429]


def test_a_change_of_settings_begins_anew(world: World) -> None:
    limit(world, (HEALTH, "", 1))
    assert asked(world, HEALTH, 2) == [200, 429]
    limit(world, (HEALTH, "", 1), excludedIPs=["10.0.0.0/8"])
    assert asked(world, HEALTH, 2) == [200, 429]


def test_tags_are_counted_for_each_collection_and_route(world: World) -> None:
    limit(world, ("*:list", "", 1), ("/api/", "", LONG))
    assert asked(world, TAGS, 2) == [200, 429]
    assert asked(world, "/api/collections/TAGS/records", 1) == [429]
    assert asked(world, CARDS, 2) == [200, 429]
    assert asked(world, f"{CARDS}/{world.ids['card']}", 2) == [200, 200]


def test_the_rule_of_a_collection_goes_before_the_one_of_all(world: World) -> None:
    limit(world, ("*:list", "", 1), ("tags:list", "", 3), (f"GET {TAGS}", "", 2))
    assert asked(world, TAGS, 4) == [200, 200, 200, 429]
    limit(world, (f"GET {TAGS}", "", 2), (TAGS, "", 1))
    assert asked(world, TAGS, 3) == [200, 200, 429]


def test_every_login_is_an_auth(world: World) -> None:
    limit(world, ("*:auth", "", 2))
    body = {"identity": "nobody@example.com", "password": PASSWORD}
    for path in (
        "/api/collections/users/auth-with-password",
        "/api/collections/users/auth-with-passkey",
        "/api/admins/auth-with-password",
    ):
        assert asked(world, path, 3, method="POST", body=body) == [400, 400, 429]
    assert asked(world, "/api/collections/users/auth-methods", 3) == [200] * 3


def test_refused_requests_count_and_unknown_collections_do_not(world: World) -> None:
    limit(world, ("*:list", "", 1), ("/api/", "", 2))
    assert asked(world, "/api/collections/_superusers/records", 2) == [403, 429]
    assert asked(world, "/api/collections/nope/records", 3) == [404] * 3
    assert asked(world, "/api/nope", 3) == [404, 404, 429]
    assert asked(world, "/livez", 3) == [200] * 3


def test_guests_and_accounts_are_told_apart(world: World) -> None:
    limit(world, (HEALTH, "@guest", 1), (HEALTH, "@auth", 2))
    assert asked(world, HEALTH, 2) == [200, 429]
    assert asked(world, HEALTH, 3, "alice") == [200, 200, 429]


def test_preflights_are_not_counted(world: World) -> None:
    limit(world, ("/api/", "", 1))
    assert asked(world, HEALTH, 3, method="OPTIONS") == [204] * 3
    assert asked(world, HEALTH, 2) == [200, 429]


def test_items_of_a_batch_are_counted_by_themselves(world: World) -> None:
    batch = {"batch": {"enabled": True}}
    assert world.ask("root", "PATCH", "/api/settings", body=batch).is_success
    limit(world, ("*:create", "", 2))
    card = {"title": "Card", "community_creator": world.ids["alice"]}
    item = {"method": "POST", "url": CARDS, "body": card}

    def send(items: int) -> Any:
        return world.ask("alice", "POST", "/api/batch", body={"requests": [item] * items})

    assert send(2).status_code == 200
    refused = send(1)
    assert refused.status_code == 400
    inner = refused.json()["data"]["requests"]["0"]
    assert inner["code"] == "batch_request_failed" and inner["response"]["status"] == 429
    assert asked(world, CARDS, 3, "alice", method="POST", body=card) == [200, 200, 429]


def test_an_upsert_is_counted_as_what_it_does(world: World) -> None:
    batch = {"batch": {"enabled": True}}
    assert world.ask("root", "PATCH", "/api/settings", body=batch).is_success
    limit(world, ("*:create", "", 1), ("*:update", "", 1))
    card = {"id": world.make("tags", {"name": world.fresh()}), "title": "Card"}
    item = {
        "method": "PUT",
        "url": CARDS,
        "body": {**card, "community_creator": world.ids["alice"]},
    }
    sent = {"requests": [item]}
    found = [world.ask("alice", "POST", "/api/batch", body=sent).status_code for _ in range(3)]
    assert found == [200, 200, 400]  # it is created, then updated, and then one too many


def test_searching_for_what_is_hidden_takes_a_time_of_its_own(world: World) -> None:
    query = {"filter": "title = 'nobody has this'"}
    began = time.monotonic()
    assert asked(world, CARDS, 7, query=query) == [200] * 7
    assert time.monotonic() - began > 0.05  # four random delays of up to half a second


def test_labels_follow_a_collection_that_is_renamed(world: World) -> None:
    before, after = world.fresh("limited"), world.fresh("limited")
    made = world.ask("root", "POST", "/api/collections", body={"name": before, "type": "base"})
    assert made.is_success, made.text
    limit(world, (f"{before}:list", "@guest", 3), ("/api/", "", 9), (f"{before}x:list", "", 4))
    path = f"/api/collections/{before}"
    assert world.ask("root", "PATCH", path, body={"name": after}).is_success
    rules = world.ask("root", "GET", "/api/settings").json()["rateLimits"]["rules"]
    assert [rule["label"] for rule in rules] == [f"{after}:list", "/api/", f"{before}x:list"]
    assert rules[0]["audience"] == "@guest"


def test_labels_follow_in_the_transaction_that_renames(world: World) -> None:
    before, after = world.fresh("limited"), world.fresh("limited")
    made = world.ask("root", "POST", "/api/collections", body={"name": before, "type": "base"})
    assert made.is_success, made.text
    limit(world, (f"{before}:list", "", 3))
    with world.events() as written:
        path = f"/api/collections/{before}"
        answer = world.ask("root", "PATCH", path, body={"name": after})
        assert answer.is_success
    assert written == ["_collections.updated", "_settings.changed"]
    requests = {event.request_id for event in world.events_after(0) if event.type in written[1:]}
    assert requests
    newest = [e for e in world.events_after(0) if e.type in written][-2:]
    assert newest[0].request_id == newest[1].request_id
    assert newest[1].position == newest[0].position + 1


def _rules(*told: tuple[str, str]) -> Sequence[RateLimitRule]:
    return [RateLimitRule(label=label, audience=audience) for label, audience in told]


@pytest.mark.parametrize(
    ("told", "labels", "found"),
    [
        ([("/api/", ""), ("/api/a", "")], labels_of("GET", "/api/a"), 1),
        ([("/api/", ""), ("/api/a/", "")], labels_of("GET", "/api/a"), 0),
        ([("/api/a/", ""), ("/api/", "")], labels_of("GET", "/api/a"), 0),
        ([("/api/a", ""), ("GET /api/", "")], labels_of("GET", "/api/a"), 1),
        ([("/api/a", "")], labels_of("GET", "/api/a/b"), None),
        ([("/api/a", "@auth"), ("/api/", "")], labels_of("GET", "/api/a"), 1),
        (
            [("*:auth", ""), ("*:authWithPassword", "")],
            LOGIN,
            1,
        ),
        (
            [("*:authWithPassword", ""), ("x:auth", "")],
            LOGIN,
            1,
        ),
        ([], labels_of("GET", "/api/a"), None),
    ],
)
def test_one_rule_fits(
    told: list[tuple[str, str]], labels: Sequence[str], found: int | None
) -> None:
    rules = _rules(*told)
    wanted = None if found is None else rules[found]
    assert rule_for(rules, labels, is_guest=True) is wanted
