"""Telling: from an event to the messages of everybody who listens, each judged once for all who are
told the same.
"""

from collections.abc import Iterable
from typing import Any, Final

from holobase.domain.errors import Unavailable
from holobase.domain.event import CREATED, DELETED, DERIVED, IMPORTED, UPDATED, Event
from holobase.domain.principal import Request
from holobase.engine import metrics
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.realtime.accounts import Account
from holobase.engine.realtime.audience import Audience, Followed
from holobase.engine.realtime.clients import Client
from holobase.engine.realtime.history import History
from holobase.engine.realtime.judging import Change, Judge
from holobase.engine.realtime.moment import Moment, cells_of

ACTIONS: Final = {
    CREATED: "create",
    IMPORTED: "create",
    UPDATED: "update",
    DERIVED: "update",
    DELETED: "delete",
}


class Teller:
    """Tells clients of changes."""

    def __init__(self, kernel: Kernel, audience: Audience, history: History, judge: Judge) -> None:
        self._kernel = kernel
        self._audience = audience
        self._history = history
        self._judge = judge

    def followed(self, event: Event) -> tuple[Definition, list[tuple[Followed, bool]]] | None:
        """The topics that an event is of interest to, with its collection; None for none."""
        collection_id, _, record_id = event.stream.partition("/")
        definition = self._kernel.catalogue.by_id(collection_id)
        if definition is None:
            return None
        found = self._audience.of_record((definition.name, collection_id), record_id)
        return (definition, found) if found else None

    async def change(self, definition: Definition, event: Event, action: str) -> Change | None:
        """The change that an event is, None where nobody knows any more what it was."""
        record = await self._history.after(definition, event)
        if record is None:
            return None
        store, catalogue = self._kernel.store, self._kernel.catalogue
        moment = Moment(store, catalogue, self._history, event, record)
        cells = cells_of(definition, record)
        return Change(definition, record, action, event.position, moment, cells)

    async def tell(self, event: Event) -> None:
        """Tells everybody of an event."""
        interest = self.followed(event)
        if interest is None:
            return
        definition, topics = interest
        change = await self.change(definition, event, ACTIONS[event.kind])
        if change is None:
            return
        for followed, is_list in topics:
            await self.tell_of(change, followed, followed.listeners.items(), is_list=is_list)

    def lose(self, event: Event) -> None:
        """Has everybody who can look for themselves what an event did, because nobody can tell."""
        for followed, _ in (self.followed(event) or (None, []))[1]:
            for client in list(followed.clients()):
                client.lose()

    async def tell_of(
        self,
        change: Change,
        followed: Followed,
        listeners: Iterable[tuple[Account, set[Client]]],
        *,
        is_list: bool,
        is_missed: bool = False,
    ) -> None:
        """Tells those who listen under one topic, at once what they have missed."""
        groups: dict[Any, tuple[Request, Any, list[set[Client]]]] = {}
        messages: dict[bytes, bytes] = {}
        asked = Request(
            context="realtime",
            query=followed.topic.query,
            headers=followed.topic.headers,
            now=self._kernel.clock(),
        )
        for account, clients in list(listeners):
            is_known = account.record is not None and (change.is_deletion or not account.is_gone)
            request = asked.but(auth=account.record) if is_known else asked
            plan = self._judge.plan(change, followed, request, is_list=is_list)
            need = self._judge.need(plan, change, followed.topic, request)
            groups.setdefault(need, (request, plan, []))[2].append(clients)
        for request, plan, members in groups.values():
            metrics.REALTIME_JUDGED.inc()
            told = [client for each in members for client in each]
            try:
                data = await self._judge.told(plan, change, followed.topic, request)
            except Unavailable:
                for client in told:
                    client.lose()
                continue
            if data is not None:
                message = messages.get(data) or followed.topic.message(data)
                messages[data] = message
                metrics.REALTIME_TOLD.inc(len(told))
                for client in told:
                    if is_missed:
                        client.tell_missed(message, change.position)
                    else:
                        client.tell_at(message, change.position)
