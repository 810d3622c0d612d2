"""Runs the jobs of an instance when they are due, each due moment once however many processes.

Every process looks at the clock by itself. The first to come claims the moment: it moves the job's
checkpoint to it, which a store lets one of them do (decision 0010). Whatever was due while nobody
looked, for a restart, is not made up for.
"""

import asyncio
import time
from collections.abc import Iterable

from holobase.domain.errors import Unavailable, VersionConflict
from holobase.engine.jobs import Job
from holobase.ports.clock import Clock
from holobase.ports.command import Command, Remember
from holobase.ports.store import Store
from holobase.runtime import logging
from holobase.runtime.measures import JOB_DURATION, JOBS
from holobase.runtime.moments import next_moment

LOOK_SECONDS = 1.0
"""How often the clock is looked at; schedules count in minutes, and clocks are set anew."""

LATE_SECONDS = 300
"""How late a job may still begin: a process that was held up for longer leaves it for next time."""

STOP_SECONDS = 5.0
"""What a running job may take to end when the process stops; it bears being broken off."""


class Runner:
    """Runs from `async with` until the block is left."""

    def __init__(
        self, jobs: Iterable[Job], store: Store, clock: Clock, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._clock = clock
        self._look_seconds = look_seconds
        self._plans: dict[str, tuple[str, int | None]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._log = logging.get("holobase.jobs")
        self._task: asyncio.Task[None]

    async def __aenter__(self) -> "Runner":
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        running = [self._task, *self._running.values()]
        late = (await asyncio.wait(running, timeout=STOP_SECONDS))[1]
        for task in late:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def start(self, job: Job) -> None:
        """Runs a job in the background, unless this process is at it already."""
        if job.id not in self._running:
            self._running[job.id] = asyncio.create_task(self._run(job))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            for job in list(self._jobs):
                try:
                    await self._look_at(job)
                except Unavailable:
                    continue  # what is due still is at the next look
                except Exception as error:
                    self._log.error(
                        "a job cannot be scheduled", exc_info=error, **{"event.action": job.id}
                    )
                    self._plans[job.id] = (job.expression, None)

    async def _look_at(self, job: Job) -> None:
        """Starts the job where it is due and this process is the first to see it."""
        now = self._now()
        moment = self._plan(job)
        if moment is None or moment > now:
            return
        is_ours = now - moment <= LATE_SECONDS and await self._claim(job, moment)
        self._plans[job.id] = (job.expression, next_moment(job.expression, now))
        if is_ours:
            self.start(job)

    def _plan(self, job: Job) -> int | None:
        """The next moment at which a job is due, or was and has not been claimed yet."""
        expression, moment = self._plans.get(job.id, ("", None))
        if expression != job.expression:
            expression, moment = job.expression, next_moment(job.expression, self._now())
            self._plans[job.id] = (expression, moment)
        return moment

    def _now(self) -> int:
        return self._clock() // 1_000

    async def _claim(self, job: Job, moment: int) -> bool:
        """Whether this process is the one to run a job that was due at a moment."""
        name = f"job/{job.id}"
        claimed = await self._store.log.checkpoint(name)
        if claimed >= moment:
            return False
        try:
            await self._store.submit(lambda: _remember(name, moment, claimed))
        except VersionConflict:
            return False
        return True

    async def _run(self, job: Job) -> None:
        began, outcome = time.perf_counter(), "failed"
        try:
            await job.run()
            outcome = "done"
        except Exception as error:
            self._log.error("a job failed", exc_info=error, **{"event.action": job.id})
        finally:
            del self._running[job.id]
            JOBS.labels(job.id, outcome).inc()
            JOB_DURATION.labels(job.id).observe(time.perf_counter() - began)


def _remember(name: str, moment: int, claimed: int) -> Command[None]:
    yield Remember(name, moment, claimed)
