"""What is told to a connection in one turn of the event loop leaves at its end, in one piece."""

import asyncio
from typing import Any, cast

from holobase.runtime.connection import UNSENT_BYTES_MAX, TransportPipe


class Transport:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_open = True

    def write(self, data: bytes) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return not self.is_open

    def close(self) -> None:
        self.is_open = False

    abort = close


def made() -> tuple[TransportPipe, Transport]:
    transport = Transport()
    return TransportPipe(cast(Any, transport)), transport


async def test_what_is_written_in_a_turn_leaves_together_and_in_order() -> None:
    pipe, transport = made()
    pipe.write(b"one")
    pipe.write(b"three")
    assert transport.written == []
    await asyncio.sleep(0)
    pipe.write(b"next")
    await asyncio.sleep(0)
    assert transport.written == [b"3\r\none\r\n5\r\nthree\r\n", b"4\r\nnext\r\n"]


async def test_what_is_much_does_not_wait() -> None:
    pipe, transport = made()
    pipe.write(b"little")
    pipe.write(b"x" * UNSENT_BYTES_MAX)
    assert len(transport.written) == 1
    pipe.write(b"more")
    await asyncio.sleep(0)
    assert b"".join(transport.written).endswith(b"\r\n4\r\nmore\r\n")


async def test_ending_sends_what_was_written_before_and_nothing_after() -> None:
    pipe, transport = made()
    pipe.write(b"last")
    pipe.end()
    pipe.write(b"too late")
    await asyncio.sleep(0)
    assert transport.written == [b"4\r\nlast\r\n", b"0\r\n\r\n"]


async def test_cutting_sends_nothing_more() -> None:
    pipe, transport = made()
    pipe.write(b"lost")
    pipe.cut()
    await asyncio.sleep(0)
    assert transport.written == []
