"""Attempts to log in: how often they may fail, for whom, from where; and that nobody learns from
that who has an account, or keeps an owner out.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jwt
import pytest

from holobase.engine.accounts.attempts import ANYWHERE_FACTOR
from holobase.runtime.settings import Settings
from tests.wire.clubs import CODES_ON, Club, Member, found
from tests.wire.test_refusals import told_of
from tests.wire.world import PASSWORD, World

MOST = Settings().failed_logins_max

_sites = itertools.count()


def site() -> str:
    """The address of somebody on the internet whom nobody has seen before."""
    number = next(_sites)
    return f"8.8.{number // 250}.{1 + number % 250}"


@pytest.fixture(scope="module")
def club(world: World) -> Iterator[Club]:
    """A club whose members come from wherever a header says."""
    set_proxy(world, ["X-Real-IP"])
    yield found(world, otp=CODES_ON)
    set_proxy(world, [])


def set_proxy(world: World, headers: list[str], **more: Any) -> None:
    settings = {"trustedProxy": {"headers": headers, "useLeftmostIP": False}, **more}
    assert world.ask("root", "PATCH", "/api/settings", body=settings).status_code == 200


def come(address: str, device: str = "test") -> Mapping[str, str]:
    """The headers of somebody at an address."""
    return {"x-real-ip": address, "user-agent": device}


def guess(club: Club, identity: str, address: str) -> httpx.Response:
    body = {"identity": identity, "password": "not the password"}
    return club.post("auth-with-password", body, headers=come(address))


def told(answer: httpx.Response) -> tuple[int, str]:
    """All that a client can tell one answer from another by."""
    return answer.status_code, answer.text


def test_one_guess_too_many_is_refused_whoever_it_was_about(club: Club) -> None:
    member, away = club.join(), site()
    asked = {}
    for identity in (member.email, "nobody@example.com"):
        answers = [guess(club, identity, away) for _ in range(MOST + 1)]
        asked[identity] = [told(each) for each in answers]
        assert [each.status_code for each in answers] == [400] * MOST + [429]
        assert answers[-1].json()["data"] == {}
        assert 0 < int(answers[-1].headers["retry-after"]) <= 300
    assert len({str(each) for each in asked.values()}) == 1
    right = member.log_in(headers=come(away))
    assert right.status_code == 429, "nor is the right password told from a wrong one"
    assert member.log_in(headers=come(site())).status_code == 200, "its owner is elsewhere"


def test_logins_that_succeed_are_not_counted(club: Club) -> None:
    member, home = club.join(), site()
    for _ in range(MOST - 1):
        guess(club, member.email, home)
    for _ in range(MOST + 5):
        assert member.log_in(headers=come(home)).status_code == 200


def test_many_strangers_together_are_refused_but_the_owner_at_home_is_not(club: Club) -> None:
    member, home = club.join(), site()
    assert member.log_in(headers=come(home)).status_code == 200
    for _ in range(ANYWHERE_FACTOR):
        away = site()
        assert {guess(club, member.email, away).status_code for _ in range(MOST)} == {400}
    assert member.log_in(headers=come(site())).status_code == 429
    assert member.log_in(headers=come(home, "another device")).status_code == 429
    assert member.log_in(headers=come(home)).status_code == 200


def test_codes_that_come_from_everywhere_are_refused(club: Club) -> None:
    member = club.join()
    owner = {"collectionRef": club.id, "recordRef": member.id}
    otp_id = club.world.make("_otps", {**owner, "password": "123456"})
    wrong = {"otpId": otp_id, "password": "1"}
    for _ in range(MOST * ANYWHERE_FACTOR):
        assert club.post("auth-with-otp", wrong, headers=come(site())).status_code == 400
    right = {"otpId": otp_id, "password": "123456"}
    assert club.post("auth-with-otp", right, headers=come(site())).status_code == 429


@pytest.mark.parametrize(
    ("confirm", "claims"),
    [
        ("confirm-password-reset", {"type": "passwordReset"}),
        ("confirm-verification", {"type": "verification", "email": "x@example.com"}),
        ("confirm-email-change", {"type": "emailChange", "newEmail": "x@example.com"}),
    ],
)
def test_mailed_tokens_that_fail_too_often_are_refused(
    club: Club, confirm: str, claims: dict[str, str]
) -> None:
    member, away = club.join(), site()
    made_up = {"id": member.id, "collectionId": club.id, "exp": 2**31, **claims}
    token = jwt.encode(made_up, "x" * 64, "HS256")
    body = {"token": token, "password": "y" * 10, "passwordConfirm": "y" * 10}
    found = [club.post(confirm, body, headers=come(away)).status_code for _ in range(MOST + 1)]
    assert found == [400] * MOST + [429]


def test_whoever_has_found_a_token_does_not_guess_the_password_by_it(club: Club) -> None:
    club.change(updateRule="id = @request.auth.id")
    member, away = club.join(), site()
    path = f"/api/collections/{club.name}/records/{member.id}"
    headers = {"authorization": member.token(), **come(away)}

    def change(old: str) -> int:
        body = {"oldPassword": old, "password": "1" * 10, "passwordConfirm": "1" * 10}
        return club.world.ask("guest", "PATCH", path, body=body, headers=headers).status_code

    assert [change("a guess") for _ in range(MOST + 1)] == [400] * MOST + [429]
    assert change(PASSWORD) == 429


def test_passkeys_that_fail_too_often_are_refused(club: Club) -> None:
    body = {"credential": {"id": "a key", "response": {}}}
    away = site()
    found = [club.post("auth-with-passkey", body, headers=come(away)) for _ in range(MOST + 1)]
    assert [each.status_code for each in found] == [400] * MOST + [429]


def test_second_steps_that_fail_too_often_are_refused(world: World, club: Club) -> None:
    member: Member = found(world, otp=CODES_ON, mfa={"enabled": True}).join()
    query, headers = {"mfaId": "unknown"}, come(site())
    found_ = [member.log_in(query=query, headers=headers) for _ in range(MOST + 1)]
    assert [each.status_code for each in found_] == [400] * MOST + [429]


def test_too_many_attempts_are_told_as_refused_logins(club: Club) -> None:
    refused = {"type": f"{club.name}.sign_in_refused", "count": 1}
    away, email = site(), f"{club.world.fresh('late')}@example.com"
    for _ in range(MOST):
        guess(club, email, away)
    late = club.join(email=email)
    assert guess(club, email, away).status_code == 429
    reason = {"method": "password", "reason": "too_many_attempts"}
    assert told_of(club, late.id) == {**refused, **reason}
    strict = found(club.world, otp=CODES_ON, mfa={"enabled": True})
    member = strict.join(verified=True)
    owner = {"collectionRef": strict.id, "recordRef": member.id}
    for status in (401, 401, 401, 401, 401, 429):  # one more step is no refusal
        otp_id = club.world.make("_otps", {**owner, "password": "123456"})
        body = {"otpId": otp_id, "password": "123456"}
        assert strict.post("auth-with-otp", body).status_code == status
    refused["type"] = f"{strict.name}.sign_in_refused"
    assert told_of(strict, member.id) == {**refused, "method": "otp", "reason": "too_many_codes"}
