"""The hub: sums over all members, hints to all others, and what happens without it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from holobase.adapters.unix_socket import HubServer, Member, listen
from holobase.adapters.unix_socket.frames import NAME_LENGTH_MAX
from holobase.domain.errors import Unavailable
from holobase.ports import hub as ports_hub
from holobase.ports.hub import WORD_BYTES_MAX, Alone, Hub, Sums

SOON_SECONDS = 30.0


def in_a_loop(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    def run(tmp_path: Path) -> None:
        asyncio.run(test(tmp_path))

    return run


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[None]:
    """A hub for the length of the block; its connections end with it."""
    before = asyncio.all_tasks()
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - the one before may have left it
    server = await HubServer().start(listen(path))
    try:
        yield
    finally:
        server.close()
        members = {t for t in asyncio.all_tasks() - before if "_attend" in repr(t)}
        for each in members:
            each.cancel()
        await asyncio.gather(*members, return_exceptions=True)


@asynccontextmanager
async def members(path: Path, count: int) -> AsyncIterator[list[Member]]:
    """So many members, once the hub knows all of them."""
    async with AsyncExitStack() as opened:
        made = []
        for _ in range(count):
            made.append(Member(path))
            opened.push_async_callback(made[-1].close)
        await soon(lambda: all(each.is_connected for each in made))
        yield made


async def soon(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while not holds():  # noqa: ASYNC110 - it is asked of the outside
            await asyncio.sleep(0.01)


@in_a_loop
async def test_a_sum_is_over_all_members(folder: Path) -> None:
    async with serving(folder / "hub"), members(folder / "hub", 3) as (one, two, three):
        await asyncio.gather(*(each.add("logins", 2) for each in (one, two, three) * 10))
        assert await three.add("others") == 1
        assert [await each.total("logins") for each in (one, two, three)] == [60, 60, 60]
        await one.close()
        assert await two.total("logins") == 60


@in_a_loop
async def test_a_position_is_told_to_all_others_once(folder: Path) -> None:
    async with serving(folder / "hub"), members(folder / "hub", 3) as made:
        heard: list[list[int]] = [[], [], []]
        for member, ear in zip(made, heard, strict=True):
            member.listen(ear.append)
        made[0].tell(5)
        await soon(lambda: heard == [[], [5], [5]])
        made[1].tell(5)  # has heard it from the others
        made[2].tell(4)
        made[1].tell(6)
        await soon(lambda: heard == [[6], [5], [5, 6]])


@in_a_loop
async def test_positions_that_come_in_a_hurry_are_told_together(folder: Path) -> None:
    async with serving(folder / "hub"), members(folder / "hub", 2) as (one, two):
        heard: list[int] = []
        two.listen(heard.append)
        for position in range(1, 101):
            one.tell(position)
        await soon(lambda: heard == [1, 100])


@asynccontextmanager
async def places(path: Path, count: int) -> AsyncIterator[list[Member]]:
    """Members at the places from 0 on, once the hub knows all of them."""
    async with AsyncExitStack() as opened:
        made = []
        for place in range(count):
            made.append(Member(path, place))
            opened.push_async_callback(made[-1].close)
        await soon(lambda: all(each.is_connected for each in made))
        await asyncio.gather(*(each.total("a") for each in made))  # so it has read who they are
        yield made


@in_a_loop
async def test_a_process_is_asked_by_its_place(folder: Path) -> None:
    async def reply(question: bytes) -> bytes:
        return b"answer to " + question

    async with serving(folder / "hub"), places(folder / "hub", 3) as (one, two, three):
        two.answer(reply)
        long = b"x" * WORD_BYTES_MAX
        asked = [one.ask(1, b"one"), three.ask(1, b"three"), one.ask(1, long), one.ask(7, b"x")]
        answers = [b"answer to one", b"answer to three", b"answer to " + long, None]
        assert await asyncio.gather(*asked) == answers
        with pytest.raises(ValueError, match="too long"):
            await one.ask(1, long + b"x")
        await two.close()
        assert await one.ask(1, b"gone") is None
        successor = Member(folder / "hub", 1)
        successor.answer(reply)
        await soon(lambda: successor.is_connected)
        await successor.total("a")
        assert await one.ask(1, b"one") == b"answer to one"
        await successor.close()


@in_a_loop
async def test_what_one_says_all_others_hear(folder: Path) -> None:
    async with serving(folder / "hub"), places(folder / "hub", 3) as made:
        heard: list[list[bytes]] = [[], [], []]
        for member, ear in zip(made, heard, strict=True):
            member.hear(ear.append)
        made[0].say(b"hello")
        await soon(lambda: heard == [[], [b"hello"], [b"hello"]])


@in_a_loop
async def test_without_a_hub_nobody_can_be_asked(folder: Path) -> None:
    path = folder / "hub"

    async def never(_: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with serving(path), places(path, 2) as (one, two):
        assert await one.ask(1, b"somebody who answers nothing") is None
        two.answer(never)
        asked = asyncio.create_task(one.ask(1, b"somebody slow"))
        await one.total("a")
    with pytest.raises(Unavailable):
        await asked
    alone = Member(path)
    alone.say(b"nobody hears it")
    with pytest.raises(Unavailable):
        await alone.ask(1, b"anybody")
    await alone.close()


@in_a_loop
async def test_without_a_hub_each_counts_alone_and_finds_the_next_one(folder: Path) -> None:
    path = folder / "hub"
    async with serving(path), members(path, 2) as (one, two):
        await one.add("a")
        assert await two.add("a") == 2
    alone = Member(path)
    assert [await alone.add("a"), await alone.add("a"), await alone.total("a")] == [1, 2, 2]
    alone.tell(7)
    async with serving(path):
        await soon(lambda: alone.is_connected)
        assert await alone.add("a") == 1
    await soon(lambda: not alone.is_connected)
    assert await alone.add("a") == 3
    await alone.close()


@in_a_loop
async def test_what_is_no_frame_ends_one_connection_only(folder: Path) -> None:
    path = folder / "hub"
    async with serving(path), members(path, 1) as (member,):
        for nonsense in (b"\xff" * 100, b"\x00\x00\x00\x02hi", b"\x00\x00\x00\x01\xc0"):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(nonsense)
            assert await reader.read() == b""
            writer.close()
        assert await member.add("a") == 1
        with pytest.raises(ValueError, match="too long"):
            await member.add("x" * (NAME_LENGTH_MAX + 1))


@in_a_loop
async def test_a_process_alone_keeps_the_same_promises(_: Path) -> None:
    hub: Hub = Alone()
    hub.listen(lambda _: pytest.fail("there is nobody to hear"))
    hub.tell(1)
    assert [await hub.add("a", 3), await hub.add("a"), await hub.total("a")] == [3, 4, 4]
    assert await hub.total("b") == 0
    assert (hub.place, await hub.ask(1, b"anybody")) == (0, None)
    hub.say(b"nobody hears it")
    await hub.close()


def test_sums_are_forgotten_past_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports_hub, "NAMES_MAX", 2)
    sums = Sums()
    for name in ("a", "b", "a", "c"):
        sums.add(name, 1)
    assert [sums.add(name, 0) for name in ("a", "c", "b")] == [2, 1, 0]
