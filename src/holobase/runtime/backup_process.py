"""The process that makes and restores backups, beside the one that serves: what it costs is no
part of any request, and it ends with whoever started it.

It reads one job from its input, says how it ended in a line, and ends when its input does.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import msgspec

from holobase.domain.errors import BadRequest, DamagedData, Unavailable
from holobase.runtime import backing, logging
from holobase.runtime.metrics import FOLDER_VARIABLE
from holobase.runtime.settings import Secret, Settings

NICENESS: Final = 15
"""How far behind those who serve this work stands."""

LINE_BYTES_MAX: Final = 64 * 1024
"""Longest answer: one sentence."""


class BackupProcess:
    """Keeps `ports.backup_work.BackupWork` by a process for each job."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def create(self, key: str) -> None:
        """As the port says."""
        await self._run({"do": "create", "key": key})

    async def restore(self, key: str, actor: str) -> None:
        """As the port says."""
        await self._run({"do": "restore", "key": key, "actor": actor})

    async def inspect(self, file: BinaryIO) -> None:
        """As the port says; it takes no time."""
        await asyncio.to_thread(backing.inspect, self._settings, file)

    async def _run(self, job: Mapping[str, str]) -> None:
        told = {**job, "settings": _plain(self._settings)}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
            start_new_session=True,  # a Ctrl-C is for whoever started us
            env={name: value for name, value in os.environ.items() if name != FOLDER_VARIABLE},
        )
        try:
            if process.stdin is None or process.stdout is None:
                raise Unavailable("a process has no pipes")
            with contextlib.suppress(ConnectionError):
                process.stdin.write(msgspec.json.encode(told, enc_hook=str) + b"\n")
                await process.stdin.drain()
            line = await process.stdout.readline()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        answer = msgspec.json.decode(line) if line else {"failed": "it ended without a word"}
        if "refused" in answer:
            raise BadRequest(answer["refused"])
        if "failed" in answer:
            raise Unavailable(f"backup: {answer['failed']}")


def main() -> None:
    """Does one job."""
    job = msgspec.json.decode(sys.stdin.buffer.readline())
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer
    os.nice(NICENESS)
    threading.Thread(target=_end_with_input, daemon=True).start()
    settings = Settings.of(job["settings"])
    logging.configure("WARN", settings.log_format)
    answers.write(msgspec.json.encode(asyncio.run(_do(settings, job))) + b"\n")


async def _do(settings: Settings, job: Mapping[str, str]) -> dict[str, str]:
    try:
        if job["do"] == "create":
            await backing.create(settings, job["key"], _quietly)
        else:
            key, actor = job["key"], job["actor"]
            await backing.restore(settings, key, actor, _quietly, is_served=True)
    except BadRequest as refused:
        return {"refused": refused.reason}
    except (DamagedData, Unavailable, OSError) as error:
        return {"failed": str(error)}
    return {}


def _quietly(_label: str, _done: int, _total: int) -> None:
    """Nobody looks."""


def _end_with_input() -> None:
    """Ends at once when whoever asked is gone: what is not whole is of no use to anybody."""
    sys.stdin.buffer.read()
    os._exit(1)


def _plain(settings: Settings) -> dict[str, Any]:
    """Settings as JSON, secrets included: they go through a pipe."""
    return {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in msgspec.structs.asdict(settings).items()
        if value is not None
    }


if __name__ == "__main__":
    main()
