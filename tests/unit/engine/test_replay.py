"""Replay as a proof: whatever was touched is found, and an erased person stays erased."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from holobase.adapters.sqlite import SqliteStore
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.rebuild import SqliteRebuild
from holobase.adapters.sqlite.store import open_snapshot
from holobase.domain.declaration import (
    boolean,
    date,
    declare,
    email,
    integer,
    json,
    number,
    relation,
    select,
    text,
)
from holobase.domain.derived import Count
from holobase.domain.errors import DamagedData
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.replay import Replay, ReplayReport
from holobase.engine.sealing import KEY_BYTES, Sealer
from holobase.engine.unit import Unit
from holobase.ports.command import Command
from tests.replay import verified

NOW = 1_790_000_000_000
ANNA, BORA = "anna00000000000", "bora00000000000"
PEOPLE = declare(
    "people",
    text("name", personal=True),
    email("mail", personal=True),
    text("city"),
    number("height"),
    integer("posts", derived=Count(of="posts", by="author")),
    boolean("active"),
    select("likes", "a", "b", max_select=2),
    json("extra"),
    date("born"),
    relation("friends", "people", max_select=9),
    owner="tests",
    person="id",
    rules={},
    indexes=("UNIQUE mail",),
)
POSTS = declare("posts", relation("author", "people"), text("words"), owner="tests", rules={})
DECLARATIONS = [PEOPLE, POSTS]
KEY = Sealer(b"k" * KEY_BYTES)


def live(unit: Unit) -> Command[None]:
    for who, name in ((ANNA, "Anna"), (BORA, "Bora")):
        given = {"name": name, "mail": f"{name}@holobase.example", "city": "서울", "height": 1.75}
        more = {"active": True, "likes": ["b", "a"], "extra": '{"z":1,"a":[null]}'}
        yield from unit.create("people", {"id": who, **given, **more})
    for number_ in range(3):
        yield from unit.create("posts", {"id": f"post{number_:011d}", "author": ANNA})
    yield from unit.update("people", ANNA, {"name": "Anne", "friends": [BORA]})
    yield from unit.delete("posts", "post00000000000")
    yield from unit.fact("people.waved", "people", ANNA, {"at": BORA}, None)


async def open_and(folder: Path, sealer: Sealer, work: Callable[[Unit], Command[None]]) -> None:
    kernel = Kernel(DECLARATIONS, Reactions(), sealer, lambda: NOW)
    stores = []

    async def make(settle):  # type: ignore[no-untyped-def]
        stores.append(await SqliteStore.open(folder, settle))
        return stores[0]

    try:
        await kernel.open(make, ())
        await kernel.run(Request(service="t"), work)
    finally:
        for store in stores:
            await store.close()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("lived")
    asyncio.run(open_and(folder, KEY, live))
    return (folder / FILE_NAME).read_bytes()


@pytest.fixture
def file(lived: bytes, tmp_path: Path) -> Path:
    path = tmp_path / FILE_NAME
    path.write_bytes(lived)
    return path


@pytest.fixture
def sql(file: Path) -> Iterator[Callable[[str], object]]:
    def execute(statement: str) -> None:
        connection = apsw.Connection(str(file))
        connection.execute(statement)
        assert connection.total_changes() > 0, "nothing was touched"
        connection.close()

    yield execute


def verify(file: Path, sealer: Sealer = KEY) -> ReplayReport:
    async def run() -> ReplayReport:
        async with open_snapshot(file) as snapshot:
            return await verified(snapshot, sealer, DECLARATIONS)

    return asyncio.run(run())


def test_what_was_lived_replays_to_the_same_cells(file: Path) -> None:
    report = verify(file)
    assert report.differences == []
    assert report.events > 10
    assert report.recounted == 1


@pytest.mark.parametrize(
    "change",
    [
        "city = 'x'",
        "name = 'anne'",
        "mail = upper(mail)",
        "height = 1.7500001",
        "height = 2",
        "posts = 3",
        "active = 0",
        """likes = '["a","b"]'""",
        """extra = '{"a":[null],"z":1}'""",
        "extra = NULL",
        "born = '2026-01-01 00:00:00.000Z'",
        "friends = '[]'",
        "updated = '2026-01-01 00:00:00.000Z'",
        "_body = replace(_body, '1.75', '1.76')",
        "_body = NULL",
        "_version = _version + 1",
        "_edited = _version",
        "_revision = _revision + 1",
        "id = 'anne00000000000'",
    ],
)
def test_a_flipped_cell_is_found(
    file: Path, sql: Callable[[str], object], change: str, columns: dict[str, str]
) -> None:
    for ours, theirs in columns.items():
        change = change.replace(ours, theirs)
    sql(f"UPDATE people SET {change} WHERE id = '{ANNA}'")
    differences = verify(file).differences
    assert differences
    assert all("people/" in each for each in differences)


@pytest.fixture
def columns() -> dict[str, str]:
    from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

    return {"_body": BODY, "_version": VERSION, "_edited": EDITED, "_revision": REVISION}


@pytest.mark.parametrize(
    "change",
    [
        f"DELETE FROM people WHERE id = '{BORA}'",
        "INSERT INTO posts (id) VALUES ('post99999999999')",
        "UPDATE hb_streams SET version = version + 1 WHERE stream LIKE '%anna%'",
        "UPDATE hb_streams SET hash = zeroblob(32) WHERE stream LIKE '%anna%'",
        "DELETE FROM hb_streams WHERE stream LIKE '%post00000000000'",
        "UPDATE hb_collections SET definition ="
        " CAST(replace(CAST(definition AS TEXT), 'city', 'town') AS BLOB)",
        "UPDATE hb_collections SET revision = 2",
        "DELETE FROM hb_events WHERE position = (SELECT max(position) FROM hb_events)",
        "DELETE FROM hb_events WHERE type = 'people.derived'",
    ],
)
def test_a_row_that_is_gone_added_or_touched_is_found(
    file: Path, sql: Callable[[str], object], change: str
) -> None:
    sql(change)
    assert verify(file).differences


def test_a_dropped_index_is_found(file: Path) -> None:
    connection = apsw.Connection(str(file))
    index = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'people'"
        " AND sql IS NOT NULL"
    ).get
    connection.execute(f'DROP INDEX "{index}"')
    connection.close()
    [difference] = verify(file).differences
    assert str(index) in difference


@pytest.mark.parametrize("where", ["type = 'people.created'", "position = 1", "type LIKE '%waved'"])
@pytest.mark.parametrize(
    "change",
    [
        "data = data || ' '",
        "data = replace(data, ':', ' :')",
        "sealed = CASE WHEN sealed IS NULL THEN zeroblob(0) ELSE substr(sealed, 2) END",
        "sealed = CASE WHEN sealed IS NULL THEN x'00' ELSE NULL END",
        "hash = zeroblob(32)",
        "actor = 'people/x'",
        "request_id = 'x'",
        "causation_id = x'00'",
        "causation_id = x''",
        "at = at + 1",
        "schema = schema + 1",
        "type = upper(type)",
        "version = version + 7",
        "stream = stream || 'x'",
        "id = zeroblob(16)",
    ],
)
def test_a_touched_event_is_reported_as_damage(
    file: Path, sql: Callable[[str], object], change: str, where: str
) -> None:
    change = change.replace("replace(data,", "replace(CAST(data AS TEXT),")
    if change.startswith("data"):
        change = "data = CAST(" + change.removeprefix("data = ") + " AS BLOB)"
    sql(f"UPDATE hb_events SET {change} WHERE position ="
        f" (SELECT min(position) FROM hb_events WHERE {where})")  # fmt: skip
    with pytest.raises(DamagedData, match=r"log is damaged: event \d+"):
        verify(file)


@pytest.mark.parametrize("where", ["position = 1", "type = 'posts.created'", "version = 2"])
def test_a_missing_event_is_found(file: Path, sql: Callable[[str], object], where: str) -> None:
    sql(f"DELETE FROM hb_events WHERE position ="
        f" (SELECT min(position) FROM hb_events WHERE {where})")  # fmt: skip
    try:
        assert verify(file).differences
    except DamagedData:
        return


def test_a_counter_that_the_log_tells_wrongly_is_found_by_counting_again(
    tmp_path: Path,
) -> None:
    def miscount(unit: Unit) -> Command[None]:
        yield from live(unit)
        yield from unit.update("people", BORA, {"posts": 7})

    asyncio.run(open_and(tmp_path, KEY, miscount))
    [difference] = verify(tmp_path / FILE_NAME).differences
    assert difference == f"people/{BORA} posts: is 7, recounted 0"


def test_an_erased_person_replays_as_placeholders_and_all_else_stays(
    file: Path, sql: Callable[[str], object]
) -> None:
    sql(f"DELETE FROM hb_person_keys WHERE subject = '{ANNA}'")

    async def rebuild() -> tuple[Record | None, Record | None, ReplayReport]:
        async with open_snapshot(file) as snapshot:
            target = SqliteRebuild(file.parent / "rebuilt.db")
            replay = Replay(snapshot, target, KEY, DECLARATIONS)
            await replay.run(lambda _: None)
            people = [target.load(PEOPLE.collection, each) for each in (ANNA, BORA)]
            await replay.compare()
            target.close()
            return people[0], people[1], replay.report

    anna, bora, report = asyncio.run(rebuild())
    assert anna is not None
    assert bora is not None
    assert anna.values["name"] == f"erased-{ANNA}"
    assert anna.values["mail"] == f"{ANNA}@erased.invalid"
    assert (anna.values["city"], anna.values["posts"]) == ("서울", 2)
    assert (bora.values["name"], bora.values["mail"]) == ("Bora", "Bora@holobase.example")
    assert len(report.differences) == 1
    assert ANNA in report.differences[0]


def test_a_wrong_instance_key_is_told_as_such(file: Path) -> None:
    with pytest.raises(DamagedData, match="The instance key does not fit the data"):
        verify(file, Sealer(b"x" * KEY_BYTES))
