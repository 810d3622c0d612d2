"""Logins in two steps."""

import pytest

from tests.wire.clubs import BOTH_STEPS, Club, Member, found
from tests.wire.rows import Json
from tests.wire.world import PASSWORD, World


@pytest.fixture
def member(world: World) -> Member:
    """Somebody of whom a second proof is wanted."""
    return found(world, **BOTH_STEPS).join()


def first_step(member: Member, method: str = "otp", **values: Json) -> str:
    """The id of a first step that somebody took in some other way."""
    owner = {"collectionRef": member.club.id, "recordRef": member.id, "method": method}
    return member.club.world.make("_mfas", {**owner, **values})


def test_one_proof_is_answered_with_an_id_and_nothing_else(member: Member) -> None:
    answer = member.log_in(query={"fields": "token"})
    [step] = member.left("_mfas")
    assert (answer.status_code, answer.json()) == (401, {"mfaId": step["id"]})
    assert step["method"] == "password"
    assert step["collectionRef"] == member.club.id
    assert member.left("_authOrigins") == []


@pytest.mark.parametrize("place", ["query", "body", "both"])
def test_a_second_proof_lets_in_once(member: Member, place: str) -> None:
    mfa_id = first_step(member)
    body = {"identity": member.email, "password": PASSWORD}
    if place != "query":
        body["mfaId"] = mfa_id if place == "body" else "of nobody"
    query = {} if place == "body" else {"mfaId": mfa_id}
    answer = member.club.post("auth-with-password", body, query=query)
    assert answer.status_code == 200 and answer.json()["record"]["id"] == member.id
    assert member.left("_mfas") == []
    assert member.club.post("auth-with-password", body, query=query).status_code == 400


def test_a_second_proof_of_the_same_kind_is_none(member: Member) -> None:
    mfa_id = member.log_in().json()["mfaId"]
    refused = member.log_in(query={"mfaId": mfa_id})
    assert (refused.status_code, refused.json()["data"]) == (400, {})
    assert [step["id"] for step in member.left("_mfas")] == [mfa_id]


def test_a_first_step_of_another_account_is_none(member: Member) -> None:
    mfa_id = first_step(member.club.join())
    assert member.log_in(query={"mfaId": mfa_id}).status_code == 400
    assert member.log_in(query={"mfaId": "nothing"}).status_code == 400


@pytest.mark.parametrize("mfa_id", [5, 0, {}, [], False])
def test_an_id_that_is_no_text_is_not_read(member: Member, mfa_id: Json) -> None:
    body = {"identity": member.email, "password": PASSWORD, "mfaId": mfa_id}
    assert member.club.post("auth-with-password", body).status_code == 400


def test_a_rule_says_of_whom_a_second_proof_is_wanted(world: World) -> None:
    club = found(world, **BOTH_STEPS)
    club.change(mfa={"rule": "emailVisibility = true"})
    assert club.join().log_in().status_code == 200
    assert club.join(emailVisibility=True).log_in().status_code == 401


def test_whoever_may_not_log_in_is_told_so_before(world: World) -> None:
    club: Club = found(world, **BOTH_STEPS, authRule="verified = true")
    member = club.join()
    assert member.log_in().status_code == 403
    assert member.left("_mfas") == []
    member.change(verified=True)
    assert member.log_in().status_code == 401


def test_a_refresh_needs_no_second_proof(world: World) -> None:
    club = found(world)
    token = club.join().token()
    club.change(**BOTH_STEPS)
    headers = {"authorization": token}
    assert club.post("auth-refresh", headers=headers).status_code == 200


def test_how_to_log_in_tells_of_both_steps(member: Member) -> None:
    path = f"{member.club.path}/auth-methods"
    answer = member.club.world.ask("guest", "GET", path, query={"fields": "mfa,otp"})
    assert answer.json() == {
        "mfa": {"enabled": True, "duration": 600},
        "otp": {"enabled": True, "duration": 180},
    }
