"""What is told of records: to whom, in which words, and what is told of nobody."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest

from tests.listener import Listener, Message, listen
from tests.wire.world import RECORDS, World

CARDS = "unified_cards"


def with_options(topic: str, *, headers: dict[str, Any] | None = None, **query: Any) -> str:
    """A topic with options as the SDK writes them."""
    options = {"query": query} | ({"headers": headers} if headers else {})
    return f"{topic}?options={quote(json.dumps(options))}"


@contextmanager
def heard(world: World, *topics: str, who: str = "guest") -> Iterator[Listener]:
    """A connection of somebody who listens to some topics."""
    with listen(world.url) as listener:
        answer = listener.subscribe(*topics, token=world.tokens.get(who, ""))
        assert answer.status_code == 204, answer.text
        yield listener


def told(message: Message) -> tuple[str, str, str]:
    """Topic, action and id of what a message tells."""
    return message.event, message.data["action"], message.data["record"]["id"]


def card(world: World, **values: Any) -> str:
    owner = world.ids["alice"]
    return world.make(CARDS, {"title": "Told", "community_creator": owner, **values})


def public(world: World, **values: Any) -> str:
    return card(world, community_is_public=True, **values)


def remove(world: World, collection: str, record_id: str, who: str = "root") -> None:
    answer = world.ask(who, "DELETE", f"{RECORDS.format(collection)}/{record_id}")
    assert answer.status_code == 204, answer.text


def viewed(world: World, record_id: str, who: str = "guest", **query: str) -> bytes:
    answer = world.ask(who, "GET", f"{RECORDS.format(CARDS)}/{record_id}", query=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_record_is_told_of_from_its_creation_to_its_deletion(world: World) -> None:
    with heard(world, f"{CARDS}/*") as listener:
        made = public(world)
        created = listener.next()
        line = b'data:{"record":%b,"action":"create"}' % viewed(world, made)
        topic = b"event:unified_cards/*"
        assert created.lines == (b"id:" + listener.id.encode(), topic, line)
        world.change(CARDS, made, title="Changed")
        updated = listener.next()
        line = b'data:{"record":%b,"action":"update"}' % viewed(world, made)
        assert updated.lines[2] == line
        remove(world, CARDS, made)
        assert listener.next().lines[2] == line.replace(b'"action":"update"', b'"action":"delete"')


def test_each_spelling_of_a_topic_is_told_under_its_own_name(world: World) -> None:
    made = public(world)
    identifier = world.show(CARDS, made)["collectionId"]
    topics = [
        f"{CARDS}/*",
        CARDS,
        f"{identifier}/*",
        identifier,
        f"{CARDS}/{made}",
        f"{identifier}/{made}",
        f"{CARDS}/*?options={{}}",
        f"{CARDS}/*?options=no+json",
        f"{CARDS}/*?other=%zz",
    ]
    silent = [f"{CARDS.upper()}/*", f"{CARDS}/{'x' * 15}", "no_such/*", f"/{CARDS}/*", f"{CARDS}/"]
    with heard(world, *topics, *silent) as listener:
        world.change(CARDS, made, title="Changed")
        world.change(CARDS, world.ids["card"], title="Another")
        found = [told(listener.next()) for _ in topics]
        assert sorted(found) == sorted((topic, "update", made) for topic in topics)
        assert listener.next().data["record"]["id"] == world.ids["card"]


def test_everybody_is_told_what_the_rules_show_them(world: World) -> None:
    with (
        heard(world, f"{CARDS}/*") as guest,
        heard(world, f"{CARDS}/*", who="bob") as bob,
        heard(world, f"{CARDS}/*", who="alice") as alice,
        heard(world, f"{CARDS}/*", who="root") as root,
    ):
        hidden, shown = card(world), public(world)
        for listener in (guest, bob):
            assert told(listener.next())[2] == shown
        for listener in (alice, root):
            assert [told(listener.next())[2] for _ in range(2)] == [hidden, shown]


def test_who_may_list_nothing_is_told_nothing(world: World) -> None:
    with heard(world, "_superusers/*", f"{CARDS}/*", who="alice") as listener:
        world.change("_superusers", world.ask_me("root")["id"], emailVisibility=True)
        made = public(world)
        assert told(listener.next())[2] == made


def test_all_are_judged_by_the_list_rule_and_one_by_the_view_rule(world: World) -> None:
    name = world.fresh("realtime")
    fields = [{"name": "title", "type": "text"}]
    rules = {"listRule": "title = 'listed'", "viewRule": "title = 'viewed'"}
    made = world.ask(
        "root",
        "POST",
        "/api/collections",
        body={"name": name, "type": "base", "fields": fields, **rules},
    )
    assert made.status_code == 200, made.text
    record = world.make(name, {"title": "first"})
    with heard(world, f"{name}/*", f"{name}/{record}") as listener:
        for title in ("listed", "neither", "viewed"):
            world.change(name, record, title=title)
        assert [listener.next().event for _ in range(2)] == [f"{name}/*", f"{name}/{record}"]
        path = f"/api/collections/{name}"
        assert world.ask("root", "PATCH", path, body={"listRule": None}).status_code == 200
        world.change(name, record, title="listed")
        world.change(name, record, title="viewed")
        assert listener.next().event == f"{name}/{record}"


def test_options_filter_expand_and_pick(world: World) -> None:
    filtered = with_options(f"{CARDS}/*", filter="title = 'wanted'")
    expanded = with_options(f"{CARDS}/*", expand="community_creator", filter="title = 'wanted'")
    picked = with_options(
        f"{CARDS}/*", fields="id,expand.community_creator.name", expand="community_creator"
    )
    unread = with_options(f"{CARDS}/*", fields="title:shorter", filter="title = 'wanted'")
    barred = with_options(f"{CARDS}/*", filter="@request.auth.id = ''")
    wrong = with_options(f"{CARDS}/*", filter="title = ")
    topics = (filtered, expanded, picked, unread, barred, wrong)
    with heard(world, *topics, who="alice") as listener:
        public(world, title="unwanted")
        assert listener.next().event == picked
        made = public(world, title="wanted")
        found = {message.event: message.data["record"] for message in _several(listener, 4)}
        whole = json.loads(viewed(world, made, "alice"))
        assert found[filtered] == found[unread] == whole
        assert found[expanded] == json.loads(
            viewed(world, made, "alice", expand="community_creator")
        )
        creator = found[expanded]["expand"]["community_creator"]
        assert creator["email"] == "alice@example.com"
        assert found[picked] == {
            "expand": {"community_creator": {"name": creator["name"]}},
            "id": made,
        }


def _several(listener: Listener, count: int) -> list[Message]:
    return [listener.next() for _ in range(count)]


def test_rules_see_the_options_and_the_context(world: World) -> None:
    name = world.fresh("realtime")
    rule = (
        "@request.context = 'realtime' && @request.method = 'GET'"
        " && @request.query.open = '1' && @request.headers.x_token = 'true'"
    )
    body = {"name": name, "type": "base", "listRule": rule}
    assert world.ask("root", "POST", "/api/collections", body=body).status_code == 200
    good = with_options(f"{name}/*", open=1, headers={"X-Token": True})
    bad = with_options(f"{name}/*", open=1, headers={"X-Token": [True]})
    with heard(world, bad, good, f"{name}/*") as listener:
        made = [world.make(name, {}) for _ in range(2)]
        assert [told(listener.next())[::2] for _ in made] == [(good, each) for each in made]


def test_hidden_fields_and_addresses_are_told_to_those_who_see_them(world: World) -> None:
    name = world.fresh("carol")
    identifier = world.person(name)
    topic = f"users/{identifier}"
    with (
        heard(world, topic) as guest,
        heard(world, topic, who=name) as herself,
        heard(world, topic, who="root") as root,
    ):
        world.change("users", identifier, name="Carol C")
        for listener, sees in ((guest, False), (herself, True), (root, True)):
            record = listener.next().data["record"]
            assert ("email" in record) is sees
            assert not record.keys() & {"password", "tokenKey"}
        world.change("users", identifier, emailVisibility=True)
        assert guest.next().data["record"]["email"] == f"{name}@example.com"


def test_a_comment_that_goes_with_its_post_is_judged_by_that_post(world: World) -> None:
    parents, children = world.fresh("parents"), world.fresh("children")
    made = world.ask(
        "root",
        "POST",
        "/api/collections",
        body={
            "name": parents,
            "type": "base",
            "viewRule": "",
            "fields": [{"name": "open", "type": "bool"}, {"name": "text", "type": "text"}],
        },
    )
    relation = {
        "name": "parent",
        "type": "relation",
        "collectionId": made.json()["id"],
        "cascadeDelete": True,
    }
    rules = {
        "listRule": "parent.open = true",
        "viewRule": f"@collection.{parents}.open ?= true && parent.text ~ 'x'",
    }
    body = {"name": children, "type": "base", "fields": [relation], **rules}
    assert world.ask("root", "POST", "/api/collections", body=body).status_code == 200
    both = {}
    for is_open in (True, False):
        parent = world.make(parents, {"open": is_open, "text": "xx"})
        both[is_open] = (parent, world.make(children, {"parent": parent}))
    parent, child = both[True]
    closed, other = both[False]
    expanded = with_options(f"{children}/*", expand="parent")
    with heard(world, expanded, f"{children}/{child}", f"{children}/{other}") as listener:
        remove(world, parents, closed)
        first = listener.next()  # the other parent was open then
        assert told(first) == (f"{children}/{other}", "delete", other)
        remove(world, parents, parent)
        found = {message.event: message.data for message in _several(listener, 2)}
        assert found.keys() == {expanded, f"{children}/{child}"}
        assert {data["action"] for data in found.values()} == {"delete"}
        assert found[expanded]["record"]["parent"] == parent
        assert found[expanded]["record"]["expand"]["parent"]["text"] == "xx"


def test_changes_that_follow_each_other_quickly_are_told_one_by_one(world: World) -> None:
    with heard(world, f"{CARDS}/*") as listener:
        made = public(world, title="0")
        for number in range(1, 6):
            world.change(CARDS, made, title=str(number))
        remove(world, CARDS, made)
        found = [listener.next().data for _ in range(7)]
        actions = [data["action"] for data in found]
        assert actions == ["create", *["update"] * 5, "delete"]
        titles = [data["record"]["title"] for data in found]
        assert titles == ["0", "1", "2", "3", "4", "5", "5"]


def test_derived_fields_are_told_as_updates(world: World) -> None:
    made = public(world)
    with heard(world, f"{CARDS}/{made}") as listener:
        world.make("likes", {"user": world.ids["bob"], "card": made})
        message = listener.next()
        assert told(message)[1] == "update"
        assert message.data["record"]["community_likes"] == 1


def test_a_new_set_of_topics_takes_the_place_of_the_old_one(world: World) -> None:
    with heard(world, f"{CARDS}/*") as listener:
        assert listener.subscribe("tags/*").status_code == 204
        public(world)
        tag = world.make("tags", {"name": world.fresh("tag")})
        assert told(listener.next()) == ("tags/*", "create", tag)


class TestBoundAccounts:
    """The account of a connection, as it changes while it is bound."""

    @pytest.fixture
    def person(self, world: World) -> str:
        name = world.fresh("dora")
        world.person(name)
        return name

    def test_changes_of_an_account_hold_at_once(self, world: World, person: str) -> None:
        name = world.fresh("realtime")
        body = {"name": name, "type": "base", "listRule": "@request.auth.name = 'seen'"}
        assert world.ask("root", "POST", "/api/collections", body=body).status_code == 200
        with heard(world, f"{name}/*", who=person) as listener:
            world.make(name, {})
            world.change("users", world.ids[person], name="seen")
            made = world.make(name, {})
            assert told(listener.next())[2] == made

    @pytest.mark.parametrize("how", ["password", "status", "deleted"])
    def test_an_account_that_is_over_is_taken_away(
        self, world: World, person: str, how: str
    ) -> None:
        identifier = world.ids[person]
        with heard(world, f"{CARDS}/*", who=person) as listener:
            private = card(world, community_creator=identifier)
            assert told(listener.next())[2] == private
            if how == "password":
                secret = {"password": "other12345", "passwordConfirm": "other12345"}
                world.change("users", identifier, **secret)
            elif how == "status":
                world.change("users", identifier, status="suspended")
            else:
                remove(world, "users", identifier)
            if how != "deleted":
                card(world, community_creator=identifier)
            made = public(world)
            while (message := listener.next()).data["record"]["id"] == private:
                assert message.data["action"] in ("update", "delete")
            assert told(message)[2] == made
            # what is no longer bound may be bound again
            assert listener.subscribe("a", token=world.tokens["bob"]).status_code == 204


def test_views_tell_nothing(world: World) -> None:
    name = world.fresh("shown")
    query = "SELECT id, title FROM unified_cards WHERE community_is_public"
    body = {"name": name, "type": "view", "listRule": "", "viewRule": "", "viewQuery": query}
    assert world.ask("root", "POST", "/api/collections", body=body).status_code == 200
    made = public(world)
    with heard(world, f"{name}/*", f"{name}/{made}", f"{CARDS}/{made}") as listener:
        another = public(world)  # a message of the view would come before those of its source
        assert world.ask("guest", "GET", f"{RECORDS.format(name)}/{another}").status_code == 200
        world.change(CARDS, made, title="Other")
        assert told(listener.next()) == (f"{CARDS}/{made}", "update", made)
        remove(world, CARDS, another)
        remove(world, CARDS, made)
        assert told(listener.next()) == (f"{CARDS}/{made}", "delete", made)
