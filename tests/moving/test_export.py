"""Moving out again: what comes in goes out as it was, into a folder that PocketBase opens."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.ports.store import DumpRow
from holobase.runtime.exporting import export_pocketbase
from holobase.runtime.moving import Source, import_pocketbase
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_snapshot
from tests.conftest import STORES, store_of
from tests.moving import everything
from tests.moving.test_import import digests
from tests.pb_data import MIGRATIONS
from tests.server import run

KEY = "0123456789abcdef0123456789abcdef"
OWN = "hb_"


def imported(data: Path, folder: Path, store: str | None = None, key: str = "") -> Settings:
    """A plain instance of what is in a folder."""
    given = {"data": data, "store": store, "without_community": True}
    settings = Settings.of(given)
    source = Source(folder, key=key)
    assert import_pocketbase(settings, source, lambda *_: None, only_plan=False).is_done
    return settings


def undated(collection: Collection) -> Collection:
    """A definition that every instance makes itself, at a moment of its own."""
    return msgspec.structs.replace(collection, created="", updated="", declared=())


def records(settings: Settings) -> list[DumpRow]:
    """Every record, index and definition."""

    async def read() -> list[DumpRow]:
        async with open_snapshot(settings) as snapshot:
            definitions = [
                ("definition", c.name, repr(undated(c) if c.system else c))
                for _, c in await snapshot.definitions()
            ]
            rows = [row async for row in snapshot.dump() if not row[0].startswith(OWN)]
            return [*sorted(definitions), *rows]

    return asyncio.run(read())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything."""
    everything.make(tmp_path / "pb_data")
    return tmp_path / "pb_data"


@pytest.mark.parametrize("kind", STORES)
def test_in_and_out_and_in_again_everything_is_equal(
    kind: str, folder: Path, tmp_path: Path
) -> None:
    with store_of(kind) as store:
        first = imported(tmp_path / "first", folder, store)
        export_pocketbase(first, tmp_path / "out", KEY, lambda *_: None)
        before = records(first)
    again = imported(tmp_path / "again", tmp_path / "out", key=KEY)
    assert records(again) == before
    assert digests(tmp_path / "out" / "storage") == digests(folder / "storage")


def rows(folder: Path, query: str) -> list[Any]:
    connection = apsw.Connection(str(folder / "data.db"))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_the_folder_is_laid_out_as_the_other_program_does(folder: Path, tmp_path: Path) -> None:
    settings = imported(tmp_path / "data", folder)
    done = run("export", "pocketbase", str(tmp_path / "out"), "--data", str(settings.data))
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {"data.db", "auxiliary.db", "storage"}
    assert rows(out, "PRAGMA integrity_check") == [("ok",)]
    assert {name for (name,) in rows(out, "SELECT file FROM _migrations")} == set(MIGRATIONS)
    for table in ("_collections", "things", "odd_things", "users", "_externalAuths", "_params"):
        query = f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')"
        if table != "odd_things":  # made with old columns on purpose
            assert set(rows(out, query)) == set(rows(folder, query))
    for table in ("things", "users", "members", "_superusers", "keyed"):
        names = [name for (name,) in rows(folder, f"SELECT name FROM pragma_table_info('{table}')")]
        query = f"SELECT {', '.join(names)} FROM {table} WHERE id <> 'pbinstaller0001'"
        assert rows(out, query) == rows(folder, query)
    users = "SELECT listRule, id, options FROM _collections WHERE name = 'users'"
    [(rule, identifier, options)], [(_, __, before)] = rows(out, users), rows(folder, users)
    assert (rule, identifier) == ("id = @request.auth.id", "_pb_users_auth_")
    secrets = msgspec.json.decode(options)
    assert secrets["authToken"] == msgspec.json.decode(before)["authToken"]
    assert secrets["oauth2"]["providers"][0]["clientSecret"] == "a client secret"
    [(value,)] = rows(out, "SELECT value FROM _params WHERE id = 'settings'")
    assert msgspec.json.decode(value)["smtp"]["password"] == "smtp secret"


def test_a_folder_that_holds_something_is_left_alone(folder: Path, tmp_path: Path) -> None:
    settings = imported(tmp_path / "data", folder)
    before = digests(folder)
    with pytest.raises(DamagedData, match="is not empty"):
        export_pocketbase(settings, folder, "", lambda *_: None)
    assert digests(folder) == before


def test_an_instance_that_is_not_there_is_not_exported(tmp_path: Path) -> None:
    done = run("export", "pocketbase", str(tmp_path / "out"), "--data", str(tmp_path / "none"))
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()
