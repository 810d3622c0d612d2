"""Memory that a burst has used goes back to the system."""

import asyncio
import ctypes
import subprocess
import sys

import pytest

from holobase.runtime.thrift import GROWN_BYTES, Thrift, resident_bytes

pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library cannot be asked"
)

BURST_BYTES = 6 * GROWN_BYTES
PIECE_BYTES = 1_500


def unexpected(error: Exception) -> None:
    raise error


def test_what_is_free_between_pieces_in_use_is_given_back() -> None:
    """In a process of its own: what other tests have left free takes up a burst in this one."""
    done = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


async def burst_and_look() -> None:
    thrift = Thrift(unexpected)
    await thrift.step()
    burst = [bytes(PIECE_BYTES) for _ in range(BURST_BYTES // PIECE_BYTES)]
    del burst[1::2], burst[1::2], burst[1::2]  # what stays keeps the C library from giving back
    kept = resident_bytes()
    assert await thrift.step() is False
    assert kept - resident_bytes() > BURST_BYTES // 4
    assert burst


async def test_a_process_that_has_not_grown_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    thrift = Thrift(unexpected)
    asked: list[int] = []
    monkeypatch.setattr(thrift, "_trim", asked.append)
    sizes = iter([100, 90, 90 + GROWN_BYTES, 91 + GROWN_BYTES, 60 + GROWN_BYTES, 70 + GROWN_BYTES])
    monkeypatch.setattr("holobase.runtime.thrift.resident_bytes", lambda: next(sizes))
    await thrift.step()  # 100
    await thrift.step()  # 90: the least so far
    await thrift.step()  # grown by what is not worth it yet
    assert asked == []
    await thrift.step()  # grown by more: 60 more than what is left afterwards
    assert asked == [0]
    await thrift.step()
    assert asked == [0]


if __name__ == "__main__":
    asyncio.run(burst_and_look())
