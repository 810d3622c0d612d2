"""Who refers to a record is found by an index, though no definition tells of one."""

from pathlib import Path

import apsw
import asyncpg
import msgspec

from holobase.adapters.postgres.address import parse
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.domain.collection import Collection
from holobase.domain.declaration import declare, relation
from tests.stores.conftest import OpenStore, Places
from tests.stores.notes import define

BOXES = declare("boxes", relation("inside", "boxes"), owner="tests", rules={}).collection
INSIDE = BOXES.field_by_name["inside"]
OWN = f"hb_by_{BOXES.id}_{INSIDE.id}"

_SQLITE = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND name = ?"
_POSTGRES = (
    "SELECT tablename, indexname FROM pg_indexes"
    " WHERE schemaname = current_schema() AND indexname = $1"
)


def renamed(*indexes: str) -> Collection:
    """The boxes and their field under other names, with these indexes."""
    inside = msgspec.structs.replace(INSIDE, name="in")
    fields = tuple(inside if field is INSIDE else field for field in BOXES.fields)
    return msgspec.structs.replace(BOXES, name="crates", fields=fields, indexes=indexes)


async def tables_indexed(place: Path | str, *then: str) -> list[str]:
    """The tables that have our own index, and what is done to the store afterwards."""
    if isinstance(place, Path):
        connection = apsw.Connection(str(place / FILE_NAME))
        rows = connection.execute(_SQLITE, (OWN,)).fetchall()
        for statement in then:
            connection.execute(statement)
        connection.close()
    else:
        address = parse(place)
        path = {"search_path": address.schema}
        server = await asyncpg.connect(address.dsn, server_settings=path)
        rows = [tuple(row) for row in await server.fetch(_POSTGRES, OWN)]
        for statement in then:
            await server.execute(statement)
        await server.close()
    return [str(table) for table, _ in rows]


async def test_a_relation_has_an_index_as_long_as_no_other_serves_it(
    open_store: OpenStore, places: Places
) -> None:
    place = places("data")
    served = renamed("CREATE INDEX `i` ON `crates` (`in`)")
    async with open_store() as store:
        await store.submit(lambda: define(None, BOXES))
        assert await tables_indexed(place) == ["boxes"]
        await store.submit(lambda: define(BOXES, renamed()))
        assert await tables_indexed(place) == ["crates"]
        await store.submit(lambda: define(renamed(), served))
        assert await tables_indexed(place) == []
        await store.submit(lambda: define(served, renamed()))
        assert await tables_indexed(place) == ["crates"]


async def test_what_was_filled_before_relations_had_indexes_gets_them_when_it_is_opened(
    open_store: OpenStore, places: Places
) -> None:
    place = places("data")
    async with open_store() as store:
        await store.submit(lambda: define(None, BOXES))
    await tables_indexed(place, f'DROP INDEX "{OWN}"')
    assert await tables_indexed(place) == []
    async with open_store():
        assert await tables_indexed(place) == ["boxes"]


async def test_no_dump_tells_of_them(open_store: OpenStore) -> None:
    async with open_store() as store:
        await store.submit(lambda: define(None, BOXES))
        async with store.snapshot() as snapshot:
            assert not [row async for row in snapshot.dump() if OWN in "".join(row)]
