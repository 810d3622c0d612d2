"""What an expand shows is the same in a view and in realtime: whose addresses, in which order."""

import pytest

from tests.wire.test_realtime_records import heard, with_options
from tests.wire.world import RECORDS, World

PASSWORD = {"password": "password123", "passwordConfirm": "password123"}


@pytest.fixture(scope="module")
def family(world: World) -> tuple[str, str]:
    """An auth collection whose accounts alice manages, and one whose records refer to them."""
    owners, things = world.fresh("owners"), world.fresh("things")
    rules = {"listRule": "", "viewRule": ""}
    manages = f"@request.auth.id = '{world.ids['alice']}'"
    made = _make(world, {"name": owners, "type": "auth", "manageRule": manages, **rules})
    relation = {"name": "owner", "type": "relation", "collectionId": made}
    fields = [relation, {"name": "text", "type": "text"}]
    _make(world, {"name": things, "type": "base", "fields": fields, **rules})
    return owners, things


def _make(world: World, body: dict[str, object]) -> str:
    answer = world.ask("root", "POST", "/api/collections", body=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def _viewed(world: World, who: str, name: str, record_id: str, expand: str) -> bytes:
    path = f"{RECORDS.format(name)}/{record_id}"
    answer = world.ask(who, "GET", path, query={"expand": expand})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_who_manages_accounts_sees_their_addresses(world: World, family: tuple[str, str]) -> None:
    owners, things = family
    owner = world.make(owners, {"email": f"{owners}@example.com", **PASSWORD})
    thing = world.make(things, {"owner": owner})
    topic = with_options(f"{things}/*", expand="owner")
    for who, sees in (("alice", True), ("bob", False), ("guest", False), ("root", True)):
        with heard(world, topic, who=who) as listener:
            world.change(things, thing, text=who)
            viewed = _viewed(world, who, things, thing, "owner")
            assert (b"@example.com" in viewed) is sees, who
            assert listener.next().lines[2] == b'data:{"record":%b,"action":"update"}' % viewed


def test_what_refers_to_a_record_comes_in_the_order_it_was_made(
    world: World, family: tuple[str, str]
) -> None:
    owners, things = family
    owner = world.make(owners, {"email": f"{world.fresh()}@example.com", **PASSWORD})
    made = [world.make(things, {"owner": owner, "text": "first"}) for _ in range(3)]
    back = f"{things}_via_owner"
    topic = with_options(f"{things}/*", expand=f"owner.{back}")
    with heard(world, topic) as listener:
        for thing in (made[1], made[0], made[2]):
            world.change(things, thing, text="changed")
            viewed = _viewed(world, "guest", things, thing, f"owner.{back}")
            assert listener.next().lines[2] == b'data:{"record":%b,"action":"update"}' % viewed
        answer = world.ask("guest", "GET", f"{RECORDS.format(owners)}/{owner}?expand={back}")
        assert [each["id"] for each in answer.json()["expand"][back]] == made
