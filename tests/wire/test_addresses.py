"""Where requests come from: proxies that are trusted, and the addresses of superusers."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.wire.world import PASSWORD, ROOT, World

HOME = {"x-real-ip": "10.1.2.3"}
AWAY = {"x-real-ip": "11.1.2.3"}
LOGIN = "/api/collections/_superusers/auth-with-password"


def change(world: World, headers: Mapping[str, str] = HOME, **settings: Any) -> None:
    answer = world.ask("root", "PATCH", "/api/settings", body=settings, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.fixture(autouse=True)
def as_new(world: World) -> Iterator[None]:
    """Every test begins and ends without a proxy, and with superusers from everywhere."""
    yield
    change(world, superuserIPs=[])
    change(world, trustedProxy={"headers": [], "useLeftmostIP": False})


def health(world: World, headers: Mapping[str, str], who: str = "root") -> dict[str, Any]:
    answer = world.ask(who, "GET", "/api/health", headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "127.0.0.1"),
        ({"x-real-ip": "1.2.3.4"}, "1.2.3.4"),
        ({"x-real-ip": "9.9.9.9, 1.2.3.4, x"}, "1.2.3.4"),
        ({"x-real-ip": "nobody", "x-forwarded-for": "5.6.7.8"}, "5.6.7.8"),
        ({"x-real-ip": "::1"}, "0000:0000:0000:0000:0000:0000:0000:0001"),
        ({"x-real-ip": "ABCD::1"}, "abcd:0000:0000:0000:0000:0000:0000:0001"),
        ({"x-real-ip": "::ffff:1.2.3.4"}, "0000:0000:0000:0000:0000:ffff:0102:0304"),
        ({"x-real-ip": "fe80::1%eth0"}, "fe80:0000:0000:0000:0000:0000:0000:0001%eth0"),
        ({"x-real-ip": "fe80::1%" + "e" * 300}, "127.0.0.1"),
        ({"x-real-ip": "1.2.3.4:80"}, "127.0.0.1"),
        ({"x-real-ip": "[::1]"}, "127.0.0.1"),
        ({"x-real-ip": "01.2.3.4"}, "127.0.0.1"),
        ({"x-other": "1.2.3.4"}, "127.0.0.1"),
    ],
)
def test_a_trusted_header_tells_the_address(
    world: World, headers: dict[str, str], address: str
) -> None:
    change(world, trustedProxy={"headers": ["X-Real-IP", "X-Forwarded-For"]})
    assert health(world, headers)["realIP"] == address


def test_the_leftmost_address_may_be_the_one(world: World) -> None:
    change(world, trustedProxy={"headers": ["X-Forwarded-For"], "useLeftmostIP": True})
    assert health(world, {"x-forwarded-for": "x, 1.2.3.4, 5.6.7.8"})["realIP"] == "1.2.3.4"


def test_a_header_that_nobody_trusts_is_a_mere_guess(world: World) -> None:
    told = {"canBackup": True, "realIP": "127.0.0.1", "possibleProxyHeader": "X-Forwarded-For"}
    assert health(world, {"x-forwarded-for": "1.2.3.4"}) == told
    assert health(world, {"cf-connecting-ip": "x"})["possibleProxyHeader"] == "CF-Connecting-IP"
    assert health(world, {})["possibleProxyHeader"] == ""


def test_others_hear_nothing_of_addresses(world: World) -> None:
    assert health(world, HOME, "guest") == health(world, HOME, "alice") == {}
    assert list(world.ask("root", "GET", "/api/health?fields=code").json()) == ["code"]


def test_superusers_may_be_bound_to_addresses(world: World) -> None:
    change(world, trustedProxy={"headers": ["X-Real-IP"]})
    change(world, superuserIPs=["10.0.0.0/8", "::1"])
    for path in ("/api/health", "/api/settings", "/api/nope"):
        assert world.ask("root", "GET", path, headers=AWAY).status_code == 403
        assert world.ask("root", "GET", path, headers=HOME).status_code in (200, 404)
    assert world.ask("alice", "GET", "/api/health", headers=AWAY).status_code == 200
    assert world.ask("root", "GET", "/api/health", headers={"x-real-ip": "::1"}).is_success
    body = {"identity": ROOT, "password": PASSWORD}
    assert world.ask("guest", "POST", LOGIN, body=body, headers=AWAY).status_code == 403
    assert world.ask("guest", "POST", LOGIN, body=body, headers=HOME).status_code == 200
    wrong = {"identity": ROOT, "password": "wrong password"}
    assert world.ask("guest", "POST", LOGIN, body=wrong, headers=AWAY).status_code == 400
    refresh = "/api/collections/_superusers/auth-refresh"
    assert world.ask("root", "POST", refresh, headers=AWAY).status_code == 403


def test_a_file_token_of_a_superuser_from_elsewhere_is_a_guests(world: World) -> None:
    name = world.fresh("papers")
    fields = [{"name": "paper", "type": "file", "protected": True}]
    made = world.ask("root", "POST", "/api/collections", body={"name": name, "fields": fields})
    assert made.is_success, made.text
    url = f"{world.url}/api/collections/{name}/records"
    headers = {"authorization": world.tokens["root"]}
    paper = {"paper": ("paper.txt", b"for few")}
    record = httpx.post(url, files=paper, headers=headers, timeout=20).json()
    change(world, trustedProxy={"headers": ["X-Real-IP"]})
    change(world, superuserIPs=["10.0.0.0/8"])
    token = world.ask("root", "POST", "/api/files/token", headers=HOME).json()["token"]
    path = f"/api/files/{name}/{record['id']}/{record['paper']}?token={token}"
    assert world.ask("guest", "GET", path, headers=HOME).status_code == 200
    assert world.ask("guest", "GET", path, headers=AWAY).status_code == 404


def test_the_command_line_is_the_way_back_in(world: World) -> None:
    change(world, superuserIPs=["10.0.0.0/8"])
    assert world.ask("root", "GET", "/api/health").status_code == 403
    done = world.run("superuser", "ips", "127.0.0.1", "10.0.0.0/8")
    assert done.returncode == 0, done.stderr
    answer = world.ask("root", "GET", "/api/settings")
    assert answer.json()["superuserIPs"] == ["127.0.0.1", "10.0.0.0/8"]
