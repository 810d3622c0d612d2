"""Realtime: clients that stay connected and are told of changes as they are committed.

The process that holds a connection is named in the client's id; what reaches another process is
handed over to it through the hub.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from holobase.domain.errors import BadRequest, Forbidden, NotFound, Refusal, Unavailable
from holobase.engine.accounts.principals import Principals
from holobase.engine.realtime.accounts import Accounts
from holobase.engine.realtime.audience import Audience
from holobase.engine.realtime.clients import Client, Clients, place_of
from holobase.kit import json
from holobase.kit.json import Json
from holobase.ports.hub import Hub
from holobase.ports.pipe import Pipe


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

    def __init__(self, principals: Principals, hub: Hub) -> None:
        self._principals = principals
        self._hub = hub
        self._clients = Clients(hub.place)
        self._accounts = Accounts()
        self._audience = Audience()
        hub.answer(self._on_asked)

    def connect(self, pipe: Pipe, address: str) -> Client:
        """A new client, which has been told its id. Whoever calls this must `leave` with it."""
        client = self._clients.enter(pipe, address, None)
        client.greet()
        return client

    def leave(self, client: Client) -> None:
        """The connection has ended: its id is good for nothing any more."""
        self._clients.leave(client)
        self._audience.subscribe(client, (), client.account)
        self._accounts.let_go(client.account)

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
        if self._clients.find(client.id) is None:  # it has gone meanwhile
            return "unknown"
        account = client.account
        if account.key is not None:
            record = known.record if known else None
            if record is None or (record.collection_id, record.id) != account.key:
                return "account"
        elif known is not None:
            account = self._accounts.bind(known.record)
        try:
            self._audience.subscribe(client, wanted.topics, account)
        except Unavailable:
            if account is not client.account:
                self._accounts.let_go(account)
            raise
        return "done"
