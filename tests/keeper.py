"""Ends a PostgreSQL server of the tests once nobody uses it any more, however its users ended.

    python keeper.py FOLDER

Every user of the server in FOLDER holds a shared lock on FOLDER/users. The system takes locks back
when a process ends, even one that was killed; so whoever gets the lock alone may clean up.
"""

import fcntl
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

STOP_SECONDS = 10.0
POLL_SECONDS = 0.01


def end(folder: Path) -> None:
    """Ends the server of this folder, if it runs, and removes the folder. Never fails."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        if str(folder / "data") in process.cmdline():  # else another process has its number now
            process.send_signal(signal.SIGQUIT)
            await_end([process])
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def await_end(processes: list[psutil.Process]) -> None:
    """Waits for STOP_SECONDS at most. What has ended but was not yet reaped counts as gone."""
    deadline = time.monotonic() + STOP_SECONDS
    while any(map(runs, processes)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended yet."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def main(folder: Path) -> None:
    """Waits until nobody uses the server of this folder, then ends it."""
    with suppress(FileNotFoundError), (folder / "users").open() as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        end(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
