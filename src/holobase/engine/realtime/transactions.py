"""What was written together: the events of one command, found around one of them.

Rules about a deleted record are asked about what was there before its transaction, as the reference
does it: a comment that went with its post is judged by that post.
"""

from collections.abc import Sequence
from typing import Final

from holobase.domain.event import RECORD_KINDS, Event
from holobase.ports.store import EventLog

STEP_EVENTS: Final = 50
"""Events looked at around one at once; a command's events stand together, so that a step without
any of them is the end."""

EVENTS_MAX: Final = 2_000
"""Events of one transaction that are looked at, to each side: more records than any rule reads."""


def is_of_a_record(event: Event) -> bool:
    """Whether it changes a record: facts and definitions do not."""
    return event.kind in RECORD_KINDS and event.stream.count("/") == 1


async def written_with(log: EventLog, event: Event) -> list[Event]:
    """The first event of every record that the event's command has changed, in order."""
    around = await log.events(max(event.position - STEP_EVENTS - 1, 0), 2 * STEP_EVENTS + 1)
    while _reaches_back(around, event) and event.position - around[0].position < EVENTS_MAX:
        first = around[0].position
        start = max(first - STEP_EVENTS - 1, 0)
        around = [*await log.events(start, first - 1 - start), *around]
    while _reaches_on(around, event) and around[-1].position - event.position < EVENTS_MAX:
        more = await log.events(around[-1].position, STEP_EVENTS)
        if not more:
            break
        around += more
    firsts: dict[str, Event] = {}
    for each in _same(around, event):
        if is_of_a_record(each):
            firsts.setdefault(each.stream, each)
    return list(firsts.values())


def _reaches_back(around: Sequence[Event], event: Event) -> bool:
    return around[0].position > 1 and bool(_same(around[:STEP_EVENTS], event))


def _reaches_on(around: Sequence[Event], event: Event) -> bool:
    return bool(_same(around[-STEP_EVENTS:], event))


def _same(around: Sequence[Event], event: Event) -> list[Event]:
    """Those of the same command: of one request, or with one cause at the start of all."""
    causes = {each.id: each.causation_id for each in around}

    def root(each: Event) -> bytes:
        identifier = each.id
        while (cause := causes.get(identifier)) is not None:
            identifier = cause
        return identifier

    if event.request_id:
        roots = {each.id for each in around if each.request_id == event.request_id}
        return [each for each in around if each.id in roots or root(each) in roots]
    mine = root(event)
    return [each for each in around if root(each) == mine]
