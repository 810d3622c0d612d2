"""One group of commands in one transaction: side by side where that can be, else one by one."""

from collections.abc import Sequence
from typing import Any

from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.flush import Conflicted
from holobase.adapters.postgres.lockstep import Job, Lockstep
from holobase.adapters.postgres.serial import Serial
from holobase.domain.event import Event
from holobase.ports.command import Applied, DefinitionChange
from holobase.ports.store import Settle


class Unsettled(Exception):
    """The group as a whole cannot be kept: each command needs a transaction of its own."""

    def __init__(self, reason: BaseException | None) -> None:
        super().__init__("the group cannot be settled")
        self.reason = reason


class Group:
    """Runs jobs in the transaction that is open on the connection, and settles them."""

    def __init__(self, connection: Connection, channel: str, settle: Settle) -> None:
        self._connection = connection
        self._channel = channel
        self._settle = settle

    async def run(self, jobs: Sequence[Job[Any]], alone: set[Job[Any]]) -> list[Event]:
        """Sets every job's result or error; gives all events. Those in `alone` run one by one.

        Raises Unsettled, Conflicted, or a driver's error; the transaction must be given up then.
        """
        lockstep = Lockstep(self._connection)
        left = {*alone, *await lockstep.run([job for job in jobs if job not in alone])}
        applied, events = lockstep.applied, []
        if left:
            events = await lockstep.flush(self._channel)
            serial = Serial(self._connection, self._channel)
            for job in jobs:
                if job in left:
                    await serial.run(job)
            applied, events = applied + serial.applied, events + serial.events
            _refuse_definitions(jobs, applied)
            lockstep = Lockstep(self._connection)
        return events + await self._settled(lockstep, applied)

    async def _settled(self, lockstep: Lockstep, applied: list[Applied]) -> list[Event]:
        job: Job[None] = Job(lambda: self._settle(applied))
        is_alone = await lockstep.run([job])
        if job.error is not None:
            raise Unsettled(job.error) from job.error
        events = await self._flushed(lockstep, job)
        if is_alone:
            serial = Serial(self._connection, self._channel)
            await serial.run(job)
            if job.error is not None:
                raise Unsettled(job.error) from job.error
            events += serial.events
        return events

    async def _flushed(self, lockstep: Lockstep, settling: Job[None]) -> list[Event]:
        try:
            return await lockstep.flush(self._channel)
        except Conflicted as conflict:
            if settling in conflict.owners:
                raise Unsettled(conflict) from conflict
            raise


def _refuse_definitions(jobs: Sequence[Job[Any]], applied: list[Applied]) -> None:
    if len(jobs) > 1 and any(isinstance(each.change, DefinitionChange) for each in applied):
        raise Unsettled(None)  # what came before a change must be settled before it
