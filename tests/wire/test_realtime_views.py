"""What a subscriber is told equals what a view by him would give: random worlds of rules, filters,
expands, people and changes. `HOLOBASE_TEST_TOLD=100000` tries so many cases instead of a few.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listener import Listener
from tests.wire.test_realtime_records import with_options
from tests.wire.world import RECORDS, World

CASES = int(os.environ.get("HOLOBASE_TEST_TOLD", "12"))
PEOPLE = ("guest", "alice", "bob", "mod", "root")

RULES = (
    None,
    "",
    "@request.auth.id != ''",
    "owner = @request.auth.id",
    "open = true || owner = @request.auth.id",
    "owner.name ~ 'a' && number > 1",
    "parent.open = true",
    "parent.owner = @request.auth.id || parent.children_via_parent.number > 2",
    "@request.auth.roles.permissions:each ?= 'cards.moderate' || open = true",
    "tags:each ~ 'x' && tags:length > 0",
    "@request.context = 'default' || @request.context = 'realtime'",
    "strftime('%Y', created) >= '2020' && open = true",
    "@collection.{parents}.open ?= true && owner != ''",
    "meta.a = 1 || text:lower = 'abc'",
)
FILTERS = ("", "number > 1", "text ~ 'b' || open = true", "parent.text = 'p'", "tags ~ 'x'")
EXPANDS = ("", "owner", "parent,owner", "parent.owner,parent.children_via_parent", "no_such")
FIELDS = ("", "id,text", "*,expand.parent.text", "expand.owner.username,number")

VALUES = st.fixed_dictionaries(
    {
        "open": st.booleans(),
        "number": st.sampled_from([0, 1, 2, 2.5, 1e20, -3]),
        "text": st.sampled_from(["", "abc", "ABC", "b", "é", "<b>\u2028</b>"]),
        "tags": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3, unique=True),
        "meta": st.sampled_from([None, {"a": 1}, [1, {"a": 2}], "text", 5]),
        "secret": st.sampled_from(["", "hidden"]),
        "owner": st.sampled_from(["", "alice", "bob", "mod"]),
        "parent": st.integers(-1, 1),
    }
)
CHANGES = st.lists(st.tuples(st.sampled_from(["update", "owner", "parent"]), VALUES), max_size=3)


class Family:
    """Two collections that refer to each other, whose rules are set anew for every case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.parents, self.children = world.fresh("parents"), "children"
        users = {"type": "relation", "collectionId": "_pb_users_auth_"}
        fields: list[dict[str, Any]] = [
            {"name": "open", "type": "bool"},
            {"name": "text", "type": "text"},
            {"name": "owner", **users},
        ]
        self.parent_id = self._make({"name": self.parents, "fields": fields})
        self.children = world.fresh("children")
        fields += [
            {"name": "number", "type": "number"},
            {"name": "tags", "type": "select", "values": ["x", "y", "z"], "maxSelect": 3},
            {"name": "meta", "type": "json"},
            {"name": "secret", "type": "text", "hidden": True},
            {"name": "created", "type": "autodate", "onCreate": True},
            {
                "name": "parent",
                "type": "relation",
                "collectionId": self.parent_id,
                "cascadeDelete": True,
            },
        ]
        self._make({"name": self.children, "fields": fields})

    def _make(self, body: dict[str, Any]) -> str:
        made = self.world.ask("root", "POST", "/api/collections", body={"type": "base", **body})
        assert made.status_code == 200, made.text
        return str(made.json()["id"])

    def rule(self, text: str | None) -> str | None:
        """A rule with the names of these collections in it."""
        if text is None:
            return None
        text = text.replace("{parents}", self.parents)
        return text.replace("children_via", f"{self.children}_via")

    def set_rules(self, name: str, **rules: str | None) -> None:
        """Gives a collection other rules."""
        body = {key: self.rule(rule) for key, rule in rules.items()}
        answer = self.world.ask("root", "PATCH", f"/api/collections/{name}", body=body)
        assert answer.status_code == 200, answer.text

    def values(self, drawn: dict[str, Any], parents: list[str]) -> dict[str, Any]:
        """Drawn values with ids in the place of names."""
        owner = self.world.ids[drawn["owner"]] if drawn["owner"] else ""
        parent = parents[drawn["parent"]] if drawn["parent"] >= 0 else ""
        return {**drawn, "owner": owner, "parent": parent}


