"""What is easily missed in the reference about tokens, entry by entry, by its numbers there."""

import time

import jwt
import pytest

from tests.wire.clubs import found
from tests.wire.world import PASSWORD, World

REFRESH = "/api/collections/users/auth-refresh"


def test_1_a_bad_token_is_a_guest_not_a_401(world: World) -> None:
    headers = {"authorization": "garbage"}
    cards = world.ask("guest", "GET", "/api/collections/unified_cards/records", headers=headers)
    assert cards.status_code == 200
    closed = world.ask("guest", "GET", "/api/collections/_superusers/records", headers=headers)
    assert closed.status_code == 403


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bEARER "])
def test_2_bearer_is_optional_in_any_case(world: World, prefix: str) -> None:
    headers = {"authorization": prefix + world.tokens["bob"]}
    assert world.ask("guest", "POST", REFRESH, headers=headers).status_code == 200


def test_3_and_5_the_key_is_token_key_then_secret_exp_is_optional_and_the_algorithm_fixed(
    world: World,
) -> None:
    club = found(world)
    member = club.join()
    secret, key = "s" * 40, "k" * 40
    club.change(authToken={"duration": 1000, "secret": secret})
    member.change(tokenKey=key)
    claims = {"id": member.id, "collectionId": club.id, "type": "auth", "refreshable": True}

    def status(claims: dict[str, object], key: str, algorithm: str = "HS256") -> int:
        headers = {"authorization": jwt.encode(claims, key, algorithm)}
        return club.post("auth-refresh", headers=headers).status_code

    assert status({**claims, "exp": time.time() + 60}, key + secret) == 200
    assert status(claims, key + secret) == 200
    assert status({**claims, "collectionId": club.name}, key + secret) == 200
    assert status({**claims, "exp": time.time() + 60}, secret + key) == 401
    assert status(claims, key + secret, "HS512") == 401
    assert status({**claims, "exp": time.time() - 1}, key + secret) == 401
    assert status({**claims, "nbf": time.time() + 60}, key + secret) == 401
    assert status({**claims, "type": "file"}, key + secret) == 401
    assert status({**claims, "type": ""}, key + secret) == 401


def test_4_refreshing_twice_within_a_second_gives_one_text(world: World) -> None:
    name = world.fresh()
    world.person(name)
    found = [world.ask(name, "POST", REFRESH).json()["token"] for _ in range(6)]
    assert len(set(found)) < 6
    claims = jwt.decode(found[0], options={"verify_signature": False})
    assert set(claims) == {"id", "collectionId", "type", "refreshable", "exp"}


def test_6_another_auth_rule_logs_everybody_out(world: World) -> None:
    club = found(world)
    token = club.join().token()
    headers = {"authorization": token}
    club.change(authRule="")
    assert club.post("auth-refresh", headers=headers).status_code == 200
    club.change(authRule="verified = true")
    assert club.post("auth-refresh", headers=headers).status_code == 401


@pytest.mark.parametrize("more", ["", " && strftime('%Y', '2024-05-06') = '2024'"])
def test_a_refresh_asks_the_auth_rule_again(world: World, more: str) -> None:
    club = found(world, authRule=f"emailVisibility = false{more}")
    member = club.join()
    headers = {"authorization": member.token()}
    assert club.post("auth-refresh", headers=headers).status_code == 200
    member.change(emailVisibility=True)
    assert club.post("auth-refresh", headers=headers).status_code == 403
    member.change(emailVisibility=False)
    assert club.post("auth-refresh", headers=headers).status_code == 200


def test_7_and_8_the_same_password_again_and_another_address_end_the_tokens(world: World) -> None:
    for change in (
        {"password": PASSWORD, "passwordConfirm": PASSWORD},
        {"email": f"{world.fresh()}@other.example"},
    ):
        member = found(world).join()
        headers = {"authorization": member.token()}
        member.change(**change)
        assert member.club.post("auth-refresh", headers=headers).status_code == 401


def test_10_refreshing_an_impersonation_gives_the_very_same_token(world: World) -> None:
    path = f"/api/collections/users/impersonate/{world.ids['bob']}"
    token = world.ask("root", "POST", path).json()["token"]
    answer = world.ask("guest", "POST", REFRESH, headers={"authorization": token})
    assert answer.status_code == 200 and answer.json()["token"] == token


def test_11_no_auth_rule_blocks_everyone_but_whom_a_superuser_lets_in(world: World) -> None:
    club = found(world)
    member = club.join()
    club.change(authRule=None)
    assert member.log_in().status_code == 403
    body = {"identity": member.email, "password": PASSWORD}
    assert club.post("auth-with-password", body, who="root").status_code == 200
