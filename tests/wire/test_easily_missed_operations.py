"""What is easily missed in the reference about running an instance: one test for each entry, named
after it. The tests of each part say more.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.wire.world import World

TAGS = "/api/collections/tags/records"
CARDS = "/api/collections/unified_cards/records"


@pytest.fixture(autouse=True)
def as_new(world: World) -> Iterator[None]:
    """Every test ends without limits, proxies and addresses."""
    yield
    change(world, trustedProxy={"headers": []}, rateLimits={"enabled": False}, superuserIPs=[])


def change(world: World, **settings: Any) -> None:
    headers = {"x-real-ip": "127.0.0.1"}
    answer = world.ask("root", "PATCH", "/api/settings", body=settings, headers=headers)
    assert answer.status_code == 200, answer.text


def test_38_one_rule_counts_by_collection_and_endpoint_and_never_superusers(world: World) -> None:
    rules = [
        {"label": "*:list", "audience": "", "duration": 1_000, "maxRequests": 1},
        {"label": "/api/", "audience": "", "duration": 1_000, "maxRequests": 1},
    ]
    change(world, rateLimits={"enabled": True, "rules": rules})
    for path in (TAGS, CARDS, "/api/health"):
        assert [world.ask("guest", "GET", path).status_code for _ in range(2)] == [200, 429]
        assert world.ask("root", "GET", path).status_code == 200


def test_39_a_secret_is_erased_by_nothing_and_kept_by_silence(world: World) -> None:
    change(world, smtp={"password": "kept"})
    answer = world.ask("root", "PATCH", "/api/settings", body={"smtp": {"username": "me"}})
    assert "password" not in answer.json()["smtp"]
    change(world, smtp={"password": "", "username": ""})


def test_health_says_code_and_errors_say_status(world: World) -> None:
    assert world.ask("guest", "GET", "/api/health").json()["code"] == 200
    assert world.ask("guest", "GET", "/api/nope").json()["status"] == 404


def test_a_superuser_from_elsewhere_is_blocked_on_every_route(world: World) -> None:
    change(world, trustedProxy={"headers": ["X-Real-IP"]})
    change(world, superuserIPs=["127.0.0.1"])
    elsewhere = {"x-real-ip": "9.9.9.9"}
    for path in ("/api/health", TAGS, "/api/nope"):
        assert world.ask("root", "GET", path, headers=elsewhere).status_code == 403
        assert world.ask("guest", "GET", path, headers=elsewhere).status_code in (200, 404)


def test_addresses_of_the_newer_protocol_are_spelled_in_full(world: World) -> None:
    change(world, trustedProxy={"headers": ["X-Real-IP"]})
    answer = world.ask("root", "GET", "/api/health", headers={"x-real-ip": "::1"})
    assert answer.json()["data"]["realIP"] == "0000:0000:0000:0000:0000:0000:0000:0001"


def test_logs_can_be_deleted(world: World) -> None:
    assert world.ask("guest", "DELETE", "/api/logs").status_code == 401
    assert world.ask("alice", "DELETE", "/api/logs").status_code == 403
    assert world.ask("root", "DELETE", "/api/logs").status_code == 204
