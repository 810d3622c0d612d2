"""Logging in with a code that comes by mail."""

import pytest

from holobase.kit import ids
from tests.wire.clubs import BOTH_STEPS, CODES_ON, Member, found
from tests.wire.world import PASSWORD, World


@pytest.fixture
def member(world: World) -> Member:
    """Somebody who may log in with a code."""
    return found(world, otp=CODES_ON).join()


def asked(member: Member) -> str:
    """The id of a code that somebody has asked for."""
    answer = member.club.post("request-otp", {"email": member.email})
    assert answer.status_code == 200 and list(answer.json()) == ["otpId"]
    return str(answer.json()["otpId"])


def received(member: Member, number: int = 1) -> str:
    """The code that somebody has got, once the server knows that it was sent."""
    code = member.club.world.mailbox.code(member.email, number)
    while not all(each["sentTo"] for each in member.left("_otps")):
        pass
    return code


def test_a_code_lets_in_once(member: Member) -> None:
    otp_id = asked(member)
    code = received(member)
    assert len(code) == 6
    [kept] = member.left("_otps")
    assert (kept["id"], kept["sentTo"], kept["recordRef"]) == (otp_id, member.email, member.id)
    body = {"otpId": otp_id, "password": code}
    entered = member.club.post("auth-with-otp", body, query={"fields": "token,record.id"})
    assert entered.status_code == 200 and entered.json()["record"] == {"id": member.id}
    headers = {"authorization": entered.json()["token"]}
    assert member.club.post("auth-refresh", headers=headers).status_code == 200
    assert member.left("_otps") == []
    again = member.club.post("auth-with-otp", body)
    assert (again.status_code, again.json()["data"]) == (400, {})


def test_a_code_that_arrived_confirms_the_address_and_ends_what_was_before(member: Member) -> None:
    old = member.token()
    otp_id = asked(member)
    body = {"otpId": otp_id, "password": received(member)}
    assert member.club.post("auth-with-otp", body).json()["record"]["verified"] is True
    assert member.log_in().status_code == 400
    assert member.club.post("auth-refresh", headers={"authorization": old}).status_code == 401


def test_a_confirmed_account_keeps_its_password(member: Member) -> None:
    member.change(verified=True)
    body = {"otpId": asked(member), "password": received(member)}
    assert member.club.post("auth-with-otp", body).status_code == 200
    assert member.log_in().status_code == 200


def test_a_code_that_was_not_mailed_confirms_nothing(member: Member) -> None:
    owner = {"collectionRef": member.club.id, "recordRef": member.id}
    otp_id = member.club.world.make("_otps", {**owner, "password": "123456"})
    body = {"otpId": otp_id, "password": "123456"}
    assert member.club.post("auth-with-otp", body).json()["record"]["verified"] is False
    assert member.log_in().status_code == 200


def test_a_code_and_a_password_are_two_steps(world: World) -> None:
    member = found(world, **BOTH_STEPS).join()
    otp_id = asked(member)
    body = {"otpId": otp_id, "password": received(member)}
    first = member.club.post("auth-with-otp", body)
    assert first.status_code == 401 and list(first.json()) == ["mfaId"]
    assert member.left("_otps") == [], "a code is spent even where more is needed"
    assert member.show()["verified"] is True
    second = member.log_in(query={"mfaId": first.json()["mfaId"]})
    assert second.status_code == 200, "with a second step the password stays"


def test_a_password_and_a_code_are_two_steps(world: World) -> None:
    member = found(world, **BOTH_STEPS).join()
    mfa_id = member.log_in().json()["mfaId"]
    otp_id = asked(member)
    body = {"otpId": otp_id, "password": received(member), "mfaId": mfa_id}
    assert member.club.post("auth-with-otp", body).status_code == 200
    assert member.left("_mfas") == []


