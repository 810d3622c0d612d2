"""Realtime: clients that stay connected and are told of changes as they are committed.

The process that holds a connection is named in the client's id; what reaches another process is
handed over to it through the hub.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Literal, TypeAlias

import msgspec

from holobase.domain.errors import BadRequest, Forbidden, NotFound, Refusal, Unavailable
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts.principals import Principals
from holobase.engine.kernel import Kernel
from holobase.engine.realtime.accounts import Accounts
from holobase.engine.realtime.audience import Audience
from holobase.engine.realtime.catch_up import CatchUp
from holobase.engine.realtime.clients import UNKNOWN, Client, Clients, place_of
from holobase.engine.realtime.history import History
from holobase.engine.realtime.judging import Judge
from holobase.engine.realtime.rooms import Rooms
from holobase.engine.realtime.rounds import Rounds
from holobase.engine.realtime.tail import Tail
from holobase.engine.realtime.telling import Teller
from holobase.kit import json
from holobase.kit.json import Json
from holobase.ports.hub import Hub
from holobase.ports.pipe import Pipe

OnFailure: TypeAlias = Callable[[Exception], None]

POSITION_TEXT: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


class Subscribe(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Handed over: a client that wants these topics, as whoever the token speaks for."""

    client_id: str
    topics: tuple[str, ...]
    address: str
    token: str


class Message(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Handed over: what a client shall be told once under a topic that it listens to."""

    client_id: str
    topic: str
    data: bytes
    address: str


Handed: TypeAlias = Subscribe | Message
Outcome: TypeAlias = Literal["done", "unknown", "address", "account", "unavailable"]

_REFUSALS: Final[dict[Outcome, tuple[type[Refusal], str]]] = {
    "unknown": (NotFound, "realtime_unknown_client"),
    "address": (BadRequest, "realtime_other_address"),
    "account": (Forbidden, "realtime_other_account"),
}

_handed = msgspec.msgpack.Decoder(Handed)
_outcome = msgspec.msgpack.Decoder(Outcome)
_encode = msgspec.msgpack.Encoder().encode


class Realtime:
    """The clients of this process, and the way to those of others."""

    def __init__(self, kernel: Kernel, rules: Rules, principals: Principals, hub: Hub) -> None:
        self._kernel = kernel
        self._principals = principals
        self._hub = hub
        self._clients = Clients(hub.place)
        self._accounts = Accounts(kernel.catalogue, principals)
        self._audience = Audience()
        history = History(kernel.store, rules, kernel.sealer)
        self._teller = Teller(kernel, self._audience, history, Judge(kernel.catalogue, rules))
        self._tail: Tail
        self._catch_up: CatchUp
        self._rooms = Rooms(self._audience, hub)
        hub.answer(self._on_asked)

    @asynccontextmanager
    async def running(
        self, idle_seconds: float, life_seconds: float, on_failure: OnFailure
    ) -> AsyncIterator[None]:
        """Tells clients of changes for the length of the block. One that has been told nothing for
        a while, or is connected for long, is let go; `on_failure` hears of what went wrong."""
        self._catch_up = CatchUp(self._kernel, self._teller, on_failure)
        self._tail = Tail(self._kernel, self._audience, self._accounts, self._teller, on_failure)
        rounds = Rounds(
            self._clients, self._rooms, self._tail, idle_seconds, life_seconds, on_failure
        )
        async with self._tail, rounds:
            try:
                yield
            finally:
                await self._catch_up.close()

    async def connect(self, pipe: Pipe, address: str, since: str | None) -> Client:
        """A new client, which has been told its id. Whoever calls this must `leave` with it.

        `since`: the position that a client was told last, from which on it wants to be told of
        everything; empty for what comes next, None for a client that asks for no positions.
        """
        position = None if since is None else UNKNOWN
        if since == "":
            position = await self._kernel.store.log.position()
        elif since is not None and POSITION_TEXT.fullmatch(since):
            position = int(since)
        client = self._clients.enter(pipe, address, position)
        if since == "":
            client.begins = position or 0
        client.greet()
        return client

    def leave(self, client: Client) -> None:
        """The connection has ended: its id is good for nothing any more."""
        self._clients.leave(client)
        self._catch_up.stop(client)
        self._audience.subscribe(client, (), client.account)
        self._accounts.let_go(client)

    async def subscribe(
        self, client_id: str, topics: Sequence[str], address: str, token: str
    ) -> None:
        """Has a client listen to these topics and no others, as whoever the token speaks for.

        Raises NotFound (no such client), BadRequest (it is connected from another address),
        Forbidden (it is bound to another account) and Unavailable.
        """
        outcome = await self._hand(Subscribe(client_id, tuple(topics), address, token))
        if outcome in _REFUSALS:
            kind, reason = _REFUSALS[outcome]
            raise kind(reason)
        if outcome != "done":
            raise Unavailable("the client's process does not answer")

    async def send(self, client_id: str, topic: str, data: Json, address: str) -> bool:
        """Tells a client, whatever process it is connected to, something once: its subscription to
        the topic ends with it.

        False, and nothing is sent, where there is no such client, it does not listen to exactly
        this topic, or it is connected from another address. Raises Unavailable where its process
        cannot be asked.
        """
        return await self._hand(Message(client_id, topic, json.encode(data), address)) == "done"

    def broadcast(self, topic: str, data: Json, sender: Record) -> None:
        """Tells everybody who listens to a room, whatever process they are connected to.

        Raises Invalid and TooMany.
        """
        self._rooms.broadcast(topic, data, sender)

    async def _hand(self, handed: Handed) -> Outcome:
        place = place_of(handed.client_id)
        if place is None:
            return "unknown"
        if place == self._hub.place:
            return await self._take(handed)
        answer = await self._hub.ask(place, _encode(handed))
        return "unknown" if answer is None else _outcome.decode(answer)

    async def _on_asked(self, question: bytes) -> bytes:
        try:
            return _encode(await self._take(_handed.decode(question)))
        except Unavailable:
            return _encode("unavailable")

    async def _take(self, handed: Handed) -> Outcome:
        client = self._clients.find(handed.client_id)
        if client is None:
            return "unknown"
        if client.address != handed.address:
            return "address"
        if isinstance(handed, Message):
            return self._tell(client, handed)
        return await self._subscribe(client, handed)

    def _tell(self, client: Client, message: Message) -> Outcome:
        followed = self._audience.named(message.topic)
        if followed is None or message.topic not in client.topics:
            return "unknown"
        client.tell(followed.topic.message(message.data))
        left = [topic for topic in client.topics if topic != message.topic]
        self._audience.subscribe(client, left, client.account)
        return "done"

    async def _subscribe(self, client: Client, wanted: Subscribe) -> Outcome:
        known = await self._principals.resolve(wanted.token) if wanted.token else None
        newest = await self._kernel.store.log.position()
        if self._clients.find(client.id) is None:  # it has gone meanwhile
            return "unknown"
        account = client.account
        if account.key is not None:
            record = known.record if known else None
            if record is None or (record.collection_id, record.id) != account.key:
                return "account"
        elif known is not None:
            account = self._accounts.bind(client, known.record)
        client.session = known.session if known else ""
        before = client.topics if account is client.account else ()
        if not (client.topics or client.resumes):
            client.begins = newest
        self._audience.subscribe(client, wanted.topics, account)
        self._rooms.welcome(client, before)
        if client.resumes:
            self._catch_up.start(client, self._tail.reached)
        return "done"
