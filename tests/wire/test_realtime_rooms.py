"""Rooms: what logged-in people say to each other, and who is there."""

from typing import Any

import httpx
import pytest

from tests.listener import Listener, Message
from tests.wire.test_realtime_records import heard
from tests.wire.world import World

PATH = "/api/realtime/broadcast"


def send(world: World, who: str, topic: Any, data: Any) -> httpx.Response:
    return world.ask(who, "POST", PATH, body={"topic": topic, "data": data})


def members(message: Message) -> list[str]:
    assert message.data["total"] == len(message.data["members"])
    return [each["id"] for each in message.data["members"]]


def until(listener: Listener, expected: list[str]) -> None:
    """Reads on until exactly these are there."""
    while members(listener.next()) != sorted(expected):
        pass


def test_everybody_in_a_room_is_told_what_one_says(world: World) -> None:
    room = f"@broadcast/{world.fresh('room')}"
    with heard(world, room, who="alice") as alice, heard(world, room, "tags/*") as guest:
        assert send(world, "bob", room, {"typing": True}).status_code == 204
        message = alice.next()
        sender = {"collectionName": "users", "id": world.ids["bob"]}
        assert (message.event, message.data) == (room, {"from": sender, "data": {"typing": True}})
        world.make("tags", {"name": world.fresh("tag")})
        assert guest.next().event == "tags/*"


@pytest.mark.parametrize(
    ("topic", "data", "field"),
    [
        ("@broadcast/", 1, "topic"),
        ("@broadcast/a b", 1, "topic"),
        ("@broadcast/" + "x" * 101, 1, "topic"),
        ("@presence/a", 1, "topic"),
        ("unified_cards/*", 1, "topic"),
        ("@oauth2", 1, "topic"),
        ("@broadcast/a", "x" * 4095, "data"),
        (5, 1, ""),
    ],
)
def test_what_cannot_be_sent(world: World, topic: Any, data: Any, field: str) -> None:
    answer = send(world, "alice", topic, data)
    assert answer.status_code == 400
    assert list(answer.json()["data"]) == ([field] if field else [])


def test_guests_send_nothing(world: World) -> None:
    assert send(world, "guest", "@broadcast/a", 1).status_code == 401


def test_nobody_sends_without_end(world: World) -> None:
    name = world.fresh("eve")
    world.person(name)
    answers = [send(world, name, "@broadcast/a", 1).status_code for _ in range(200)]
    assert set(answers) == {204, 429}
    assert send(world, "alice", "@broadcast/a", 1).status_code == 204


def test_everybody_in_a_room_knows_who_is_there(world: World) -> None:
    room = f"@presence/{world.fresh('room')}"
    alice, bob = world.ids["alice"], world.ids["bob"]
    with heard(world, room, who="alice") as listener, heard(world, room, "tags/*") as guest:
        until(listener, [alice])
        with heard(world, room, who="bob") as other, heard(world, room, who="bob"):
            until(other, [alice, bob])
            until(listener, [alice, bob])
        until(listener, [alice])
        world.make("tags", {"name": world.fresh("tag")})
        assert guest.next().event == "tags/*"
