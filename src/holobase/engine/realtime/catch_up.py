"""Catching up: a client that comes back is told what has changed since it was told last.

Each record is told once, as it was when the client began to listen again, under the rules of now,
or as its deletion; in the order of their last changes, so that a client which is cut again resumes
where it was. What is committed meanwhile is held back and told afterwards. Past a bound the client
is told to look for itself.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from holobase.domain.errors import Unavailable
from holobase.domain.event import DELETED, Event
from holobase.engine.kernel import Kernel
from holobase.engine.realtime.clients import UNKNOWN, Client
from holobase.engine.realtime.telling import ACTIONS, Teller
from holobase.engine.realtime.transactions import is_of_a_record

EVENTS_MAX: Final = 10_000
"""Events that a client may have missed; reading them takes some tenths of a second."""

RECORDS_MAX: Final = 1_000
"""Records that are told at once; reading a list again is cheaper than more."""

EVENTS_PER_READ: Final = 200
"""Events read before others have their turn."""

CLIENTS_MAX: Final = 4
"""Clients that catch up at once; when a server comes back all of them want to."""


class CatchUp:
    """Brings clients up to where the tail is."""

    def __init__(
        self, kernel: Kernel, teller: Teller, on_failure: Callable[[Exception], None]
    ) -> None:
        self._kernel = kernel
        self._teller = teller
        self._on_failure = on_failure
        self._turns = asyncio.Semaphore(CLIENTS_MAX)
        self._tasks: dict[Client, asyncio.Task[None]] = {}

    def start(self, client: Client, reached: int) -> None:
        """Begins for a client that listens already, up to and with this position."""
        self.stop(client)
        client.held = client.held or []
        task = asyncio.create_task(self._run(client, reached))
        self._tasks[client] = task

    def stop(self, client: Client) -> None:
        """Ends what is under way for a client."""
        task = self._tasks.pop(client, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Ends everything."""
        tasks = list(self._tasks.values())
        for client in list(self._tasks):
            self.stop(client)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, client: Client, reached: int) -> None:
        try:
            async with self._turns:
                if not await self._tell(client, reached):
                    client.resync(reached)
        except Exception as error:
            if not isinstance(error, Unavailable):
                self._on_failure(error)
            client.resync(reached)
        self._tasks.pop(client, None)
        client.release(reached)

    async def _tell(self, client: Client, reached: int) -> bool:
        """Whether everything could be told."""
        since = UNKNOWN if client.since is None else client.since
        if since == UNKNOWN:
            return False
        if since > reached:
            return since <= await self._kernel.store.log.position()
        missed = await self._missed(client, since, reached)
        if missed is None:
            return False
        for event, is_new in missed:
            await self._tell_event(client, event, is_new=is_new)
            await asyncio.sleep(0)
        return True

    async def _missed(
        self, client: Client, since: int, reached: int
    ) -> list[tuple[Event, bool]] | None:
        """The last event of every record that the client listens to, and whether the record is new;
        None for too many. The event at `since` itself may have been told only in part."""
        if reached - since >= EVENTS_MAX:
            return None
        found: dict[str, tuple[Event, bool]] = {}
        position = since - 1
        while position < reached:
            limit = min(EVENTS_PER_READ, reached - position)
            events = await self._kernel.store.log.events(max(position, 0), limit)
            for event in events:
                is_told = event.position <= client.begins or not is_of_a_record(event)
                if not is_told and self._listens(client, event):
                    _, is_new = found.pop(event.stream, (None, False))
                    is_created = ACTIONS[event.kind] == "create"
                    is_new = is_new or (is_created and event.position > since)
                    found[event.stream] = (event, is_new)
            if not events or len(found) > RECORDS_MAX:
                break
            position = events[-1].position
            await asyncio.sleep(0)
        return None if len(found) > RECORDS_MAX else list(found.values())

    def _listens(self, client: Client, event: Event) -> bool:
        interest = self._teller.followed(event)
        return interest is not None and any(
            followed.topic.text in client.topics for followed, _ in interest[1]
        )

    async def _tell_event(self, client: Client, event: Event, *, is_new: bool) -> None:
        interest = self._teller.followed(event)
        if interest is None:
            return
        definition, topics = interest
        action = ACTIONS[event.kind]
        if is_new and event.kind != DELETED:
            action = "create"
        change = await self._teller.change(definition, event, action)
        if change is None:  # it has changed a lot since, which is told next
            return
        for followed, is_list in topics:
            if followed.topic.text in client.topics:
                alone = [(client.account, {client})]
                await self._teller.tell_of(change, followed, alone, is_list=is_list, is_missed=True)