_families: dict[str, Family] = {}


@given(data=st.data())
@settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_everybody_is_told_what_they_would_view(world: World, data: st.DataObject) -> None:
    if world.url not in _families:
        _families[world.url] = Family(world)
    family = _families[world.url]
    rule = data.draw(st.sampled_from(RULES), "rule")
    # A rule must give the same answer in a view, so it is the same for lists.
    family.set_rules(family.children, listRule=rule, viewRule=rule)
    family.set_rules(family.parents, viewRule=data.draw(st.sampled_from(RULES[:5]), "parents"))
    drawn_query: dict[str, Any] = {
        "filter": family.rule(data.draw(st.sampled_from(FILTERS), "filter")),
        "expand": family.rule(data.draw(st.sampled_from(EXPANDS), "expand")),
        "fields": data.draw(st.sampled_from(FIELDS), "fields"),
    }
    query = {name: text for name, text in drawn_query.items() if text}
    topic = with_options(f"{family.children}/*", **query)
    parents = [
        world.make(family.parents, {"open": is_open, "text": "p", "owner": world.ids[owner]})
        for is_open, owner in ((True, "alice"), (False, "bob"))
    ]
    listeners: dict[str, Listener] = {}
    try:
        for who in PEOPLE:
            listeners[who] = Listener(world.url)
            topics = [topic, "tags/*"]
            answer = listeners[who].subscribe(*topics, token=world.tokens.get(who, ""))
            assert answer.status_code == 204
        made = world.make(family.children, family.values(data.draw(VALUES), parents))
        _compare(world, family, listeners, topic, query, "create", made)
        for what, drawn in data.draw(CHANGES):
            values = family.values(drawn, parents)
            if what != "update":
                values = {what: values[what]}
            world.change(family.children, made, **values)
            _compare(world, family, listeners, topic, query, "update", made)
        views = {who: _views(world, family, who, query, made) for who in PEOPLE}
        parent = world.show(family.children, made)["parent"]
        name, record = (family.children, made)
        if parent and data.draw(st.booleans(), "with its parent"):
            name, record = family.parents, parent
        answer = world.ask("root", "DELETE", f"{RECORDS.format(name)}/{record}")
        assert answer.status_code == 204
        _expect(world, listeners, topic, "delete", views)
    finally:
        for listener in listeners.values():
            listener.close()


def _compare(
    world: World,
    family: Family,
    listeners: dict[str, Listener],
    topic: str,
    query: Mapping[str, Any],
    action: str,
    record: str,
) -> None:
    views = {who: _views(world, family, who, query, record) for who in listeners}
    _expect(world, listeners, topic, action, views)


def _views(
    world: World, family: Family, who: str, query: Mapping[str, Any], record: str
) -> bytes | None:
    """What somebody would be shown, None where nothing."""
    path = f"{RECORDS.format(family.children)}/{record}"
    asked = {name: text for name, text in query.items() if name != "filter"}
    if "filter" in query:  # in a view, only a list can ask for it
        listed = {"filter": f"id = '{record}' && ({query['filter']})", "fields": "id"}
        answer = world.ask(who, "GET", RECORDS.format(family.children), query=listed)
        if answer.status_code != 200 or not answer.json()["items"]:
            return None
    answer = world.ask(who, "GET", path, query=asked)
    return answer.content if answer.status_code == 200 else None


def _expect(
    world: World,
    listeners: dict[str, Listener],
    topic: str,
    action: str,
    views: Mapping[str, bytes | None],
) -> None:
    """That each is told exactly what they would view: the next message after it is another's."""
    world.make("tags", {"name": world.fresh("mark")})
    for who, listener in listeners.items():
        message = listener.next()
        expected = views[who]
        if expected is not None:
            whole = b'data:{"record":%b,"action":"%b"}' % (expected, action.encode())
            assert (message.event, message.lines[2]) == (topic, whole), who
            message = listener.next()
        assert message.event == "tags/*", (who, json.dumps(message.data))
