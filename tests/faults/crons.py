"""Three processes with one job and hurried clocks, for `test_crons`.

    python -m tests.faults.crons FOLDER STORE(or "-")

The clocks begin when all three have opened the store, however long that takes.

Each run of the job appends a line to `runs` in the folder; one of the processes kills itself half
way, in the middle of a run. Prints how many moments were due while all of this went on.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time

from holobase.engine.jobs import Job, Jobs
from holobase.runtime import logging
from holobase.runtime.jobs import Runner
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance

PROCESSES = 3
HURRY = 200
"""How many times faster than the clock of the machine ours go: a minute in 0.3 s."""

SECONDS = 2.5


class Start:
    """When the clocks begin, which the last process to be ready decides for all."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._moment = context.Value("d", 0.0)
        self._all = context.Barrier(PROCESSES, self._now, timeout=50)

    async def when_all_are_ready(self) -> float:
        """The moment, once it has come."""
        await asyncio.to_thread(self._all.wait)
        return self.moment

    @property
    def moment(self) -> float:
        """The moment, as the clock of the machine tells it."""
        return float(self._moment.value)

    def _now(self) -> None:
        self._moment.value = time.time()


async def work(settings: Settings, number: int, start: Start) -> None:
    """Runs the job until the time is over."""
    folder, begin = settings.data, 0.0

    def clock() -> int:
        return int((begin + (time.time() - begin) * HURRY) * 1_000)

    async def run() -> None:
        with (folder / "runs").open("a") as runs:
            runs.write(f"{number}\n")
        if number == 0 and time.time() > begin + SECONDS / 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 1:
            raise ValueError("a job that fails")

    async with open_instance(settings) as instance:
        jobs = Jobs()
        jobs.add(Job("tests", "* * * * *", run), Job("never", lambda: "", run))
        begin = await start.when_all_are_ready()
        async with Runner(jobs, instance.store, clock, look_seconds=0.01):
            await asyncio.sleep(max(0.0, begin + SECONDS - time.time()))


def main(folder: str, store: str) -> None:
    """Forks the processes before anything is open."""
    settings = Settings.of(
        {"data": folder, "store": None if store == "-" else store, "without_community": True}
    )

    async def lay_out() -> None:
        async with open_instance(settings):
            pass

    logging.configure("ERROR", "json")
    asyncio.run(lay_out())
    start = Start()
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            asyncio.run(work(settings, number, start))
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    begin = start.moment
    print(*codes, int((begin + SECONDS * HURRY) // 60 - begin // 60))


if __name__ == "__main__":
    main(*sys.argv[1:])
