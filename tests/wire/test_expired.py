"""What is good for a time only is refused after it: first steps, codes, and the tokens of mails."""

import asyncio
import time
from typing import Any

import jwt
import pytest

from holobase.domain.principal import Request
from holobase.runtime.wiring import open_instance
from tests.wire.clubs import BOTH_STEPS, CODES_ON, Member, found
from tests.wire.world import PASSWORD, World

CODE = "123456"
SECRET, KEY = "s" * 40, "k" * 40
NEW = "another password"


async def _make_earlier(
    member: Member, collection: str, seconds: int, values: dict[str, str]
) -> str:
    """A record of somebody, made by a process whose clock is behind by so much."""
    owner = {"collectionRef": member.club.id, "recordRef": member.id}
    then = int((time.time() - seconds) * 1000)
    async with open_instance(member.club.world.settings, clock=lambda: then) as instance:
        definition = instance.application.catalogue.get(collection)
        asking = Request(service="test")
        made = await instance.application.writing.create(definition, owner | values, asking)
        return made.id


def test_a_first_step_is_good_for_as_long_as_the_collection_says(world: World) -> None:
    member = found(world, **BOTH_STEPS).join()
    made = {
        seconds: asyncio.run(_make_earlier(member, "_mfas", seconds, {"method": "otp"}))
        for seconds in (550, 601)
    }
    refused = member.log_in(query={"mfaId": made[601]})
    assert (refused.status_code, refused.json()["data"]) == (400, {})
    assert [each["id"] for each in member.left("_mfas")] == [made[550]]
    assert member.log_in(query={"mfaId": made[550]}).status_code == 200


def test_a_code_is_good_for_as_long_as_the_collection_says(world: World) -> None:
    member = found(world, otp=CODES_ON).join()
    made = {
        seconds: asyncio.run(_make_earlier(member, "_otps", seconds, {"password": CODE}))
        for seconds in (130, 181)
    }
    refused = member.club.post("auth-with-otp", {"otpId": made[181], "password": CODE})
    assert (refused.status_code, refused.json()["data"]) == (400, {})
    body = {"otpId": made[130], "password": CODE}
    assert member.club.post("auth-with-otp", body).status_code == 200


def known(world: World) -> Member:
    """Somebody whose keys are known, so that any token of theirs can be written down."""
    options = {"duration": 1000, "secret": SECRET}
    kinds = ("verificationToken", "passwordResetToken", "emailChangeToken")
    member = found(world, **dict.fromkeys(kinds, options)).join()
    member.change(tokenKey=KEY)
    return member


def confirmed(member: Member, action: str, kind: str, expires: float, **claims: str) -> Any:
    """The answer to a token that ends at a moment."""
    own = {"id": member.id, "collectionId": member.club.id, "type": kind, "email": member.email}
    token = jwt.encode({**own, "exp": int(expires), **claims}, KEY + SECRET, "HS256")
    body = {"token": token, "password": NEW, "passwordConfirm": NEW}
    if kind == "emailChange":
        body["password"] = PASSWORD
    return member.club.post(action, body)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("confirm-verification", "verification"),
        ("confirm-password-reset", "passwordReset"),
        ("confirm-email-change", "emailChange"),
    ],
)
def test_the_token_of_a_mail_is_good_until_it_ends(world: World, action: str, kind: str) -> None:
    member = known(world)
    claims = {"newEmail": f"new-{member.email}"} if kind == "emailChange" else {}
    before = member.show()
    refused = confirmed(member, action, kind, time.time() - 1, **claims)
    assert refused.status_code == 400, refused.text
    assert refused.json()["data"]["token"]["code"] == "validation_invalid_token"
    assert member.show() == before
    assert confirmed(member, action, kind, time.time() + 60, **claims).status_code == 204
    assert member.show()["verified"] is True


def test_a_link_to_an_address_that_was_left_confirms_no_other(world: World) -> None:
    member = known(world)
    end = time.time() + 60
    refused = confirmed(
        member, "confirm-verification", "verification", end, email=f"old-{member.email}"
    )
    assert refused.status_code == 400, refused.text
    assert refused.json()["data"]["token"]["code"] == "validation_token_email_mismatch"
    assert member.show()["verified"] is False
