"""PostgreSQL knows what its tables hold as soon as something has moved in; it scans them
unless it does."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from holobase.adapters.postgres.address import parse
from holobase.runtime.moving import Source, import_pocketbase
from holobase.runtime.settings import Settings
from holobase.runtime.stores import Place, move_store
from tests.moving import everything


async def _columns_known(url: str, table: str) -> int:
    address = parse(url)
    connection = await asyncpg.connect(address.dsn)
    try:
        query = "SELECT count(*) FROM pg_stats WHERE schemaname = $1 AND tablename = $2"
        return int(await connection.fetchval(query, address.schema, table))
    finally:
        await connection.close()


@pytest.mark.parametrize("way", ["import", "move"])
def test_what_was_brought_is_known_to_the_planner(
    tmp_path: Path, postgres_url: str, way: str
) -> None:
    everything.make(tmp_path / "pb_data")
    data = tmp_path / "data"
    given = {"data": data, "without_community": True}
    store = {"store": postgres_url} if way == "import" else {}
    source = Source(tmp_path / "pb_data")
    import_pocketbase(Settings.of(given | store), source, lambda *_: None, only_plan=False)
    if way == "move":
        move_store(Place(data), Place(None, postgres_url), data, lambda *_: None)
    for table in ("things", "hb_events"):
        assert asyncio.run(_columns_known(postgres_url, table)) > 0, table
