"""What clients listen to is bounded: a filter takes a hundred times as much memory as its text."""

from typing import Any, cast

import pytest

from holobase.domain.errors import Unavailable
from holobase.engine.realtime.accounts import GUEST
from holobase.engine.realtime.audience import CLIENT_BYTES_MAX, HELD_BYTES_MAX, Audience
from holobase.engine.realtime.clients import Client

FILTER = "?options=" + "x" * 1_991
ROOM = CLIENT_BYTES_MAX // 200_000
"""So many topics with this filter one client may have."""


def client(name: str) -> Client:
    return Client(name, cast(Any, None), "", None)


def topics(name: str, count: int) -> list[str]:
    return [f"{name}{number:04}{FILTER}" for number in range(count)]


def test_one_client_may_listen_to_so_many_filters_and_to_more_plain_topics() -> None:
    audience, listener = Audience(), client("a")
    audience.subscribe(listener, topics("a", ROOM), GUEST)
    with pytest.raises(Unavailable):
        audience.subscribe(listener, topics("a", ROOM + 1), GUEST)
    assert listener.topics == tuple(topics("a", ROOM))
    audience.subscribe(listener, [f"plain{number:04}" * 100 for number in range(1_000)], GUEST)
    assert len(listener.topics) == 1_000


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
