"""The audit: who changed what, when, from what to what, read off the log, the newest first.

What an event tells openly is shown; of what is sealed only the names. A page costs a bounded look
into the log, however few events its filters leave: it may be short, and says where to go on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from holobase.domain.event import (
    CREATED,
    DEFINITIONS,
    DELETED,
    DERIVED,
    IMPORTED,
    SETTINGS,
    Event,
    stream_of,
)
from holobase.domain.fields import Cell
from holobase.engine.access import Rules
from holobase.engine.kernel import Kernel
from holobase.engine.sealing import open_envelope
from holobase.ports.statement import Statement

PER_PAGE_MAX = 100
"""Events of one page."""

LOOKED_AT_MAX = 20_000
"""Events that one page looks at: past it the page ends, and the next one goes on from there."""

BEFORE_MAX = 100
"""Earlier events of a record in which a page looks for what a value was before."""

_FACTS: Final = "/facts"
_NEWEST: Final = 2**62
_AFTER_SLASH: Final = "0"
"""The character behind `/`: what begins with `x/` lies between `x/` and `x0`."""

_CONDITIONS: Final = {
    "before": "position < :before",
    "low": "position >= :low",
    "stream": "stream IN (:stream, :facts)",
    "first": "stream >= :first",
    "end": "stream < :end",
    "actor": "actor = :actor",
    "since": "at >= :since",
    "until": "at < :until",
    "version": "stream = :stream_of AND version < :version",
    "counters": "type NOT LIKE :counters",
}
_TEXTS: Final = frozenset({"stream", "facts", "first", "end", "actor", "stream_of", "counters"})
_COUNTERS: Final = f"%.{DERIVED}"


class Question(msgspec.Struct, frozen=True):
    """Which events: those before a position, of a collection (by its id), a record, an actor, a
    time (Unix milliseconds, `until` exclusive). What is empty or 0 restricts nothing."""

    before: int = 0
    per_page: int = PER_PAGE_MAX
    collection: str = ""
    record: str = ""
    actor: str = ""
    since: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `changes` has by field what it was (None: not known) and what it became (None:
    nothing is left); `data` is what a fact tells; `sealed` names what nobody can read here."""

    event: Event
    changes: Mapping[str, tuple[msgspec.Raw | None, msgspec.Raw | None]]
    data: Mapping[str, msgspec.Raw]
    sealed: tuple[str, ...]


class Audited(msgspec.Struct, frozen=True):
    """A page, and the position before which the next one begins; 0 where there is none."""

    entries: list[Entry]
    next_before: int


class Audit:
    """Reads the log for people."""

    def __init__(self, kernel: Kernel, rules: Rules) -> None:
        self._kernel = kernel
        self._rules = rules

    async def page(self, question: Question) -> Audited:
        """The newest events that fit, without those that only tell of counters."""
        newest = await self._kernel.store.log.position()
        before = min(question.before or _NEWEST, newest + 1)
        low = 0 if question.record else max(before - LOOKED_AT_MAX, 0)
        positions = await self._of(question, before, low)
        entries = [await self._entry(await self._event(each)) for each in positions]
        is_full = len(positions) == question.per_page
        return Audited(entries, positions[-1] if is_full else low)

    async def _of(self, question: Question, before: int, low: int) -> list[int]:
        given: dict[str, Cell] = {"before": before, "low": low}
        if question.record:
            stream = stream_of(question.collection, question.record)
            given |= {"stream": stream, "facts": stream + _FACTS}
        elif question.collection:
            given |= {"first": question.collection + "/", "end": question.collection + _AFTER_SLASH}
        given |= {"actor": question.actor} if question.actor else {}
        given |= {"since": question.since} if question.since else {}
        given |= {"until": question.until} if question.until else {}
        return await self._positions(given, question.per_page)

    async def _positions(self, given: dict[str, Cell], most: int) -> list[int]:
        """Positions of the newest events that fit, but for those of counters."""
        given = {**given, "counters": _COUNTERS}
        key = ("audit", *sorted(given))
        statement = self._rules.cached(key, lambda: self._statement(given))
        rows = await self._kernel.store.fetch(
            statement, statement.bind(given={**given, "most": most})
        )
        return [int(row[0]) for row in rows]

    def _statement(self, names: Iterable[str]) -> Statement:
        told = [text for name, text in _CONDITIONS.items() if name in names]
        binds = [
            sa.bindparam(name, type_=sa.Text if name in _TEXTS else sa.Integer) for name in names
        ]
        query: sa.Select[Any] = (
            sa.select(sa.literal_column("position"))
            .select_from(sa.table("hb_events"))
            .where(sa.text(" AND ".join(told)).bindparams(*binds))
            .order_by(sa.text("position DESC"))
            .limit(sa.bindparam("most", type_=sa.Integer))
        )
        return self._kernel.store.statement(query)

    async def _event(self, position: int) -> Event:
        [event] = await self._kernel.store.log.events(position - 1, 1)
        return event

    async def _entry(self, event: Event) -> Entry:
        sealed = open_envelope(event.sealed).fields if event.sealed else ()
        told = _members(event)
        kind = event.kind
        if event.stream.endswith(_FACTS):
            return Entry(event, {}, told, sealed)
        if kind == DELETED:
            return Entry(event, {name: (value, None) for name, value in told.items()}, {}, sealed)
        if kind in (CREATED, IMPORTED):
            return Entry(event, {name: (None, value) for name, value in told.items()}, {}, sealed)
        earlier = await self._earlier(event, told)
        is_whole = event.collection in (DEFINITIONS, SETTINGS)
        changes = {
            name: (earlier.get(name), value)
            for name, value in told.items()
            if not (is_whole and earlier.get(name) == value)
        }
        return Entry(event, changes, {}, sealed)

    async def _earlier(self, event: Event, told: Iterable[str]) -> dict[str, msgspec.Raw]:
        """What the fields were before an event, as far as the events right before it tell."""
        given: dict[str, Cell] = {"stream_of": event.stream, "version": event.version}
        wanted, found = set(told), dict[str, msgspec.Raw]()
        for position in await self._positions(given, BEFORE_MAX):
            members = _members(await self._event(position))
            found |= {name: members[name] for name in wanted & members.keys()}
            wanted -= members.keys()
            if not wanted:
                break
        return found


def _members(event: Event) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(event.data, type=dict[str, msgspec.Raw])
