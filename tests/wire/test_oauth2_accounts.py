"""Whose account somebody at a provider is: found, linked or made, and nobody else's after."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.stub_provider import Stage
from tests.wire.clubs import CODES_ON, Member
from tests.wire.strangers import Someone
from tests.wire.world import PASSWORD, RECORDS, World

NOTE = {"name": "note", "type": "text", "max": 10}
NICK = {"name": "nick", "type": "text", "pattern": "^[a-z]+$"}
UNIQUE_NICK = "CREATE UNIQUE INDEX `idx_nick_{}` ON `made` (`nick`) WHERE `nick` != ''"


OPTIONAL_EMAIL = {"fields": [{"name": "email", "type": "email", "system": True}]}


def codes(answer: httpx.Response) -> dict[str, str]:
    """The fields that were refused, with their codes."""
    return {name: error["code"] for name, error in answer.json()["data"].items()}


def test_a_stranger_gets_an_account_that_is_theirs(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    with world.events() as written:
        told = ann.enters()
    assert told["meta"]["isNew"] is True
    assert told["record"]["verified"] is True
    assert told["record"]["email"] == ann.email
    assert ann.links() == [(told["record"]["id"], "oidc", ann.id)]
    name = ann.club.name
    assert written[:3] == [f"{name}.created", f"{name}.updated", "_externalAuths.created"]
    again = ann.enters()
    assert again["record"]["id"] == told["record"]["id"]
    assert again["meta"]["isNew"] is False
    assert len(ann.accounts()) == len(ann.links()) == 1


def test_nobody_knows_the_password_of_an_account_that_was_made_without(
    world: World, stage: Stage
) -> None:
    ann = Someone(world, stage)
    ann.enters()
    for password in (PASSWORD, "", "x" * 71):
        assert Member(ann.club, "", ann.email).log_in(password).status_code == 400


def test_a_password_that_was_sent_is_kept_and_checked(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    short = ann.comes(createData={"password": "short", "passwordConfirm": "short"})
    assert codes(short) == {"password": "validation_min_text_constraint"}
    other = ann.comes(createData={"password": PASSWORD, "passwordConfirm": "another one"})
    assert codes(other) == {"passwordConfirm": "validation_values_mismatch"}
    assert ann.accounts() == []
    ann.enters(createData={"password": PASSWORD, "passwordConfirm": PASSWORD})
    assert Member(ann.club, "", ann.email).log_in().status_code == 200


def test_what_is_sent_for_a_new_account_is_checked_as_any(world: World, stage: Stage) -> None:
    ann = Someone(world, stage, fields=[NOTE])
    with world.events() as written:
        refused = ann.comes(createData={"note": "longer than that"})
    assert codes(refused) == {"note": "validation_max_text_constraint"}
    assert written == []
    assert ann.enters(createData={"note": "short", "verified": False})["record"]["note"] == "short"


@pytest.mark.parametrize(
    ("rule", "status", "anybody"),
    [
        (None, 403, 403),
        ("@request.body.note = 'x'", 400, 400),
        ("@request.context = 'oauth2'", 200, 400),
        ("@request.context = 'oauth2' && @request.body.email:isset = true", 200, 400),
        ("@request.body.password != 'a' && @request.method = 'POST'", 200, 200),
    ],
)
def test_an_account_is_made_by_the_rule_for_making_them(
    world: World, stage: Stage, rule: str | None, status: int, anybody: int
) -> None:
    ann = Someone(world, stage, fields=[NOTE])
    ann.club.change(createRule=rule)
    with world.events() as written:
        answer = ann.comes()
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.json()["data"] == {}
        assert written == []
    sent = {"email": "b@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    path = RECORDS.format(ann.club.name)
    assert world.ask("guest", "POST", path, body=sent).status_code == anybody


def test_a_superuser_makes_accounts_whatever_the_rule(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    ann.club.change(createRule=None)
    assert ann.enters(token=world.tokens["root"])["meta"]["isNew"] is True


def test_an_account_needs_an_address_that_somebody_vouches_for(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    ann.tells(email_verified=False)
    with world.events() as written:
        assert codes(ann.comes()) == {"email": "validation_required"}
    assert written == []
    told = ann.enters(createData={"email": ann.email})
    assert told["record"]["verified"] is False
    assert told["meta"]["email"] == ""


def test_without_any_address_an_account_is_verified_where_none_is_needed(
    world: World, stage: Stage
) -> None:
    ann = Someone(world, stage, **OPTIONAL_EMAIL)
    ann.tells(email_verified=False)
    record = ann.enters()["record"]
    assert (record["email"], record["verified"]) == ("", True)
    ann.tells(email_verified=True)  # and when there is one, it is theirs
    record = ann.enters()["record"]
    assert (record["email"], record["verified"]) == (ann.email, True)


@pytest.mark.parametrize("email", ["own", "other"])
def test_an_address_that_was_sent_is_verified_only_where_the_provider_says_the_same(
    world: World, stage: Stage, email: str
) -> None:
    ann = Someone(world, stage)
    sent = ann.email if email == "own" else f"other.{ann.email}"
    record = ann.enters(createData={"email": sent})["record"]
    assert (record["email"], record["verified"]) == (sent, email == "own")


def test_an_empty_address_that_was_sent_is_filled_in(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    assert ann.enters(createData={"email": ""})["record"]["email"] == ann.email


MAPPED = {"mappedFields": {"id": "theirs", "name": "note", "username": "nick", "avatarURL": "face"}}
FIELDS = [NOTE, NICK, {"name": "theirs", "type": "text"}, {"name": "face", "type": "url"}]
PICTURE = "https://pictures.example.com/ann.png"


def test_mapped_fields_take_what_the_provider_tells(world: World, stage: Stage) -> None:
    ann = Someone(world, stage, fields=FIELDS, oauth2=MAPPED)
    ann.tells(picture=PICTURE, preferred_username="ann")
    record = ann.enters()["record"]
    found = [record[name] for name in ("theirs", "note", "nick", "face")]
    assert found == [ann.id, "Ann", "ann", PICTURE]


def test_what_is_sent_wins_over_what_the_provider_tells(world: World, stage: Stage) -> None:
    ann = Someone(world, stage, fields=FIELDS, oauth2=MAPPED)
    ann.tells(picture=PICTURE, preferred_username="ann")
    record = ann.enters(createData={"note": "Mine", "nick": "", "face": ""})["record"]
    found = [record[name] for name in ("theirs", "note", "nick", "face")]
    assert found == [ann.id, "Mine", "", ""]


def test_a_username_that_cannot_be_had_is_left_out(world: World, stage: Stage) -> None:
    ann = Someone(world, stage, fields=FIELDS, oauth2=MAPPED)
    ann.tells(preferred_username="Not One!")
    assert ann.enters()["record"]["nick"] == ""
    index = UNIQUE_NICK.format(ann.club.name).replace("`made`", f"`{ann.club.name}`")
    shown = world.ask("root", "GET", ann.club.path).json()["indexes"]
    ann.club.change(indexes=[*shown, index])
    ann.tells(sub="second", email=f"2{ann.email}", preferred_username="nicky")
    assert ann.enters()["record"]["nick"] == "nicky"
    ann.tells(sub="third", email=f"3{ann.email}")
    assert ann.enters()["record"]["nick"] == ""


def test_a_member_links_a_provider_to_their_account(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    member = ann.club.join(verified=True)
    token = member.token()
    told = ann.enters(token=token)
    assert told["record"]["id"] == member.id
    assert told["record"]["email"] == member.email  # not the provider's
    assert told["meta"]["isNew"] is False
    assert ann.enters()["record"]["id"] == member.id
    assert ann.is_known_by(token)
    assert member.log_in().status_code == 200


def test_a_link_goes_before_who_asks(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    theirs = ann.enters()["record"]["id"]
    somebody_else = ann.club.join(verified=True)
    assert ann.enters(token=somebody_else.token())["record"]["id"] == theirs


def test_who_asks_goes_before_an_address(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    by_address = ann.club.join(email=ann.email, verified=True)
    asking = ann.club.join(verified=True)
    assert ann.enters(token=asking.token())["record"]["id"] == asking.id
    assert by_address.left("_externalAuths") == []


def test_a_member_of_another_collection_is_a_stranger(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    assert ann.enters(token=world.tokens["alice"])["meta"]["isNew"] is True


def test_a_member_has_one_account_at_each_provider(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    member = ann.club.join(verified=True)
    ann.enters(token=member.token())
    ann.tells(sub="another")
    refused = ann.comes(token=member.token())
    assert refused.status_code == 400
    wanted = dict.fromkeys(("collectionRef", "recordRef", "provider"), "validation_not_unique")
    assert codes(refused) == wanted
    assert len(ann.links()) == 1
    ann.enters("oidc2", token=member.token())
    assert len(ann.links()) == 2


def test_a_verified_member_is_found_by_their_address_and_loses_nothing(
    world: World, stage: Stage
) -> None:
    ann = Someone(world, stage)
    member = ann.club.join(email=ann.email, verified=True)
    token = member.token()
    assert ann.enters()["record"]["id"] == member.id
    assert ann.is_known_by(token)
    assert member.log_in().status_code == 200


def test_an_address_that_the_provider_does_not_vouch_for_finds_nobody(
    world: World, stage: Stage
) -> None:
    ann = Someone(world, stage)
    ann.club.join(email=ann.email, verified=True)
    ann.tells(email_verified=False)
    assert ann.comes().status_code == 400
    assert ann.links() == []


def test_whoever_took_an_address_before_its_owner_came_is_out(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    member = ann.club.join(email=ann.email)  # somebody who never confirmed it
    token = member.token()
    ann.tells(sub="the thief's", email="thief@example.com")
    assert ann.enters("oidc2", token=token)["record"]["id"] == member.id
    token = member.token()
    ann.tells(sub=ann.id, email=ann.email)
    told = ann.enters()
    assert told["record"]["id"] == member.id
    assert told["record"]["verified"] is True
    assert not ann.is_known_by(token)
    assert member.log_in().status_code == 400
    assert ann.links() == [(member.id, "oidc", ann.id)]
    ann.tells(sub="the thief's", email="thief@example.com")
    assert ann.enters("oidc2")["record"]["id"] != member.id
    assert ann.is_known_by(told["token"])


def test_an_unverified_member_who_links_keeps_their_password(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    member = ann.club.join(email=ann.email)
    told = ann.enters(token=member.token())
    assert told["record"]["verified"] is True
    assert member.log_in().status_code == 200


def test_an_unverified_member_with_another_address_stays_so_and_loses_older_links(
    world: World, stage: Stage
) -> None:
    ann = Someone(world, stage)
    member = ann.club.join()
    ann.enters("oidc2", token=member.token())
    ann.tells(sub="second")
    told = ann.enters(token=member.token())
    assert told["record"]["verified"] is False
    assert ann.links() == [(member.id, "oidc", "second")]


def test_a_link_that_its_owner_deletes_is_gone(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    told = ann.enters()
    [link] = Member(ann.club, told["record"]["id"], "").left("_externalAuths")
    path = f"{RECORDS.format('_externalAuths')}/{link['id']}"
    headers = {"authorization": told["token"]}
    assert world.ask("guest", "DELETE", path, headers=headers).status_code == 204
    assert ann.links() == []
    again = ann.enters()  # by the address
    assert again["record"]["id"] == told["record"]["id"]


def test_an_account_that_was_deleted_is_made_anew(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    first = ann.enters()["record"]["id"]
    path = f"{RECORDS.format(ann.club.name)}/{first}"
    assert world.ask("root", "DELETE", path).status_code == 204
    told = ann.enters()
    assert told["meta"]["isNew"] is True
    assert told["record"]["id"] != first


@pytest.mark.parametrize("told", [{"sub": ""}, {"sub": None}, {"sub": "x" * 501}, {"sub": True}])
def test_somebody_without_an_id_is_nobody(world: World, stage: Stage, told: Any) -> None:
    ann = Someone(world, stage)
    ann.tells(**told)
    with world.events() as written:
        refused = ann.comes()
    assert refused.status_code == 400
    assert set(codes(refused)) == {"providerId"}
    assert written == []


def test_the_account_stays_where_only_the_session_is_refused(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    ann.club.change(authRule=None)
    refused = ann.comes()
    assert (refused.status_code, refused.json()["data"]) == (403, {})
    assert len(ann.accounts()) == len(ann.links()) == 1
    ann.club.change(authRule="@request.context = 'oauth2'")
    assert ann.enters()["meta"]["isNew"] is False


def test_a_second_proof_is_needed_where_it_is(world: World, stage: Stage) -> None:
    mfa = {"enabled": True, "duration": 600, "rule": ""}
    ann = Someone(world, stage, mfa=mfa, otp=CODES_ON)
    first = ann.comes(createData={"password": PASSWORD, "passwordConfirm": PASSWORD})
    assert first.status_code == 401
    assert list(first.json()) == ["mfaId"]
    assert len(ann.accounts()) == len(ann.links()) == 1
    same = ann.comes(mfaId=first.json()["mfaId"])
    assert same.status_code == 400
    member = Member(ann.club, "", ann.email)
    assert member.log_in(query={"mfaId": first.json()["mfaId"]}).status_code == 200
    begun = member.log_in().json()["mfaId"]
    assert ann.enters(query={"mfaId": begun})["record"]["email"] == ann.email


def test_two_logins_at_once_make_one_account(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ann.comes(), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["record"]["id"] for answer in answers}) == 1
    assert len(ann.accounts()) == len(ann.links()) == 1


def test_no_event_tells_what_a_provider_gave(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    position = world.events_after(0)[-1].position
    ann.enters()
    written = b"".join(event.data for event in world.events_after(position))
    for text in (ann.id, ann.email, "the access token", "the refresh token", "secret"):
        assert text.encode() not in written
