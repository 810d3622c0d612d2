"""What only the PostgreSQL store promises: one schema, several processes, a server that may go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from holobase.adapters.postgres import PostgresStore
from holobase.adapters.postgres.address import parse
from holobase.adapters.postgres.layout import lock_key
from holobase.adapters.postgres.reader import Reader
from holobase.domain.collection import Collection
from holobase.domain.declaration import declare, relation
from holobase.domain.errors import DamagedData, Unavailable
from holobase.domain.fields import NumberField, TextField
from holobase.ports.command import Command
from tests.postgres import PostgresServer, run_sql, with_schema
from tests.stores.notes import (
    NOTES,
    create,
    define,
    remove,
    settle_nothing,
    titles,
    values,
    with_notes,
    write,
)
from tests.stores.proxy import proxied


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresStore]:
    store = await PostgresStore.open(url, settle_nothing)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    address = parse(url)
    path = {"search_path": address.schema}
    connection = await asyncpg.connect(address.dsn, server_settings=path)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_writer_that_is_held_open_lets_no_reader_skip_an_event(postgres_url: str) -> None:
    async with opened(postgres_url) as store, connected(postgres_url) as other:
        await with_notes(store)
        heard: list[int] = []
        store.subscribe(lambda events: heard.extend(event.position for event in events))
        transaction = other.transaction()
        await transaction.start()
        await other.execute(
            f"SELECT pg_advisory_xact_lock({lock_key('log', parse(postgres_url).schema)})"
        )
        await other.execute(
            "INSERT INTO hb_events SELECT 2, id, 'x/y', 1, 'x.happened', schema, data, sealed,"
            " actor, request_id, causation_id, at, hash FROM hb_events WHERE position = 1"
        )
        waiting = asyncio.create_task(store.submit(lambda: create("a")))
        await asyncio.sleep(0.2)
        assert await store.log.position() == 1
        assert (heard, waiting.done()) == ([], False)
        await transaction.commit()
        assert await waiting == 1
        assert heard == [2, 3]
        assert [event.position for event in await store.log.events()] == [1, 2, 3]


async def test_several_that_start_at_once_lay_out_one_schema(postgres_url: str) -> None:
    stores = await asyncio.gather(
        *(PostgresStore.open(postgres_url, settle_nothing) for _ in range(4))
    )
    await with_notes(stores[0])
    assert await stores[1].submit(lambda: create("a")) == 1
    await asyncio.gather(*(store.close() for store in stores))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE TABLE orders (id int)", "belongs to another program"),
        ("CREATE TABLE hb_meta (key text, value text)", "belongs to another program"),
    ],
)
async def test_a_schema_of_somebody_else_is_refused_and_left_alone(
    postgres_url: str, sql: str, words: str
) -> None:
    address = parse(postgres_url)
    run_sql(address.dsn, f"CREATE SCHEMA {address.schema}")
    run_sql(address.dsn, sql.replace("TABLE ", f"TABLE {address.schema}."))
    with pytest.raises(DamagedData, match=words):
        await PostgresStore.open(postgres_url, settle_nothing)
    async with connected(postgres_url) as connection:
        tables = await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname = $1", address.schema
        )
        assert tables == 1


async def test_a_schema_of_a_newer_program_is_refused(postgres_url: str) -> None:
    async with opened(postgres_url):
        pass
    async with connected(postgres_url) as connection:
        await connection.execute("UPDATE hb_meta SET value = '99' WHERE key = 'format'")
    with pytest.raises(DamagedData, match="newer Holobase"):
        await PostgresStore.open(postgres_url, settle_nothing)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/d",
        "postgresql://u:hunter2@h:port/d",
        "postgresql://u:hunter2@h/d?schema=pg_catalog",
        "postgresql://u:hunter2@127.0.0.1:1/d",
        "postgresql://u@127.0.0.1:1/d?password=hunter2",
        "postgresql://u:hunter2@127.0.0.1:1/d?sslmode=nonsense",
    ],
)
async def test_no_failure_tells_the_password(url: str) -> None:
    with pytest.raises((DamagedData, Unavailable)) as refused:
        await PostgresStore.open(url, settle_nothing)
    assert "hunter2" not in str(refused.value)


def test_an_address_shows_no_password() -> None:
    address = parse("postgresql://u:hunter2@h:1/d?schema=s")
    assert "hunter2" not in f"{address} {address!r}"
    assert (address.schema, address.dsn) == ("s", "postgresql://u:hunter2@h:1/d")


@pytest.mark.parametrize("how", ["before", "after"])
async def test_a_commit_whose_answer_is_lost_happens_once(
    postgres_url: str, tmp_path: Path, how: Any
) -> None:
    async with proxied(postgres_url, tmp_path) as (proxy, url), opened(url) as store:
        await with_notes(store)
        heard: list[int] = []
        store.subscribe(lambda events: heard.extend(event.position for event in events))
        for turn in range(3):
            proxy.cut = how
            commands = [partial(create, f"{turn}{n}") for n in range(5)]
            assert await asyncio.gather(*map(store.submit, commands)) == [1] * 5
        assert proxy.cuts == 3
        assert await store.log.position() == 16
        assert heard == list(range(2, 17))
        assert len(await titles(store)) == 15


async def test_connections_that_the_server_ends_are_made_again(
    private_postgres: PostgresServer,
) -> None:
    url = with_schema(private_postgres.url, "ended")
    async with opened(url) as store, connected(url) as other:
        await with_notes(store)
        heard: list[int] = []
        store.subscribe(lambda events: heard.extend(event.position for event in events))

        async def keep_writing(name: str) -> None:
            for number in range(40):
                assert await store.submit(partial(create, f"{name}{number}")) == 1
                await store.fetch(store.total(NOTES), store.total(NOTES).bind())

        writing = asyncio.gather(*(keep_writing(name) for name in "abcdef"))
        for _ in range(6):
            await asyncio.sleep(0.1)
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'holobase' AND usename = current_user"
                " AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
            )
        await writing
        await store.catch_up()
        assert heard == list(range(2, 242))
        assert await store.fetch(store.total(NOTES), store.total(NOTES).bind()) == [(240,)]


async def test_the_total_follows_what_is_made_and_deleted(postgres_url: str) -> None:
    async with opened(postgres_url) as store:
        await with_notes(store)
        total = store.total(NOTES)
        assert await store.fetch(total, total.bind()) == [(0,)]
        await asyncio.gather(*(store.submit(partial(create, name)) for name in "abc"))
        await store.submit(lambda: remove("b"))
        await store.submit(lambda: create("d"))
        assert await store.fetch(total, total.bind()) == [(3,)]


async def test_who_joins_waits_for_no_write_that_goes_on(postgres_url: str) -> None:
    boxes = declare("boxes", relation("inside", "boxes"), owner="tests", rules={}).collection
    async with opened(postgres_url) as store, connected(postgres_url) as writer:
        await store.submit(lambda: define(None, boxes))
        async with writer.transaction():
            await writer.execute("LOCK TABLE boxes IN ROW EXCLUSIVE MODE")
            async with asyncio.timeout(30), opened(postgres_url) as another:
                assert await another.log.position() == await store.log.position()


async def test_a_reader_that_is_given_up_disturbs_nobody(postgres_url: str) -> None:
    async with opened(postgres_url):
        reader = Reader(parse(postgres_url), connections=2)
        for _ in range(20):
            reading = asyncio.create_task(reader.fetch("SELECT 1 FROM pg_sleep(5)"))
            await asyncio.sleep(0.01)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            assert await reader.fetch("SELECT $1::bigint", 7) == [(7,)]
        await reader.close()


def renamed(**changes: object) -> Collection:
    return msgspec.structs.replace(NOTES, **changes)


LONG = "n" * 90
STRANGE = renamed(
    name=LONG,
    fields=(
        *NOTES.fields,
        TextField(id="t1", name="f" * 80 + "1"),
        TextField(id="t2", name="f" * 80 + "2"),
        NumberField(id="t3", name="xmin"),
        TextField(id="t4", name="select"),
    ),
    indexes=(
        f"CREATE UNIQUE INDEX `{'i' * 80}` ON `{LONG}` (`{'f' * 80}1` COLLATE NOCASE, xmin DESC)",
    ),
)


async def test_names_that_postgresql_would_cut_or_keep_for_itself_are_kept(
    postgres_url: str,
) -> None:
    after = {**values("a"), "f" * 80 + "1": "one", "f" * 80 + "2": "two", "xmin": 3, "select": "s"}

    def make(record_id: str) -> Command[int]:
        given = {**after, "id": record_id, "f" * 80 + "1": record_id}
        return (yield from write("created", record_id, None, given, collection=STRANGE))

    async with opened(postgres_url) as store:
        await store.submit(lambda: define(None, STRANGE))
        await store.submit(lambda: make("a"))
        with pytest.raises(Exception, match="xmin"):
            await store.submit(lambda: make("A"))
        async with store.snapshot() as snapshot:
            rows = [row async for row in snapshot.dump()]
        assert f"table {LONG}" in [row[1] for row in rows]
        assert f"index {'i' * 80}" in [row[1] for row in rows]
        [row] = [row[2] for row in rows if row[0] == LONG]
        assert f"{'f' * 80}2='two'" in row
        assert "xmin=3" in row
