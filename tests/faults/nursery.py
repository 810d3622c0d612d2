"""A process that has everything loaded and forks a writer at every line it reads.

Starting Python anew for each of a hundred kills would take minutes. Each writer begins with
nothing open, as a fresh process would, and prints the id of every answered write.
"""

import asyncio
import os
import sys
import traceback
from pathlib import Path

from tests.faults.load import write_until


def say(line: str) -> None:
    """One whole line or nothing, also when the process is killed meanwhile."""
    os.write(1, f"{line}\n".encode())


def main(folder: Path) -> None:
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                say(f"pid {os.getpid()}")
                asyncio.run(write_until(folder, say))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        say(f"dead {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
