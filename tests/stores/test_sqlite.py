"""What only the SQLite store promises: turns, a bounded log file, several processes at once."""

import asyncio
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from holobase.adapters.sqlite import SqliteStore
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.turns import Turns
from tests.stores.notes import create, settle_nothing, with_notes


def test_turns_are_taken_by_one_at_a_time(tmp_path: Path) -> None:
    one, other = Turns(tmp_path / "lock"), Turns(tmp_path / "lock")
    order: list[str] = []

    def wait() -> None:
        with other.mine():
            order.append("other")

    with one.mine():
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.05)
        order.append("one")
    waiting.join(5)
    assert order == ["one", "other"]
    one.close()
    other.close()


async def test_what_comes_while_a_writer_waits_for_its_turn_shares_its_commit(
    tmp_path: Path,
) -> None:
    store, turns = SqliteStore(tmp_path, settle_nothing), Turns(tmp_path / "writer.lock")
    await with_notes(store)
    commits: list[int] = []
    store.subscribe(lambda events: commits.append(len(events)))
    with turns.mine():
        writing = [asyncio.create_task(store.submit(partial(create, "first")))]
        await asyncio.sleep(0.05)  # its writer waits by now
        writing += [asyncio.create_task(store.submit(partial(create, name))) for name in "abc"]
        await asyncio.sleep(0)
    await asyncio.gather(*writing)
    assert commits == [4]
    turns.close()
    await store.close()


async def test_the_log_file_stays_bounded_while_writers_never_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.checkpointer.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("holobase.adapters.sqlite.checkpointer.PAGES_DUE", 20)
    monkeypatch.setattr("holobase.adapters.sqlite.checkpointer.PAGES_MAX", 100)
    store = SqliteStore(tmp_path, settle_nothing)
    await with_notes(store)
    largest, long = 0, f'["{"x" * 2_000}"]'

    async def keep_writing(name: str) -> None:
        nonlocal largest
        for number in range(300):
            await store.submit(partial(create, f"{name}{number}", words=long))
            largest = max(largest, (tmp_path / f"{FILE_NAME}-wal").stat().st_size)

    await asyncio.gather(*(keep_writing(name) for name in "abcd"))
    await store.close()
    assert (tmp_path / FILE_NAME).stat().st_size > 2_400_000
    assert largest < 8_000_000  # all that was logged is four times that


async def test_who_is_woken_hears_of_others_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.news.FOREIGN_POLL_SECONDS", 1_000)
    one, other = SqliteStore(tmp_path, settle_nothing), SqliteStore(tmp_path, settle_nothing)
    heard: list[int] = []
    other.subscribe(lambda events: heard.extend(event.position for event in events))
    await asyncio.sleep(0)  # the first look of all is over
    await with_notes(one)
    assert heard == []
    other.wake()
    assert heard == [1]
    await one.close()
    await other.close()


async def test_one_look_serves_a_turn_of_the_loop_and_the_next_turn_looks_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holobase.adapters.sqlite.news.FOREIGN_POLL_SECONDS", 1_000)
    store = SqliteStore(tmp_path, settle_nothing)
    await with_notes(store)
    await asyncio.sleep(0)  # the first look of all is over
    heard: list[int] = []
    store.subscribe(lambda events: heard.extend(event.position for event in events))

    def elsewhere(name: str) -> None:
        async def work() -> None:
            other = SqliteStore(tmp_path, settle_nothing)
            await other.submit(partial(create, name))
            await other.close()

        thread = threading.Thread(target=lambda: asyncio.run(work()))
        thread.start()
        thread.join(20)  # this loop stands still: it is the same turn all the time

    await store.catch_up()
    elsewhere("a")
    await store.catch_up()
    assert heard == []
    await store.look()
    assert heard == [2]
    elsewhere("b")
    await asyncio.sleep(0)
    await store.catch_up()
    assert heard == [2, 3]
    await store.close()


def test_two_that_start_at_once_both_open_the_new_folder(tmp_path: Path) -> None:
    for turn in range(10):
        failures: list[BaseException] = []

        def start(
            folder: Path = tmp_path / str(turn), failures: list[BaseException] = failures
        ) -> None:
            async def work() -> None:
                store = SqliteStore(folder, settle_nothing)
                await store.close()

            try:
                asyncio.run(work())
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=start) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert failures == []


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_store_can_be_closed_twice_and_leaves_no_log_behind(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, settle_nothing)
    await with_notes(store)
    await asyncio.gather(store.close(), store.close())
    await store.close()
    assert names(tmp_path) == ["checkpointer.lock", FILE_NAME, "presence.lock", "writer.lock"]
    threads = {thread.name for thread in threading.enumerate()}
    assert not threads & {"writer", "checkpointer"}
