"""Refused logins are told, to whom they concern, and cannot fill the log."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from holobase.domain.errors import BadRequest
from holobase.domain.principal import Request
from holobase.engine.accounts.refusals import ACCOUNTS_MAX
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance, open_snapshot
from tests.conftest import STORES, store_of
from tests.wire.inside import ACCOUNT

SECRET = "not the password"


@pytest.mark.parametrize("kind", STORES)
def test_a_flood_of_guesses_is_a_few_facts(kind: str, tmp_path: Path) -> None:
    with store_of(kind) as store:
        settings = Settings.model_validate({"data": tmp_path / "d", "store": store})
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
