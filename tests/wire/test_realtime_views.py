"""What a subscriber is told equals what a view by him would give: random worlds of rules, filters,
expands, people and changes.

A case is one change, told to one person under one topic. `HOLOBASE_TEST_TOLD=100000` tries at least
so many instead of a few hundred; everybody listens to a hundred topics at once then.
"""

import itertools
import math
import os
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listener import Listener
from tests.wire.test_realtime_records import with_options
from tests.wire.world import RECORDS, World

PEOPLE = ("guest", "alice", "bob", "mod", "root")
CASES = int(os.environ.get("HOLOBASE_TEST_TOLD", "150"))
TOPICS = 100 if CASES > 1_000 else 3
EXAMPLES = math.ceil(CASES / (2 * TOPICS * len(PEOPLE)))
"""Worlds: in each a record is made and deleted at least."""

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

Query: TypeAlias = tuple[str, str, str]
"""Filter, expand and fields of a topic."""

QUERIES: tuple[Query, ...] = tuple(itertools.product(FILTERS, EXPANDS, FIELDS))

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


class Audience:
    """Everybody, listening to the same topics."""

    def __init__(self, family: Family, queries: list[Query]) -> None:
        self.family = family
        self._topics = {query: self._topic(query) for query in queries}
        self._listeners: dict[str, Listener] = {}

    def _topic(self, query: Query) -> str:
        named = zip(("filter", "expand", "fields"), query, strict=True)
        told: dict[str, Any] = {name: self.family.rule(text) for name, text in named if text}
        return with_options(f"{self.family.children}/*", **told)

    def __enter__(self) -> "Audience":
        world = self.family.world
        for who in PEOPLE:
            listener = self._listeners[who] = Listener(world.url)
            topics = [*self._topics.values(), "tags/*"]
            assert listener.subscribe(*topics, token=world.tokens.get(who, "")).status_code == 204
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners.values():
            listener.close()

    def views(self, record: str) -> dict[str, dict[str, bytes]]:
        """What everybody would be shown of a record, by topic; nothing where they would not. They
        ask together: a guest who finds nothing is answered after a while."""
        with ThreadPoolExecutor(len(PEOPLE) * len(FILTERS)) as asking:
            found = {who: asking.submit(self._views, asking, who, record) for who in PEOPLE}
            return {who: views.result() for who, views in found.items()}

    def _views(self, asking: Executor, who: str, record: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        texts = {text for text, _, _ in self._topics}
        passes = asking.map(lambda text: self._passes(who, record, text), texts)
        passing = dict(zip(texts, passes, strict=True))
        shown = {(expand, fields): b"" for _, expand, fields in self._topics}
        for expand, fields in shown:
            shown[expand, fields] = self._view(who, record, expand, fields)
        for (text, expand, fields), topic in self._topics.items():
            if passing[text] and shown[expand, fields]:
                found[topic] = shown[expand, fields]
        return found

    def _view(self, who: str, record: str, expand: str, fields: str) -> bytes:
        path = f"{RECORDS.format(self.family.children)}/{record}"
        asked = {"expand": self.family.rule(expand) or "", "fields": fields}
        query: dict[str, Any] = {name: text for name, text in asked.items() if text}
        answer = self.family.world.ask(who, "GET", path, query=query)
        return answer.content if answer.status_code == 200 else b""

    def _passes(self, who: str, record: str, text: str) -> bool:
        """Whether a filter lets a record through; only a list can ask that."""
        if not text:
            return True
        query = {"filter": f"id = '{record}' && ({self.family.rule(text)})", "fields": "id"}
        path = RECORDS.format(self.family.children)
        answer = self.family.world.ask(who, "GET", path, query=query)
        return answer.status_code == 200 and bool(answer.json()["items"])

    def expect(self, action: str, views: dict[str, dict[str, bytes]]) -> None:
        """That each is told exactly what they would view: what comes after it is another's."""
        world = self.family.world
        world.make("tags", {"name": world.fresh("mark")})
        for who, listener in self._listeners.items():
            told: list[tuple[str, bytes]] = []
            while (message := listener.next()).event != "tags/*":
                told.append((message.event, message.lines[2]))
            wanted = [
                (topic, b'data:{"record":%b,"action":"%b"}' % (shown, action.encode()))
                for topic, shown in views[who].items()
            ]
            assert sorted(told) == sorted(wanted), who


@given(data=st.data())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.timeout(120 + CASES / 10)
def test_everybody_is_told_what_they_would_view(world: World, data: st.DataObject) -> None:
    family = _families.get(world.url) or _families.setdefault(world.url, Family(world))
    rule = data.draw(st.sampled_from(RULES), "rule")
    # A rule must give the same answer in a view, so it is the same for lists.
    family.set_rules(family.children, listRule=rule, viewRule=rule)
    family.set_rules(family.parents, viewRule=data.draw(st.sampled_from(RULES[:5]), "parents"))
    parents = [
        world.make(family.parents, {"open": is_open, "text": "p", "owner": world.ids[owner]})
        for is_open, owner in ((True, "alice"), (False, "bob"))
    ]
    queries = data.draw(st.randoms(use_true_random=False)).sample(QUERIES, TOPICS)
    with Audience(family, queries) as audience:
        made = world.make(family.children, family.values(data.draw(VALUES), parents))
        audience.expect("create", audience.views(made))
        for what, drawn in data.draw(CHANGES):
            values = family.values(drawn, parents)
            if what != "update":
                values = {what: values[what]}
            world.change(family.children, made, **values)
            audience.expect("update", audience.views(made))
        views = audience.views(made)
        parent = world.show(family.children, made)["parent"]
        name, record = (family.children, made)
        if parent and data.draw(st.booleans(), "with its parent"):
            name, record = family.parents, parent
        answer = world.ask("root", "DELETE", f"{RECORDS.format(name)}/{record}")
        assert answer.status_code == 204
        audience.expect("delete", views)
