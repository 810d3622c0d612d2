"""Resuming: a client that comes back is told what it has missed, once, and loses nothing."""

import pytest

from tests.listener import Listener, Message, listen
from tests.wire.test_realtime_records import CARDS, card, heard, public, remove, told, viewed
from tests.wire.world import World

TOPIC = f"{CARDS}/*"


def come_back(listener: Listener, *topics: str, token: str = "") -> None:
    assert listener.next().event == "position"
    assert listener.subscribe(*topics, token=token).status_code == 204


def stand(world: World) -> str:
    """Where somebody stands who has been told everything. The last event is of no card, so that it
    is not told again: at a position, something may be left to tell."""
    world.make("tags", {"name": world.fresh("mark")})
    with listen(world.url, "?since=") as listener:
        return listener.next().id


def test_positions_are_for_those_who_ask(world: World) -> None:
    with heard(world, TOPIC) as plain, listen(world.url, "?since=") as resuming:
        assert resuming.first.id == resuming.id
        first = resuming.next()
        assert (first.event, first.data, first.id.isdigit()) == ("position", {}, True)
        assert resuming.subscribe(TOPIC).status_code == 204
        made = public(world)
        for listener in (plain, resuming):
            assert told(listener.next())[2] == made
        world.change(CARDS, made, title="Again")
        assert plain.next().id == plain.id
        message = resuming.next()
        [event] = [e for e in world.events_after(int(message.id) - 1) if e.record_id == made]
        assert (event.position, event.type) == (int(message.id), f"{CARDS}.updated")


@pytest.mark.parametrize("by", ["since", "last-event-id"])
def test_what_was_missed_is_told_once_as_it_is_now(world: World, by: str) -> None:
    kept, gone = public(world, title="kept"), public(world, title="gone")
    hidden = public(world, title="hidden soon")
    position = stand(world)
    world.change(CARDS, kept, title="changed")
    world.change(CARDS, gone, title="changed before")
    made, brief = public(world, title="made"), public(world, title="brief")
    world.change(CARDS, kept, title="changed twice")
    world.change(CARDS, hidden, community_is_public=False)
    for each in (gone, brief):
        remove(world, CARDS, each)
    world.change(CARDS, made, title="made and changed")
    query = f"?since={position if by == 'since' else ''}"
    headers = {"last-event-id": position} if by == "last-event-id" else {}
    with listen(world.url, query, headers) as listener:
        come_back(listener, TOPIC)
        found = [listener.next() for _ in range(4)]
        assert [told(each)[1:] for each in found] == [
            ("update", kept),
            ("delete", gone),
            ("delete", brief),
            ("create", made),
        ]
        for message, record in ((found[0], kept), (found[3], made)):
            assert message.lines[2] == b'data:{"record":%b,"action":"%b"}' % (
                viewed(world, record),
                message.data["action"].encode(),
            )
        positions = [int(each.id) for each in found]
        assert positions == sorted(positions)
        after = public(world)  # from here on it is told of what happens
        assert told(listener.next())[1:] == ("create", after)


def test_it_goes_on_where_it_was_cut(world: World) -> None:
    with listen(world.url, "?since=") as listener:
        come_back(listener, TOPIC)
        made = [public(world) for _ in range(3)]
        seen = [listener.next() for _ in range(2)]
    made.append(public(world))
    with listen(world.url, f"?since={seen[-1].id}") as listener:
        come_back(listener, TOPIC)
        again = [told(listener.next())[2] for _ in range(3)]
        assert again == made[1:]  # the last one that was seen is told once more


def test_the_rules_of_now_decide(world: World) -> None:
    position = stand(world)
    private, shown = card(world), public(world)
    with listen(world.url, f"?since={position}") as listener:
        come_back(listener, TOPIC)
        assert told(listener.next())[2] == shown
    with listen(world.url, f"?since={position}") as listener:
        come_back(listener, TOPIC, token=world.tokens["alice"])
        assert [told(listener.next())[2] for _ in range(2)] == [private, shown]


@pytest.mark.parametrize("position", ["9" * 17, "-1", "x", "1e3"])
def test_who_cannot_be_told_what_was_missed_is_told_so(world: World, position: str) -> None:
    with listen(world.url, f"?since={position}") as listener:
        if position.isdigit():
            assert listener.next().event == "position"
        assert listener.subscribe(TOPIC).status_code == 204
        message = listener.next()
        assert (message.event, message.data) == ("resync", {})
        made = public(world)
        assert told(listener.next())[2] == made
    with listen(world.url, f"?since={message.id}") as listener:
        come_back(listener, TOPIC)
        assert told(listener.next())[2] == made


def test_last_event_ids_that_are_no_positions_change_nothing(world: World) -> None:
    with listen(world.url, headers={"last-event-id": "x" * 40}) as listener:
        assert listener.subscribe(TOPIC).status_code == 204
        made = public(world)
        message: Message = listener.next()
        assert (message.id, told(message)[2]) == (listener.id, made)
