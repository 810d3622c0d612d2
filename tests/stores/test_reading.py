"""Reading: short reads at once, long ones elsewhere, endless ones broken off."""

import asyncio
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from holobase.domain.errors import Unavailable
from holobase.domain.fields import Cell
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from tests.stores.conftest import OpenStore
from tests.stores.notes import create, with_notes


def numbers(until: int) -> sa.Select[Any]:
    """A query that takes as many steps as it is asked for, on any store."""
    counting = sa.select(sa.literal(1).label("n")).cte("counting", recursive=True)
    counting = counting.union_all(sa.select(counting.c.n + 1).where(counting.c.n < until))
    return sa.select(sa.func.count()).select_from(counting)


def bound(store: Store, query: sa.Select[Any]) -> tuple[Statement, tuple[Cell, ...]]:
    statement = store.statement(query)
    return statement, statement.bind()


async def test_a_read_sees_what_was_answered(open_store: OpenStore) -> None:
    notes = sa.table("notes", sa.column("title"))
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        statement = store.statement(sa.select(notes.c.title).where(notes.c.title == "a"))
        assert await store.fetch(statement, statement.bind()) == [("a",)]


async def test_a_long_read_gives_all_its_rows_and_holds_nobody_up(open_store: OpenStore) -> None:
    async with open_store() as store:
        statement, values = bound(store, numbers(2_000_000))
        reading = asyncio.create_task(store.fetch(statement, values))
        turns = 0
        while not reading.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert await reading == [(2_000_000,)]
        assert turns > 5
        assert await store.fetch(statement, values) == [(2_000_000,)]


async def test_a_read_past_its_time_is_broken_off(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.reader.SCAN_SECONDS_MAX", 0.05)
    async with open_store() as store:
        with pytest.raises(Unavailable):
            await store.fetch(*bound(store, numbers(1_000_000_000)))
        assert await store.fetch(*bound(store, numbers(3))) == [(3,)]


async def test_closing_waits_for_running_reads(open_store: OpenStore) -> None:
    async with open_store() as store:
        reading = asyncio.create_task(store.fetch(*bound(store, numbers(1_000_000))))
        await asyncio.sleep(0.01)
        await store.close()
        assert await reading == [(1_000_000,)]


async def test_a_short_read_stays_on_the_event_loop_however_often_it_runs(
    open_store: OpenStore,
) -> None:
    async with open_store() as store:
        statement, values = bound(store, numbers(50))
        for _ in range(1_000):
            assert await store.fetch(statement, values) == [(50,)]
        assert not [t.name for t in threading.enumerate() if t.name.startswith("read")]
