"""Jobs: what the server does by itself at set times. Each part of the engine names its own; the
runtime runs them, each due moment once however many processes there are.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from holobase.domain.schedule import MACROS


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is repeated. `schedule` is five fields of a crontab or a macro, in UTC, or tells
    them when it is asked: an empty text for now is never.

    The parts of an instance name theirs with `Application.jobs.add`. `run` may be called beside
    itself and again after a crash, so it must bear being repeated.
    """

    id: str
    schedule: str | Callable[[], str]
    run: Callable[[], Awaitable[None]]

    @property
    def expression(self) -> str:
        """The five fields that hold now; empty where it is not to run by itself."""
        text = self.schedule if isinstance(self.schedule, str) else self.schedule()
        return MACROS.get(text, text)


class Jobs:
    """Every job of an instance, in the order in which the parts of it have named them."""

    def __init__(self, *jobs: Job) -> None:
        self._jobs: dict[str, Job] = {}
        self.add(*jobs)

    def add(self, *jobs: Job) -> None:
        """Names more of them. Raises ValueError for an id that is taken."""
        for job in jobs:
            if job.id in self._jobs:
                raise ValueError(f"there are two jobs {job.id}")
            self._jobs[job.id] = job

    def find(self, job_id: str) -> Job | None:
        """The job with this id, while it has a schedule."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.expression else None

    def __iter__(self) -> Iterator[Job]:
        """Those that have a schedule now."""
        return (job for job in self._jobs.values() if job.expression)
