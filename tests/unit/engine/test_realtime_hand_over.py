"""Handing over between processes: whichever one is asked, the client is told by the one it is
connected to."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from holobase.adapters.unix_socket import HubServer, Member, listen
from holobase.domain.errors import BadRequest, NotFound
from holobase.engine.realtime import Realtime
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
TOPIC = "@oauth2"


class Pipe:
    """Keeps what is written."""

    waiting_bytes = 0

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_open = True

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def end(self) -> None:
        self.is_open = False

    cut = end


def unexpected(error: Exception) -> None:
    raise AssertionError("nothing fails here") from error


def on_two_processes(
    test: Callable[[Realtime, Realtime], Coroutine[None, None, None]],
) -> Callable[[Path], None]:
    async def run(folder: Path) -> None:
        server = await HubServer().start(listen(folder / "hub"))
        settings = Settings(data=folder / "data", without_community=True)
        async with AsyncExitStack() as opened:
            found = []
            for place in range(2):
                member = Member(folder / "hub", place)
                opened.push_async_callback(member.close)
                instance = await opened.enter_async_context(open_instance(settings, hub=member))
                realtime = instance.application.realtime
                await opened.enter_async_context(realtime.running(300, 300, unexpected))
                found.append(realtime)
                while not member.is_connected:  # noqa: ASYNC110 - it is asked of the outside
                    await asyncio.sleep(0.01)
                await member.total("it is known")
            await test(*found)
        server.close()
        await asyncio.sleep(0.05)

    def runs(tmp_path_factory: Any) -> None:
        asyncio.run(run(tmp_path_factory.mktemp("h")))

    return runs


@on_two_processes
async def test_something_is_sent_once_from_either_process(one: Realtime, other: Realtime) -> None:
    for asked in (one, other):
        pipe = Pipe()
        client = await one.connect(pipe, HERE, None)
        await asked.subscribe(client.id, [TOPIC, "else"], HERE, "")
        assert not await asked.send(client.id, TOPIC, {"code": "x"}, ELSEWHERE)
        assert not await asked.send(client.id, "other", {"code": "x"}, HERE)
        assert await asked.send(client.id, TOPIC, {"state": client.id, "code": "x"}, HERE)
        data = b'data:{"state":"%b","code":"x"}' % client.id.encode()
        assert pipe.written[1:] == [
            b"id:%b\nevent:@oauth2\n%b\n\n" % (client.id.encode(), data),
        ]
        assert not await asked.send(client.id, TOPIC, {}, HERE)
        assert client.topics == ("else",)
        one.leave(client)
        assert not await asked.send(client.id, TOPIC, {}, HERE)


@on_two_processes
async def test_the_other_process_refuses_what_its_own_would(one: Realtime, other: Realtime) -> None:
    client = await one.connect(Pipe(), HERE, None)
    with pytest.raises(BadRequest):
        await other.subscribe(client.id, ["a"], ELSEWHERE, "")
    one.leave(client)
    for identifier in (client.id, "9" * 40, client.id[:2] + "x" * 38, "bb" + "x" * 38):
        with pytest.raises(NotFound):
            await other.subscribe(identifier, ["a"], HERE, "")


@on_two_processes
async def test_ids_are_never_the_same(one: Realtime, other: Realtime) -> None:
    both = [one, other] * 1000
    found = {(await realtime.connect(Pipe(), HERE, None)).id for realtime in both}
    assert len(found) == 2000
    assert {identifier[:2] for identifier in found} == {"aa", "ab"}
