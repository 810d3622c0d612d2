"""The plain instance: the engine and its superusers, without the card community."""

import asyncio
from pathlib import Path

import httpx
import msgspec
import pytest

from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.domain.principal import Request
from holobase.engine.definitions import define
from holobase.kit import ids
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import Instance, open_instance, open_snapshot
from tests.replay import assert_replays
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

PLAIN = "--without-community"


def collections(data: Path) -> set[str]:
    """The names of all collections in a folder."""

    async def look() -> set[str]:
        async with open_snapshot(Settings(data=data)) as snapshot:
            return {collection.name for _, collection in await snapshot.definitions()}

    return asyncio.run(look())


def position(data: Path) -> int:
    """How much has been written."""

    async def look() -> int:
        async with open_snapshot(Settings(data=data)) as snapshot:
            return await snapshot.log.position()

    return asyncio.run(look())


def make_superuser(data: Path) -> None:
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
    assert made.returncode == 0, made.stderr


def test_it_has_the_collections_of_the_system_alone(tmp_path: Path) -> None:
    make_superuser(tmp_path)
    with serve(tmp_path, PLAIN) as server, httpx.Client(base_url=server.url) as client:
        login = "/api/collections/_superusers/auth-with-password"
        body = {"identity": ROOT, "password": PASSWORD}
        client.headers["authorization"] = client.post(login, json=body).json()["token"]
        other = {"email": "b@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
        superusers = "/api/collections/_superusers/records"
        assert client.post(superusers, json=other).status_code == 200
        assert client.get(superusers).json()["totalItems"] == 2
        for name in ("users", "roles", "unified_cards"):
            assert client.get(f"/api/collections/{name}/records").status_code == 404
        assert client.get("/api/settings").json()["meta"]["appName"] == "Acme"
        assert server.stop() == 0
        assert '"ERROR"' not in server.log()
        assert_replays(server.settings)
    assert all(name.startswith("_") for name in collections(tmp_path))


def test_its_variable_does_the_same(tmp_path: Path) -> None:
    with serve(tmp_path, env={"HOLOBASE_WITHOUT_COMMUNITY": "true"}):
        assert "users" not in collections(tmp_path)


def test_a_community_cannot_be_left_out_again(tmp_path: Path) -> None:
    with serve(tmp_path):
        pass
    before = position(tmp_path)
    refused = run("serve", PLAIN, "--data", str(tmp_path), "--http", "127.0.0.1:0")
    assert refused.returncode == 1
    assert "The card community is kept here. Start without --without-community" in refused.stderr
    assert position(tmp_path) == before


def test_the_community_can_be_added_later(tmp_path: Path) -> None:
    with serve(tmp_path, PLAIN):
        pass
    with serve(tmp_path) as server:
        roles = httpx.get(server.url + "/api/collections/roles/records").json()
        assert roles["totalItems"] > 0
        assert server.stop() == 0
        assert_replays(server.settings)


def test_other_commands_keep_what_is_there(tmp_path: Path) -> None:
    with serve(tmp_path, PLAIN):
        pass
    make_superuser(tmp_path)
    assert "users" not in collections(tmp_path)
    with serve(tmp_path):
        pass
    assert run("superuser", "list", "--data", str(tmp_path)).stdout.count("@") == 1
    assert "users" in collections(tmp_path)


def test_demo_data_needs_the_community(tmp_path: Path) -> None:
    refused = run("serve", PLAIN, "--demo", "--data", str(tmp_path), "--http", "127.0.0.1:0")
    assert refused.returncode == 2
    assert "--demo" in refused.stderr
    assert not any(tmp_path.iterdir())


async def _define(instance: Instance, collection: Collection) -> None:
    kernel = instance.application.kernel
    superuser = Request(now=1, service="somebody")
    await kernel.run(superuser, lambda unit: define(unit, None, collection))


@pytest.mark.parametrize(
    ("name", "of"), [("likes", "likes"), ("LIKES", "other"), ("renamed", "likes")]
)
def test_what_stands_in_its_place_keeps_the_community_out(
    tmp_path: Path, name: str, of: str
) -> None:
    plain = Settings(data=tmp_path, without_community=True)

    async def steps() -> None:
        async with open_instance(plain) as instance:
            system = instance.application.catalogue.superusers.collection
            identifier = ids.collection_id("base", of)
            mine = Collection(id=identifier, name=name, fields=system.fields[:1])
            await _define(instance, mine)
            await _define(instance, msgspec.structs.replace(mine, id="pbc_1", name="unrelated"))
        before = await _position(plain)
        with pytest.raises(DamagedData, match=f"in the place of {name}. Move"):
            async with open_instance(Settings(data=tmp_path)):
                pass
        assert await _position(plain) == before
        async with open_instance(plain) as instance:
            assert instance.application.catalogue.find(name)
        async with open_instance(Settings(data=tmp_path), as_stored=True) as instance:
            assert instance.application.catalogue.find("users") is None

    asyncio.run(steps())
    assert_replays(plain)


async def _position(settings: Settings) -> int:
    async with open_snapshot(settings) as snapshot:
        return await snapshot.log.position()
