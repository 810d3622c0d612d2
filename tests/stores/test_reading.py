"""Reading: short reads at once, long ones elsewhere, endless ones broken off."""

import asyncio
import itertools
import math
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from holobase.adapters.sqlite import SqliteStore
from holobase.adapters.sqlite.reader import LOOP_SECONDS_MAX, Reader
from holobase.domain.errors import TooSlow, Unavailable
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules.tables import record_table
from tests.stores.conftest import OpenStore
from tests.stores.notes import NOTES, create, settle_nothing, with_notes


def numbers(until: int | str) -> Statement:
    """A query that takes as many steps as it is asked for, on any store; or as its value says."""
    counting = f"SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < {until}"
    return Statement(
        f"WITH RECURSIVE counting (n) AS ({counting}) SELECT count(*) FROM counting", ()
    )


def ask_for_much(store: Store, times: int) -> list[asyncio.Task[Any]]:
    """So many reads that never end."""
    asked = [numbers(1_000_000_000 + n) for n in range(times)]
    return [asyncio.create_task(store.fetch(each, ())) for each in asked]


def end(endless: list[asyncio.Task[Any]], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends them nonetheless."""
    for each in endless:
        each.cancel()
    if kind == "sqlite":  # a thread cannot be cancelled, but its time is up now
        late = SimpleNamespace(monotonic=lambda: math.inf, thread_time=time.thread_time)
        monkeypatch.setattr("holobase.adapters.sqlite.reader.time", late)


async def test_a_read_sees_what_was_answered(open_store: OpenStore) -> None:
    notes = record_table(NOTES)
    async with open_store() as store:
        await with_notes(store)
        await store.submit(lambda: create("a"))
        statement = store.statement(sa.select(notes.c.title).where(notes.c.title == "a"))
        assert await store.fetch(statement, statement.bind()) == [("a",)]


async def test_a_long_read_gives_all_its_rows_and_holds_nobody_up(open_store: OpenStore) -> None:
    async with open_store() as store:
        statement = numbers(2_000_000)
        reading = asyncio.create_task(store.fetch(statement, ()))
        turns = 0
        while not reading.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert await reading == [(2_000_000,)]
        assert turns > 5
        assert await store.fetch(statement, ()) == [(2_000_000,)]


async def test_a_read_that_others_held_up_is_not_taken_for_a_long_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside: list[str] = []
    read = Reader._read

    def noted(reader: Reader, sql: str, *given: Any) -> Any:
        aside.append(sql)
        return read(reader, sql, *given)

    monkeypatch.setattr(Reader, "_read", noted)
    busy = [True]
    monkeypatch.setattr(Reader, "_is_spent", lambda _: bool(busy))
    store = await SqliteStore.open(tmp_path, settle_nothing)
    statement = numbers(1_000)
    assert await store.fetch(statement, ()) == [(1_000,)]
    assert aside == [statement.sql]
    busy.clear()
    assert await store.fetch(statement, ()) == [(1_000,)]
    assert aside == [statement.sql]
    await store.close()


async def test_a_read_past_its_time_is_broken_off(
    kind: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"holobase.adapters.{kind}.reader.SCAN_SECONDS_MAX", 0.05)
    async with open_store() as store:
        with pytest.raises(Unavailable):
            await store.fetch(numbers(1_000_000_000), ())
        assert await store.fetch(numbers(3), ()) == [(3,)]


async def test_who_asks_for_much_waits_behind_others_who_do(
    kind: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many endless reads there are, a short one is answered while they go on."""
    reader = f"holobase.adapters.{kind}.reader"
    monkeypatch.setattr(f"{reader}.QUICK_SECONDS_MAX", 1.5)
    monkeypatch.setattr(f"{reader}.SCAN_SECONDS_MAX", 60.0)
    if kind == "sqlite":
        monkeypatch.setattr(f"{reader}.LOOP_SECONDS_MAX", 0.0)
    else:
        monkeypatch.setattr(f"{reader}.CONNECTIONS_MAX", 2)
    async with open_store() as store:
        endless = ask_for_much(store, 3)
        await asyncio.sleep(0)
        assert await store.fetch(numbers(20_000), ()) == [(20_000,)]
        assert not any(each.done() for each in endless)
        end(endless, kind, monkeypatch)


async def test_a_statement_that_is_quick_again_does_not_wait_behind_slow_ones(
    kind: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = f"holobase.adapters.{kind}.reader"
    monkeypatch.setattr(f"{reader}.QUICK_SECONDS_MAX", 0.3)
    monkeypatch.setattr(f"{reader}.SCAN_SECONDS_MAX", 60.0)
    if kind == "sqlite":
        monkeypatch.setattr(f"{reader}.LOOP_SECONDS_MAX", 0.0)
    async with open_store() as store:
        counting = numbers("?1" if kind == "sqlite" else "$1::int")
        assert await store.fetch(counting, (5_000_000,)) == [(5_000_000,)]
        assert await store.fetch(counting, (20_000,)) == [(20_000,)]
        endless = ask_for_much(store, 3)
        await asyncio.sleep(1)  # by then they are among the slow ones
        assert await store.fetch(counting, (20_000,)) == [(20_000,)]
        assert not any(each.done() for each in endless)
        end(endless, kind, monkeypatch)


async def test_waiting_behind_slow_reads_has_an_end(
    kind: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = f"holobase.adapters.{kind}.reader"
    monkeypatch.setattr(f"{reader}.QUICK_SECONDS_MAX", 0.05)
    monkeypatch.setattr(f"{reader}.SCAN_SECONDS_MAX", 0.3)
    async with open_store() as store:
        for found in await asyncio.gather(*ask_for_much(store, 8), return_exceptions=True):
            assert isinstance(found, TooSlow)
        assert await store.fetch(numbers(3), ()) == [(3,)]


async def test_closing_waits_for_running_reads(open_store: OpenStore) -> None:
    async with open_store() as store:
        reading = asyncio.create_task(store.fetch(numbers(1_000_000), ()))
        await asyncio.sleep(0.01)
        await store.close()
        assert await reading == [(1_000_000,)]


async def test_a_short_read_stays_on_the_event_loop_however_often_it_runs(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()  # a busy machine would make any read a long one
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock) * LOOP_SECONDS_MAX / 8)
    async with open_store() as store:
        statement = numbers(50)
        for _ in range(1_000):
            assert await store.fetch(statement, ()) == [(50,)]
        assert not [t.name for t in threading.enumerate() if t.name.startswith("read")]
