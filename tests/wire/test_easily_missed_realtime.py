"""What is easily missed in the reference about realtime: one test for each entry, named after it.
The tests of each part say more.
"""

import time
from pathlib import Path

import pytest

from tests.listener import listen
from tests.server import serve
from tests.wire.test_realtime_records import CARDS, heard, public, remove, told, with_options
from tests.wire.world import World


def test_29_auth_is_bound_by_the_post_and_stays(world: World) -> None:
    with listen(world.url, headers={"authorization": world.tokens["alice"]}) as listener:
        assert listener.subscribe("users/*", token=world.tokens["bob"]).status_code == 204
        assert listener.subscribe("users/*", token=world.tokens["alice"]).status_code == 403


def test_30_lists_and_records_have_their_own_rules_and_events_their_options(world: World) -> None:
    made = public(world)
    topics = [with_options(f"{CARDS}/*", filter="title != ''"), f"{CARDS}/{made}?options=%7B%7D"]
    with heard(world, *topics) as listener:
        world.change(CARDS, made, title="Named by its topic")
        assert {listener.next().event for _ in topics} == set(topics)


def test_31_fields_are_picked_from_the_record(world: World) -> None:
    with heard(world, with_options(f"{CARDS}/*", fields="id")) as listener:
        made = public(world)
        assert listener.next().data == {"record": {"id": made}, "action": "create"}


def test_32_a_deletion_is_judged_by_what_was_there(world: World) -> None:
    made = public(world, title="There")
    with heard(world, with_options(f"{CARDS}/*", filter="title = 'There'")) as listener:
        remove(world, CARDS, made)
        assert told(listener.next())[1:] == ("delete", made)


def test_33_without_its_token_key_a_connection_is_a_guests(world: World) -> None:
    name = world.fresh("finn")
    identifier = world.person(name)
    with heard(world, f"users/{identifier}", who=name) as listener:
        secret = {"password": "other12345", "passwordConfirm": "other12345"}
        world.change("users", identifier, **secret)
        assert "email" not in listener.next().data["record"]


@pytest.mark.parametrize("what", ["IDLE", "LIFE"])
def test_34_streams_are_closed_without_a_word(tmp_path: Path, what: str) -> None:
    env = {f"HOLOBASE_REALTIME_{what}_SECONDS": "0.5"}
    with serve(tmp_path / "data", "--without-community", env=env) as server:
        begun = time.monotonic()
        with listen(server.url) as listener, pytest.raises(EOFError):
            listener.next()
        assert time.monotonic() - begun >= 0.5
