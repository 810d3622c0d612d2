"""Settings are kept: over restarts, in replay, and by several processes at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from holobase.domain.principal import Request
from holobase.domain.settings import DEFAULTS, shown
from holobase.engine.instance_settings import STREAM
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance
from tests.conftest import STORES, store_of
from tests.replay import assert_replays
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

PATH = "/api/settings"


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a fresh store of each kind."""
    with store_of(request.param) as url:
        yield url


def test_settings_survive_a_restart_and_replay(tmp_path: Path, store: str | None) -> None:
    data = tmp_path / "data"
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data), store=store)
    assert made.returncode == 0, made.stderr
    changes = {"meta": {"appName": "Kept"}, "smtp": {"password": "kept secret"}}
    with serve(data, store=store) as server:
        body = {"identity": ROOT, "password": PASSWORD}
        login = "/api/collections/_superusers/auth-with-password"
        token = httpx.post(server.url + login, json=body).json()["token"]
        headers = {"authorization": token}
        changed = httpx.patch(server.url + PATH, json=changes, headers=headers)
        assert server.stop() == 0
        assert "kept secret" not in server.log()
        assert_replays(server.settings)
    with serve(data, store=store) as server:
        assert httpx.get(server.url + PATH, headers=headers).content == changed.content
        assert server.stop() == 0
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"kept secret" not in kept


def test_a_change_holds_in_every_process_at_once(tmp_path: Path, store: str | None) -> None:
    async def steps() -> None:
        settings = Settings.of({"data": tmp_path / "data", "store": store})
        request = Request(service="tests")
        async with open_instance(settings) as one, open_instance(settings) as other:
            ours, theirs = one.application.instance_settings, other.application.instance_settings
            assert await ours.current() == await theirs.current() == DEFAULTS
            for number in range(20):
                here, there = (ours, theirs) if number % 2 else (theirs, ours)
                changed = await here.change({"batch": {"maxRequests": number + 1}}, request)
                assert await there.current() == changed
            await asyncio.gather(
                *(ours.change({"meta": {"appName": f"a{n}"}}, request) for n in range(3)),
                *(theirs.change({"meta": {"senderName": f"b{n}"}}, request) for n in range(3)),
            )
            meta = shown(await ours.current())["meta"]
            assert (meta["appName"][0], meta["senderName"][0]) == ("a", "b")
            assert await ours.current() == await theirs.current()
            assert len(await one.store.log.stream(STREAM)) == 26

    asyncio.run(steps())
