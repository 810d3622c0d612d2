"""`/api/audit`: who changed what, for people who may look."""

from datetime import datetime
from typing import Any, Final

import msgspec

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.api.records import PER_PAGE_DEFAULT
from holobase.domain.errors import BadRequest
from holobase.engine.application import Application
from holobase.engine.audit import PER_PAGE_MAX, Entry, Question
from holobase.kit import dates

VALUE_BYTES_MAX = 2_000
"""Longest value that is shown; of a longer one, its size."""

_TIMES: Final = ("since", "until")


class AuditEndpoint:
    """The endpoint of the audit."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def page(self, exchange: Exchange) -> None:
        """GET: what was changed, the newest first: by whom, when, from what to what."""
        found = await self._application.audit.page(self._question(exchange))
        answer = {
            "items": [self._shown(entry) for entry in found.entries],
            "nextBefore": found.next_before,
        }
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    def _question(self, exchange: Exchange) -> Question:
        asked = exchange.query
        name, record = asked.get("collection", ""), asked.get("record", "")
        if record and not name:
            raise BadRequest("audit_needs_collection")
        known = self._application.catalogue.find(name) if name else None
        since, until = (_moment(asked.get(each, "")) for each in _TIMES)
        per_page = asking.integer(exchange, "perPage", PER_PAGE_DEFAULT)
        return Question(
            before=max(asking.integer(exchange, "before", 0), 0),
            per_page=min(max(per_page, 1), PER_PAGE_MAX),
            collection=known.collection.id if known else name,  # one that is gone has its id left
            record=record,
            actor=asked.get("actor", ""),
            since=since,
            until=until,
        )

    def _shown(self, entry: Entry) -> dict[str, Any]:
        event = entry.event
        collection_id, _, rest = event.stream.partition("/")
        known = self._application.catalogue.by_id(collection_id)
        return {
            "position": event.position,
            "at": dates.from_milliseconds(event.at),
            "type": event.type,
            "collection": known.name if known else event.collection,
            "record": rest.removesuffix("/facts"),
            "version": event.version,
            "actor": event.actor,
            "requestId": event.request_id,
            "changes": {name: _change(*values) for name, values in entry.changes.items()},
            "data": {name: _short(value) for name, value in entry.data.items()},
            "sealed": entry.sealed,
        }


def _change(before: msgspec.Raw | None, after: msgspec.Raw | None) -> dict[str, Any]:
    """What is known of both sides."""
    sides = {"from": before, "to": after}
    return {name: _short(value) for name, value in sides.items() if value is not None}


def _short(value: msgspec.Raw) -> Any:
    size = len(bytes(value))
    return value if size <= VALUE_BYTES_MAX else f"… ({size} bytes)"


def _moment(text: str) -> int:
    """A date parameter as Unix milliseconds; 0 for none. Raises BadRequest."""
    if not text:
        return 0
    known = dates.normalise(text)
    if not known:
        raise BadRequest("bad_query")
    return int(datetime.fromisoformat(known).timestamp() * 1000)
