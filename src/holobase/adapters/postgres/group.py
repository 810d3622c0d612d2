"""One group of commands in one transaction, settled at its end."""

from collections.abc import Sequence
from typing import Any

from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.flush import Conflicted
from holobase.adapters.postgres.job import Job
from holobase.adapters.postgres.lockstep import Lockstep
from holobase.adapters.slow_statements import SlowStatements
from holobase.domain.event import Event
from holobase.ports.command import DefinitionChange
from holobase.ports.store import Settle


class Unsettled(Exception):
    """The group as a whole cannot be kept: each command needs a transaction of its own."""

    def __init__(self, reason: BaseException | None) -> None:
        super().__init__("the group cannot be settled")
        self.reason = reason


class Group:
    """Runs jobs in the transaction that is open on the connection, and settles them."""

    def __init__(
        self, connection: Connection, channel: str, slow: SlowStatements, settle: Settle
    ) -> None:
        self._lockstep = Lockstep(connection, channel, slow)
        self._settle = settle

    async def run(self, jobs: Sequence[Job[Any]], alone: set[Job[Any]]) -> list[Event]:
        """Sets every job's result or error; gives all events. Those in `alone` run one by one.

        Raises Unsettled, Conflicted, or a driver's error; the transaction must be given up then.
        """
        lockstep = self._lockstep
        await lockstep.run(jobs, alone)
        applied = list(lockstep.applied)
        if len(jobs) > 1 and any(isinstance(each.change, DefinitionChange) for each in applied):
            raise Unsettled(None)  # what came before a change must be settled before it
        settling: Job[None] = Job(lambda: self._settle(applied))
        await lockstep.run([settling])
        if settling.error is not None:
            raise Unsettled(settling.error) from settling.error
        try:
            await lockstep.flush()
        except Conflicted as conflict:
            if settling in conflict.owners:
                raise Unsettled(conflict) from conflict
            raise
        return lockstep.events
