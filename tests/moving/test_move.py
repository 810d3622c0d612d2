"""Moving between stores: equal to the last cell, whole or absent, and gone on with after a kill."""

import asyncio
import multiprocessing
import os
import random
import signal
from pathlib import Path

import httpx
import pytest

from holobase.domain.errors import DamagedData
from holobase.domain.event import Event
from holobase.ports.store import DumpRow
from holobase.runtime.moving import Source, import_pocketbase
from holobase.runtime.settings import Settings
from holobase.runtime.stores import Place, move_store
from holobase.runtime.wiring import open_snapshot
from tests.moving import everything
from tests.pb_data import MOMENT, PbData, base, field
from tests.replay import assert_replays
from tests.server import run, serve

RECORDS = 2_000

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["holobase.runtime.stores", "tests.moving.test_move"])


def contents(settings: Settings) -> tuple[list[DumpRow], list[Event]]:
    """Every cell and every event of a store."""

    async def read() -> tuple[list[DumpRow], list[Event]]:
        async with open_snapshot(settings) as snapshot:
            rows = [row async for row in snapshot.dump()]
            return rows, await snapshot.log.events(0, 100_000)

    return asyncio.run(read())


def imported(tmp_path: Path, folder: Path) -> Settings:
    """An instance with something in it."""
    settings = Settings(data=tmp_path / "data", without_community=True)
    done = import_pocketbase(settings, Source(folder), lambda *_: None, only_plan=False)
    assert done.is_done
    return settings


def test_there_and_back_everything_is_equal(tmp_path: Path, postgres_url: str) -> None:
    everything.make(tmp_path / "pb_data")
    settings = imported(tmp_path, tmp_path / "pb_data")
    before = contents(settings)
    there = ["--from", f"sqlite:///{settings.data}", "--to", postgres_url]
    done = run("move", *there, "--data", str(settings.data))
    assert done.returncode == 0, done.stderr
    moved = Settings.of({"data": settings.data, "store": postgres_url})
    assert contents(moved) == before
    assert_replays(moved)
    back = ["--from", postgres_url, "--to", f"sqlite:///{tmp_path / 'back'}"]
    done = run("move", *back, "--data", str(settings.data))
    assert done.returncode == 0, done.stderr
    returned = Settings(data=tmp_path / "back")
    assert contents(returned) == before
    assert contents(settings) == before
    with serve(returned.data, "--without-community") as server:
        url = f"{server.url}/api/collections/things/records"
        headers = {"authorization": everything.root_token()}
        assert httpx.get(url, headers=headers).json()["totalItems"] == 1
        made = httpx.post(url, json={"title": "after the move"}, headers=headers)
        assert made.status_code == 200
        listed = httpx.get(url, headers=headers).json()["items"]
        assert [each["title"] for each in listed][-1] == "after the move"
    assert_replays(returned)


def test_a_moved_schema_goes_on_behind_the_last_record(tmp_path: Path, postgres_url: str) -> None:
    everything.make(tmp_path / "pb_data")
    settings = imported(tmp_path, tmp_path / "pb_data")
    move_store(Place(settings.data), Place(None, postgres_url), settings.data, lambda *_: None)
    with serve(settings.data, "--without-community", store=postgres_url) as server:
        url = f"{server.url}/api/collections/things/records"
        headers = {"authorization": everything.root_token()}
        made = httpx.post(url, json={"title": "new"}, headers=headers).json()
        listed = httpx.get(url, headers=headers, params={"sort": "-@rowid"}).json()
        assert (listed["items"][0]["id"], listed["totalItems"]) == (made["id"], 2)
        assert_replays(server.settings)


def test_a_store_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    with PbData(tmp_path / "pb_data"):
        pass
    settings = imported(tmp_path, tmp_path / "pb_data")
    before = contents(settings)
    with pytest.raises(DamagedData, match="is there already"):
        move_store(Place(settings.data), Place(settings.data), settings.data, lambda *_: None)
    assert contents(settings) == before


@pytest.mark.parametrize("url", ["mysql://a/b", "sqlite://host/x", "sqlite:///", "hb_data"])
def test_an_address_that_is_none_of_a_store(url: str) -> None:
    with pytest.raises(DamagedData, match="A store is named as"):
        Place.at(url)


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    done = run("move", "--from", f"sqlite:///{tmp_path / 'no'}", "--to", f"sqlite:///{tmp_path}/b")
    assert done.returncode == 1
    assert not (tmp_path / "b").exists()


def moving(source: Place, target: Place, data: Path) -> None:
    """The move itself, in a process of its own."""
    move_store(source, target, data, lambda *_: None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_killed_move_is_whole_or_absent_and_goes_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with PbData(tmp_path / "pb_data") as made:
        made.collection(base("posts", field("text", "title")))
        for n in range(RECORDS):
            dated = {"created": MOMENT, "updated": MOMENT}
            made.record("posts", id=f"post{n:011d}", title=f"Title {n}", **dated)
    settings = imported(tmp_path, tmp_path / "pb_data")
    target, moved = Place(tmp_path / "moved"), Settings(data=tmp_path / "moved")
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
        target = Place(None, url)
        moved = Settings.of({"data": settings.data, "store": url})
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    is_whole = False
    for _ in range(request.config.getoption("--kills")):
        given = (Place(settings.data), target, settings.data)
        process = _processes.Process(target=moving, args=given)
        process.start()
        process.join(chance.uniform(0.05, 0.8))
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        is_whole = is_there(moved)
        if is_whole:
            break
    if not is_whole:
        moving(Place(settings.data), target, settings.data)
    assert contents(moved) == contents(settings), f"seed {seed}"
    assert_replays(moved)


def is_there(settings: Settings) -> bool:
    """Whether a server would find anything at all."""
    try:
        contents(settings)
    except Exception as nothing:
        assert "no_database" in str(nothing), nothing
        return False
    return True
