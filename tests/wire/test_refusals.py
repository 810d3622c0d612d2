"""Refused logins are told, to whom they concern, and cannot fill the log."""

import asyncio
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from holobase.domain.errors import BadRequest
from holobase.domain.principal import Request
from holobase.engine.accounts.refusals import ACCOUNTS_MAX
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance, open_snapshot
from tests.conftest import STORES, store_of
from tests.stub_provider import Reply, Stage
from tests.wire.clubs import CODES_ON, Club, found
from tests.wire.inside import ACCOUNT
from tests.wire.test_oauth2 import ANN, LOGIN, using
from tests.wire.world import World

SECRET = "not the password"
NOBODY = ""
WAIT_SECONDS = 20.0


def told_of(club: Club, account: str) -> Any:
    """The first thing that is told of an account, which is behind the answer."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (events := club.world.facts(account, club.id)):
        assert time.monotonic() < deadline, "nothing is told"
        time.sleep(0.02)
    return {"type": events[0].type, **msgspec.json.decode(events[0].data)}


def test_a_code_that_fails_is_a_refused_login(world: World) -> None:
    club = found(world, otp=CODES_ON)
    member = club.join()
    owner = {"collectionRef": club.id, "recordRef": member.id}
    otp_id = world.make("_otps", {**owner, "password": "123456"})
    told = {"type": f"{club.name}.sign_in_refused", "method": "otp", "reason": "otp_failed"}
    for identifier, account in ((otp_id, member.id), ("of nobody", NOBODY)):
        refused = club.post("auth-with-otp", {"otpId": identifier, "password": "1"})
        assert refused.status_code == 400
        assert told_of(club, account) == {**told, "count": 1}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"token": Reply({"error": "invalid_grant"}, 400)}, "oauth2_failed"),
        ({"user": Reply({**ANN, "sub": ""})}, "login_failed"),
    ],
)
def test_a_code_that_a_provider_does_not_take_is_a_refused_login(
    world: World, stage: Stage, broken: dict[str, Reply], reason: str
) -> None:
    club = using(world, stage.play(**{"user": ANN, **broken}).config("oidc"))
    assert club.post(LOGIN, {"provider": "oidc", "code": "x"}).status_code == 400
    told = {"type": f"{club.name}.sign_in_refused", "method": "oauth2", "reason": reason}
    assert told_of(club, NOBODY) == {**told, "count": 1}


@pytest.mark.parametrize("kind", STORES)
def test_a_flood_of_guesses_is_a_few_facts(kind: str, tmp_path: Path) -> None:
    with store_of(kind) as store:
        settings = Settings.of({"data": tmp_path / "d", "store": store})
        asyncio.run(_guess(settings))


async def _guess(settings: Settings) -> None:
    asking = Request(address="192.0.2.7", device="a secret device")
    async with open_instance(settings) as instance:
        application = instance.application
        users, login = application.catalogue.get("users"), application.login
        anna = await application.writing.create(users, ACCOUNT, Request(service="test"))
        for identity in ("anna", "anna", "anna", "nobody", "nobody"):
            with pytest.raises(BadRequest):
                body = {"identity": identity, "password": SECRET}
                await login.with_password(users, body, asking)
        for number in range(ACCOUNTS_MAX + 50):
            login.refused(users, f"account{number:08}", "otp", "login_failed", asking)
    async with open_snapshot(settings) as snapshot:
        events = await snapshot.log.events(0, 10_000)
    told = [event for event in events if event.type == "users.sign_in_refused"]
    stream = f"{users.collection.id}/{anna.id}/facts"
    hers = [msgspec.json.decode(event.data) for event in told if event.stream == stream]
    why = {"method": "password", "reason": "login_failed"}
    assert hers == [{**why, "count": 1}, {**why, "count": 2}]
    counts = sum(msgspec.json.decode(event.data)["count"] for event in told)
    assert counts == 5 + ACCOUNTS_MAX + 50
    assert len(told) <= ACCOUNTS_MAX + 3
    for event in told:
        assert event.actor == "guest" and event.sealed is not None
        for secret in (SECRET, "secret device", "192.0.2.7", "nobody"):
            assert secret.encode() not in event.data + event.sealed
