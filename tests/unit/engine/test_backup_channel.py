"""Bytes between the loop and a thread: the same in whatever pieces, bounded, and never a part that
is taken for the whole."""

import asyncio

import pytest

from holobase.engine.backups.channel import WAITING_BYTES_MAX, Channel

PIECE = bytes(range(256)) * 4_000


def read_all(channel: Channel, size: int) -> tuple[bytes, int]:
    """Everything, and how much came at most at once."""
    found, most = [], 0
    while piece := channel.read(size):
        found.append(piece)
        most = max(most, len(piece))
    return b"".join(found), most


@pytest.mark.parametrize("size", [10_000, len(PIECE), 3_000_001, 2 * WAITING_BYTES_MAX, -1])
async def test_it_comes_out_as_it_went_in(size: int) -> None:
    channel = Channel()
    reading = asyncio.create_task(asyncio.to_thread(read_all, channel, size))
    for _ in range(20):
        channel.write(PIECE)
        await channel.drain()
    channel.close()
    found, most = await reading
    assert found == PIECE * 20
    assert size < 0 or most <= size


async def test_who_writes_waits_for_who_reads() -> None:
    channel = Channel()
    channel.write(bytes(WAITING_BYTES_MAX))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(channel.drain(), 0.05)
    await asyncio.to_thread(channel.read, 1)
    await asyncio.wait_for(channel.drain(), 30)


async def test_what_breaks_off_is_no_end() -> None:
    channel = Channel()
    channel.write(b"a part")
    channel.fail(RuntimeError("the lights went out"))
    with pytest.raises(RuntimeError, match="lights"):
        await asyncio.to_thread(channel.read, 6)
    with pytest.raises(RuntimeError, match="lights"):
        await channel.drain()
