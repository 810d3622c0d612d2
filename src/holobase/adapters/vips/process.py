"""The imaging process: reads jobs line by line, answers each with a line, ends with its input.

A job names files; what comes of it is written into files, so that no picture goes through pipes.
"""

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from holobase.adapters.vips.limits import limit_job, limit_process


def main() -> None:
    """Works until there is nothing more to do."""
    limit_process()
    import pyvips  # noqa: PLC0415 - under the limits

    from holobase.adapters.vips import artwork, pictures  # noqa: PLC0415 - likewise

    pyvips.cache_set_max(0)
    jobs = {"resize": _resize, "artwork": artwork.derive}
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line)
        limit_job()
        try:
            answer: dict[str, Any] = {"done": jobs[job["do"]](job)}
        except (pyvips.Error, pictures.Refused, MemoryError, ValueError, OverflowError) as error:
            answer = {"refused": str(error).partition("\n")[0][:200] or type(error).__name__}
        answers.write(msgspec.json.encode(answer) + b"\n")


def _resize(job: dict[str, Any]) -> None:
    from holobase.adapters.vips import pictures  # noqa: PLC0415 - likewise

    image = pictures.resized(job["source"], job["width"], job["height"], job["fit"])
    Path(job["target"]).write_bytes(pictures.encoded(image, job["into"]))


if __name__ == "__main__":
    main()
