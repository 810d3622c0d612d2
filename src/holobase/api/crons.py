"""`/api/crons`: the jobs of the instance."""

from collections.abc import Callable
from typing import Final

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.domain.errors import NotFound
from holobase.engine.application import Application
from holobase.engine.jobs import Job

SYSTEM: Final = "__pb"
"""How the ids of the reference's own jobs begin, which are listed last, in their own order."""


class Crons:
    """The endpoints of jobs. `start` runs one in the background."""

    def __init__(self, application: Application, start: Callable[[Job], None]) -> None:
        self._application = application
        self._start = start

    async def page(self, exchange: Exchange) -> None:
        """GET: every job and the five fields by which it runs."""
        answer = [{"id": job.id, "expression": job.expression} for job in self._sorted()]
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def run(self, exchange: Exchange, job_id: str) -> None:
        """POST: starts a job now, beside its schedule; 204 before it is done."""
        job = self._application.jobs.find(job_id)
        if job is None:
            raise NotFound("not_found")
        self._start(job)
        await exchange.answer(204)

    def _sorted(self) -> list[Job]:
        jobs = list(self._application.jobs)
        ours = sorted((j for j in jobs if not j.id.startswith(SYSTEM)), key=lambda job: job.id)
        return [*ours, *(j for j in jobs if j.id.startswith(SYSTEM))]
