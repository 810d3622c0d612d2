"""What clients listen to is bounded: a filter takes a hundred times as much memory as its text."""

from typing import Any, cast

import pytest

from holobase.domain.errors import Unavailable
from holobase.engine.realtime.accounts import GUEST
from holobase.engine.realtime.audience import HELD_BYTES_MAX, Audience
from holobase.engine.realtime.clients import Client
from holobase.engine.realtime.topics import CLIENT_BYTES_MAX

FILTER = "?options=" + "x" * 1_991
ROOM = CLIENT_BYTES_MAX // 200_000
"""So many topics with this filter one client may have; the door holds that."""


def client(name: str) -> Client:
    return Client(name, cast(Any, None), "", None)


def topics(name: str, count: int) -> list[str]:
    return [f"{name}{number:04}{FILTER}" for number in range(count)]


def test_all_clients_together_have_a_bound_and_room_again_when_some_leave() -> None:
    audience = Audience()
    clients = [client(f"{number}") for number in range(HELD_BYTES_MAX // CLIENT_BYTES_MAX)]
    for each in clients:
        audience.subscribe(each, topics(each.id, ROOM), GUEST)
    another = client("another")
    with pytest.raises(Unavailable):
        audience.subscribe(another, topics("b", ROOM), GUEST)
    audience.subscribe(clients[0], [], GUEST)
    audience.subscribe(another, topics("b", ROOM), GUEST)
