"""Giving memory back to the system. What a burst of large answers or a large transaction used is
free afterwards, but the C library keeps it, a little in each of many places, until it is asked.
"""

import asyncio
import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from holobase.engine.background import Background

LOOK_SECONDS: Final = 10.0
"""How often it is looked whether the process has grown: after a burst, rather than within it."""

GROWN_BYTES: Final = 16 * 1024 * 1024
"""Growth for which it is worth asking: that takes some 10 ms for each 100 MiB."""

_STATM: Final = Path("/proc/self/statm")


class Thrift(Background):
    """Has what is free given back whenever this process has grown. Does nothing where the C library
    cannot be asked: only GNU's keeps so much."""

    def __init__(self, on_failure: Callable[[Exception], None]) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        super().__init__(
            on_failure,
            retry_seconds=LOOK_SECONDS,
            poll_seconds=LOOK_SECONDS if self._trim else None,
        )
        self._least: int | None = None

    async def step(self) -> bool:
        """Looks, and asks if need be."""
        if self._trim is None:
            return False
        now = resident_bytes()
        if self._least is not None and now - self._least > GROWN_BYTES:
            await asyncio.to_thread(self._trim, 0)
            self._least = now = resident_bytes()
        self._least = min(now, self._least or now)
        return False


def resident_bytes() -> int:
    """The memory that this process has on Linux."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
