"""Judging: whether somebody is told of a change, and what.

What decides is compiled once for each topic and kind of account. Accounts among which the rule and
the filter cannot tell any difference are judged together, and what is told is rendered once for all
who see the same.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from holobase.domain.collection import Schema
from holobase.domain.errors import BadRequest
from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import Check, Rules
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.expand import Expander, parse_expand
from holobase.engine.pick import Picked, parse_fields, pick
from holobase.engine.reading.queries import FORBIDDEN_IN_FILTERS
from holobase.engine.realtime.audience import Followed
from holobase.engine.realtime.moment import Moment
from holobase.engine.realtime.topics import Topic
from holobase.engine.render import members_for
from holobase.kit import json
from holobase.rules import Access, Cells, parameter

AUTH: Final = "@request.auth."


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides under one topic for one kind of account. `checks` None: it never holds.
    `keys` are the parameters by which accounts of this kind differ."""

    checks: tuple[Check, ...] | None
    manage: Check | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a record, as it is told: `record` as the event left it, a deleted one as it was
    before, and its `cells`. `shown` keeps what was rendered of it, by all that it depends on."""

    definition: Definition
    record: Record
    action: str
    position: int
    moment: Moment
    cells: Cells
    shown: dict[Any, bytes] = field(default_factory=dict)

    @property
    def is_deletion(self) -> bool:
        """Whether the record is gone."""
        return self.action == "delete"


class Judge:
    """Decides and renders."""

    def __init__(self, catalogue: Catalogue, rules: Rules) -> None:
        self._catalogue = catalogue
        self._rules = rules

    def plan(self, change: Change, followed: Followed, request: Request, *, is_list: bool) -> Plan:
        """What decides about the change for whoever asks so; kept with the topic."""
        definition = change.definition
        key = (definition.key, request.is_superuser, request.auth and request.auth.collection_id)
        schema = self._catalogue.schema
        kept: tuple[Schema, Plan] | None = followed.plans.get(key)
        if kept is not None and kept[0] is schema:
            return kept[1]
        collection = definition.collection
        rule = collection.list_rule if is_list else collection.view_rule
        plan = self._plan(definition, rule, followed.topic.query.get("filter", ""), request)
        followed.plans[key] = (schema, plan)
        return plan

    def need(self, plan: Plan, change: Change, topic: Topic, request: Request) -> tuple[Cell, ...]:
        """Equal for accounts that are told the same."""
        auth = request.auth
        if auth is None:
            return ()
        values = [parameter(key, request) for key in plan.keys]
        is_own = _is_own(change, request)
        expands = topic.query.get("expand", "") and not request.is_superuser
        return (auth.collection_id, is_own, auth.id if expands else "", *values)

    async def told(
        self, plan: Plan, change: Change, topic: Topic, request: Request
    ) -> bytes | None:
        """What is told, None where nothing is."""
        if plan.checks is None:
            return None
        for check in plan.checks:
            if not await self._holds(check, change, request):
                return None
        manages = plan.manage is not None and await self._holds(plan.manage, change, request)
        return await self._shown(change, topic, request, manages=manages)

    async def _shown(
        self, change: Change, topic: Topic, request: Request, *, manages: bool
    ) -> bytes:
        """What is told; without what comes along, which is judged by who asks, rendered once for
        all who see the same under topics that pick the same."""
        sees_own = manages or _is_own(change, request)
        key = (topic.query.get("fields", ""), request.is_superuser, sees_own)
        if topic.query.get("expand", ""):
            return await self._rendered(change, topic, request, manages=manages)
        if key not in change.shown:
            data = await self._rendered(change, topic, request, manages=manages)
            change.shown[key] = data
        return change.shown[key]

    async def _rendered(
        self, change: Change, topic: Topic, request: Request, *, manages: bool
    ) -> bytes:
        managed = {change.record.id} if manages else set()
        members = await self._members(change, topic, request, managed)
        fields = _fields(topic)
        if fields is not None:
            members = pick(msgspec.json.decode(json.encode(members)), fields)
        return json.encode({"record": members, "action": change.action})

    async def _members(
        self, change: Change, topic: Topic, request: Request, managed: set[str]
    ) -> dict[str, Any]:
        text = topic.query.get("expand", "")
        tree = parse_expand(text) if text else None
        definition, record = change.definition, change.record
        if tree is not None:
            expander = Expander(self._catalogue, change.moment, self._rules)
            with suppress(BadRequest):  # it is too large; the change is told without
                return (await expander.show_all(definition, [record], tree, request, managed))[0]
        return members_for(definition, record, request, managed)

    async def _holds(self, check: Check, change: Change, request: Request) -> bool:
        asking = check.outcome(request, change.cells)
        try:
            wanted = next(asking)
            while True:
                wanted = asking.send(await change.moment.rows(wanted))
        except StopIteration as end:
            decided: bool | None = end.value
        if decided is None:
            values = check.bind(request, change.cells)
            return bool(await change.moment.fetch(check.statement, values))
        return decided

    def _plan(
        self, definition: Definition, rule: str | None, filtered: str, request: Request
    ) -> Plan:
        never = Plan(None, None, ())
        is_barred = rule is None or any(word in filtered for word in FORBIDDEN_IN_FILTERS)
        if is_barred and not request.is_superuser:
            return never
        texts = [("" if request.is_superuser else rule or "", Access.RULE)]
        texts.append((filtered, Access.RULE if request.is_superuser else Access.CLIENT))
        checks: list[Check] = []
        for text, access in texts:
            check = self._rules.record_check(definition, text, request, access) if text else None
            if text and check is None:
                return never
            checks += [check] if check else []
        auth = definition.collection.auth
        manage = None
        if auth and auth.manage_rule and request.auth and not request.is_superuser:
            manage = self._rules.record_check(definition, auth.manage_rule, request)
        return Plan(tuple(checks), manage, _keys([*checks, *([manage] if manage else [])]))


def _is_own(change: Change, request: Request) -> bool:
    record, auth = change.record, request.auth
    return auth is not None and (auth.collection_id, auth.id) == (record.collection_id, record.id)


def _keys(checks: Iterable[Check]) -> tuple[str, ...]:
    keys = {key for check in checks for key in check.statement.keys if key.startswith(AUTH)}
    return tuple(sorted(keys))


def _fields(topic: Topic) -> Picked | None:
    """What the topic picks of records; everything where it says nothing that can be read."""
    try:
        return parse_fields(topic.query.get("fields", ""))
    except BadRequest:
        return None