def test_whoever_may_not_log_in_has_spent_the_code(world: World) -> None:
    member = found(world, otp=CODES_ON, authRule="emailVisibility = true").join()
    body = {"otpId": asked(member), "password": received(member)}
    assert member.club.post("auth-with-otp", body).status_code == 403
    assert member.left("_otps") == []
    assert member.show()["verified"] is True


def test_a_code_is_of_one_collection(world: World, member: Member) -> None:
    body = {"otpId": asked(member), "password": received(member)}
    other = found(world, otp=CODES_ON)
    assert other.post("auth-with-otp", body).status_code == 400
    assert member.club.post("auth-with-otp", body).status_code == 200


def test_five_codes_can_be_tried(member: Member) -> None:
    otp_id = asked(member)
    code = received(member)
    wrong = {"otpId": otp_id, "password": "0" if code != "0" else "1"}
    for _ in range(5):
        assert member.club.post("auth-with-otp", wrong).status_code == 400
    right = member.club.post("auth-with-otp", {"otpId": otp_id, "password": code})
    assert (right.status_code, right.json()["data"]) == (429, {})
    unknown = {"otpId": ids.record_id(), "password": "1"}
    assert member.club.post("auth-with-otp", unknown).status_code == 400
    other = member.club.join()
    body = {"otpId": asked(other), "password": received(other)}
    assert member.club.post("auth-with-otp", body).status_code == 200


def test_the_eleventh_code_is_the_tenth_under_another_id(member: Member) -> None:
    member.change(verified=True)  # else the first login would end all codes
    owner = {"collectionRef": member.club.id, "recordRef": member.id}
    world = member.club.world
    made = [world.make("_otps", {**owner, "password": f"10000{n}"}) for n in range(10)]
    more = [asked(member), asked(member)]
    assert not {*more} & {*made}, "the same again would tell that there is an account"
    left = {each["id"]: each["created"] for each in member.left("_otps")}
    assert [*made[2:], *more] == [each for each in (*made, *more) if each in left]
    assert left[more[0]] == left[more[1]] == left[made[-1]], "it is good for no longer"
    assert world.mailbox.all(member.email) == []
    body = {"otpId": more[1], "password": "100009"}
    assert member.club.post("auth-with-otp", body).status_code == 200
    kept = {each["id"] for each in member.left("_otps")}
    assert kept == {*made[2:-1]}, "the code is spent under all its ids"


def test_tries_of_a_code_for_nobody_are_counted_as_those_of_one_for_somebody(
    member: Member,
) -> None:
    club, nobody = member.club, "not.there@example.com"
    answers = []
    for email in (member.email, nobody):
        ids_ = [club.post("request-otp", {"email": email}).json()["otpId"] for _ in range(2)]
        tries = [
            club.post("auth-with-otp", {"otpId": ids_[n % 2], "password": "x"}) for n in range(6)
        ]
        answers.append([(each.status_code, each.text) for each in tries])
    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [400] * 5 + [429]


def test_a_code_for_nobody_is_none(member: Member) -> None:
    answer = member.club.post("request-otp", {"email": "nobody@example.com"})
    otp_id = answer.json()["otpId"]
    assert len(otp_id) == 15
    assert member.club.post("auth-with-otp", {"otpId": otp_id, "password": "1"}).status_code == 400
    assert member.club.world.mailbox.all("nobody@example.com") == []


def test_a_new_password_ends_the_codes(member: Member) -> None:
    body = {"otpId": asked(member), "password": received(member)}
    member.change(password=PASSWORD, passwordConfirm=PASSWORD)
    assert member.club.post("auth-with-otp", body).status_code == 400


def test_superusers_with_codes_need_both_steps(world: World) -> None:
    path = "/api/collections/_superusers"
    try:
        changed = world.ask("root", "PATCH", path, body={"otp": {"enabled": True}})
        assert changed.json()["mfa"]["enabled"] is True
    finally:
        off = {"otp": {"enabled": False}, "mfa": {"enabled": False}}
        assert world.ask("root", "PATCH", path, body=off).status_code == 200
