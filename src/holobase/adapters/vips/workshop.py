"""Processes that work on pictures, started when there is work and ended when there is none. One
that takes too long or dies takes only its own picture with it.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any, Final

import msgspec

from holobase.adapters.vips.limits import SECONDS_MAX
from holobase.domain.errors import Unavailable
from holobase.ports.imaging import Artwork, Format, ImageRefused, Size

WAITING_MAX: Final = 64
"""Pictures that wait for a process; whoever comes then is better off with the original."""

START_SECONDS: Final = 20.0
"""Time for a process to start, beside the time for its first picture."""

IDLE_SECONDS: Final = 60.0
"""How long a process waits for more work: starting one costs half a second, keeping it 60 MB."""

SURROUNDINGS: Final = {
    "VIPS_BLOCK_UNTRUSTED": "1",  # only readers that are meant for strangers' files
    "VIPS_CONCURRENCY": "1",
    "MALLOC_ARENA_MAX": "2",
}


class Workshop:
    """Works on so many pictures at once as it has `processes`."""

    def __init__(self, processes: int) -> None:
        self._free = asyncio.Semaphore(processes)
        self._idle: list[Process] = []
        self._waiting = 0
        self._closers: dict[Process, asyncio.TimerHandle] = {}

    async def resize(self, source: Path, size: Size, into: Format) -> bytes:
        """As the port says."""
        with tempfile.TemporaryDirectory(prefix="holobase-image-") as folder:
            target = Path(folder) / "made"
            job = {"do": "resize", "source": str(source), "target": str(target), "into": into}
            await self._run({**job, "width": size.width, "height": size.height, "fit": size.fit})
            return await asyncio.to_thread(target.read_bytes)

    async def artwork(self, source: Path) -> Artwork:
        """As the port says."""
        with tempfile.TemporaryDirectory(prefix="holobase-image-") as folder:
            done = await self._run({"do": "artwork", "source": str(source), "folder": folder})
            mask, normals = Path(folder) / "foil_mask.png", Path(folder) / "normal_map.png"
            return Artwork(
                width=done["width"],
                height=done["height"],
                palette=tuple(done["palette"]),
                blurhash=done["blurhash"],
                foil_mask=await asyncio.to_thread(mask.read_bytes),
                normal_map=await asyncio.to_thread(normals.read_bytes),
            )

    async def close(self) -> None:
        """As the port says."""
        for handle in self._closers.values():
            handle.cancel()
        self._closers.clear()
        while self._idle:
            await _end(self._idle.pop())

    async def _run(self, job: dict[str, Any]) -> Any:
        if self._waiting >= WAITING_MAX:
            raise Unavailable("too many pictures wait")
        self._waiting += 1
        try:
            async with self._free:
                return await self._work(job)
        finally:
            self._waiting -= 1

    async def _work(self, job: dict[str, Any]) -> Any:
        process = self._take() or await _start()
        try:
            async with asyncio.timeout(START_SECONDS + SECONDS_MAX):
                answer = await _ask(process, job)
        except BaseException as error:
            await _end(process)
            if isinstance(error, TimeoutError | OSError | EOFError):
                raise ImageRefused("it took too much time or memory") from error
            raise
        self._give_back(process)
        if "refused" in answer:
            raise ImageRefused(answer["refused"])
        return answer["done"]

    def _take(self) -> Process | None:
        while self._idle:
            process = self._idle.pop()
            handle = self._closers.pop(process, None)
            if handle is not None:
                handle.cancel()
            if process.returncode is None:
                return process
        return None

    def _give_back(self, process: Process) -> None:
        self._idle.append(process)
        loop = asyncio.get_running_loop()
        self._closers[process] = loop.call_later(IDLE_SECONDS, self._send_home, process)

    def _send_home(self, process: Process) -> None:
        self._closers.pop(process, None)
        if process in self._idle:
            self._idle.remove(process)
            if process.stdin is not None:
                process.stdin.close()  # it ends by itself then


async def _start() -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "holobase.adapters.vips.process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for whoever started us
        env={**os.environ, **SURROUNDINGS},
    )


async def _ask(process: Process, job: dict[str, Any]) -> Any:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    return msgspec.json.decode(line)


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
