"""Rooms: topics of which nothing is stored, for people who are logged in.

Under `@broadcast/NAME` everybody who listens is told what one of them sends (somebody is typing).
Under `@presence/NAME` they are told who listens (somebody is online). Every process knows its own
listeners and says to the others who they are, again and again, so that a word that is lost, or a
process that has died, is made up for by itself.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from holobase.domain.errors import FieldError, Invalid, TooMany
from holobase.domain.record import Record
from holobase.engine.realtime.audience import Audience
from holobase.engine.realtime.clients import Client
from holobase.engine.realtime.topics import BROADCAST, PRESENCE, Topic
from holobase.kit import json
from holobase.kit.json import Json
from holobase.ports.hub import Hub

NAME: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,100}", re.ASCII)
"""Names of rooms."""

DATA_BYTES_MAX: Final = 4_096
"""What may be sent at once, as JSON; what is longer is a record."""

PER_SECOND: Final = 10.0
"""What one account may send to all rooms in the long run, by way of one process."""

BURST: Final = 20.0
"""What it may send at once."""

SENDERS_MAX: Final = 10_000
"""Accounts whose rate is kept; past it, the one that sent longest ago is forgotten."""

MEMBERS_MAX: Final = 200
"""Members of a room that are named; of larger ones only the number is told as well."""

SAY_SECONDS: Final = 5.0
"""How often a process says who is in a room though nothing has changed."""

BELIEVE_SECONDS: Final = 15.0
"""How long others believe it: three times, so that one may be lost."""

Key = tuple[str, str]
"""Collection's name and id of an account."""


class Said(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Told to everybody in a room."""

    topic: str
    data: bytes


class Here(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Who is in a room by way of the process at a place."""

    place: int
    topic: str
    members: tuple[Key, ...]


_word = msgspec.msgpack.Decoder(Said | Here)
_encode = msgspec.msgpack.Encoder().encode


class Rooms:
    """The rooms of this process, and what it knows of them from others."""

    def __init__(self, audience: Audience, hub: Hub) -> None:
        self._audience = audience
        self._hub = hub
        self._left: OrderedDict[Key, tuple[float, float]] = OrderedDict()
        self._elsewhere: dict[str, dict[int, tuple[tuple[Key, ...], float]]] = {}
        self._said: dict[str, tuple[tuple[Key, ...], float]] = {}
        self._told: dict[str, tuple[Key, ...]] = {}
        hub.hear(self._hear)

    def broadcast(self, topic: str, data: Json, sender: Record) -> None:
        """Tells everybody who listens. Raises Invalid and TooMany."""
        if not (topic.startswith(BROADCAST) and NAME.fullmatch(topic.removeprefix(BROADCAST))):
            raise Invalid("broadcast_failed", {"topic": FieldError("validation_invalid_value")})
        encoded = json.encode(data)
        if len(encoded) > DATA_BYTES_MAX:
            error = FieldError("validation_length_too_long", {"min": 0, "max": DATA_BYTES_MAX})
            raise Invalid("broadcast_failed", {"data": error})
        self._count(_key(sender))
        said = Said(topic, b'{"from":%b,"data":%b}' % (json.encode(_shown(_key(sender))), encoded))
        self._hub.say(_encode(said))
        self._tell(said)

    def welcome(self, client: Client, before: Iterable[str]) -> None:
        """Tells a client who is in the rooms that it has entered."""
        known = set(before)
        for topic in client.topics:
            if topic.startswith(PRESENCE) and topic not in known and client.account.record:
                client.tell(Topic(topic, topic).message(_members(self._everybody(topic))))

    def tick(self) -> None:
        """Tells of who has come and gone; to be called every second."""
        now = time.monotonic()
        for topic in self._said.keys() | self._audience.presence:
            here = self._here(topic)
            said, at = self._said.get(topic, ((), 0.0))
            if here != said or now - at > SAY_SECONDS:
                self._hub.say(_encode(Here(self._hub.place, topic, here)))
                self._said[topic] = (here, now)
            everybody = self._everybody(topic)
            if everybody != self._told.get(topic, ()):
                self._told[topic] = everybody
                self._tell(Said(topic, _members(everybody)))
            if topic not in self._audience.presence:
                for kept in (self._said, self._told, self._elsewhere):
                    kept.pop(topic, None)

    def _count(self, sender: Key) -> None:
        """Takes note of one more. Raises TooMany."""
        now = time.monotonic()
        left, at = self._left.pop(sender, (BURST, now))
        left = min(BURST, left + (now - at) * PER_SECOND)
        self._left[sender] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._left) > SENDERS_MAX:
            self._left.popitem(last=False)
        if left < 1:
            raise TooMany("too_many_requests", (1 - left) / PER_SECOND)

    def _hear(self, word: bytes) -> None:
        said = _word.decode(word)
        if isinstance(said, Said):
            self._tell(said)
        elif said.topic in self._audience.presence:
            places = self._elsewhere.setdefault(said.topic, {})
            places[said.place] = (said.members, time.monotonic())

    def _tell(self, said: Said) -> None:
        followed = self._audience.named(said.topic)
        if followed is not None and followed.topic.is_sendable:
            message = followed.topic.message(said.data)
            for account, clients in list(followed.listeners.items()):
                for client in clients if account.record else ():
                    client.tell(message)

    def _here(self, topic: str) -> tuple[Key, ...]:
        followed = self._audience.named(topic)
        accounts = followed.listeners if followed else ()
        return tuple(sorted(_key(each.record) for each in accounts if each.record))

    def _everybody(self, topic: str) -> tuple[Key, ...]:
        now = time.monotonic()
        found = set(self._here(topic))
        for members, at in self._elsewhere.get(topic, {}).values():
            if now - at < BELIEVE_SECONDS:
                found.update(members)
        return tuple(sorted(found))


def _key(record: Record) -> Key:
    return record.collection_name, record.id


def _shown(key: Key) -> dict[str, str]:
    return {"collectionName": key[0], "id": key[1]}


def _members(everybody: tuple[Key, ...]) -> bytes:
    named = [_shown(key) for key in everybody[:MEMBERS_MAX]]
    return json.encode({"members": named, "total": len(everybody)})
