"""Consumers: durable readers of the log, with effects that happen exactly once.

A consumer reads events behind its checkpoint in batches. Each batch is one command that handles
every event and moves the checkpoint, so that effects and checkpoint are committed together or not
at all: after a crash, or beside a twin in another process, nothing is done twice and nothing left
out.
"""

from collections.abc import Callable
from typing import Protocol

from holobase.domain.errors import VersionConflict
from holobase.domain.event import Event
from holobase.domain.principal import Request
from holobase.engine.background import Background
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports.command import Command, Remember

BATCH_EVENTS_MAX = 200
"""Events in one command: enough to share a commit, few enough not to hold up other writers."""

POLL_SECONDS = 5.0
"""How long an idle consumer sleeps if no commit wakes it."""

RETRY_SECONDS = 1.0
"""Pause after a batch that failed; the events stay where they are."""


class Handler(Protocol):
    """What one consumer does about one event, as a part of a command."""

    def __call__(self, unit: Unit, event: Event) -> Command[None]: ...


class Consumer(Background):
    """Runs from `async with` until the block is left; the batch in progress is finished then.

    `name` is what the checkpoint is kept under. `on_failure` hears of every batch that failed; it
    is tried again until it succeeds, so the order is kept.
    """

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        handler: Handler,
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(
            on_failure,
            retry_seconds=RETRY_SECONDS,
            poll_seconds=POLL_SECONDS,
            store=kernel.store,
            finishes=True,
        )
        self._kernel = kernel
        self._name = name
        self._handler = handler

    async def lag(self) -> int:
        """How many events are waiting to be handled."""
        log = self._kernel.store.log
        return await log.position() - await log.checkpoint(self._name)

    async def step(self) -> bool:
        """Handles the next batch; whether there was one."""
        log = self._kernel.store.log
        checkpoint = await log.checkpoint(self._name)
        events = await log.events(checkpoint, BATCH_EVENTS_MAX)
        if not events:
            return False

        def handle(unit: Unit) -> Command[None]:
            try:
                yield Remember(self._name, events[-1].position, checkpoint)
            except VersionConflict:  # a twin has done this batch
                return
            for event in events:
                yield from self._handler(unit, event)

        await self._kernel.run(Request(service=self._name), handle)
        return True
