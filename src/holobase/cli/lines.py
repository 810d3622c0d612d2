"""How an event looks on a line: coloured words for a person, JSON for a program.

Sealed values stay sealed: they are named as such, never opened here.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from rich.console import Console
from rich.text import Text

from holobase.domain.event import Event

_DATA_WIDTH: Final = 160
_COLOURS: Final = {
    "created": "green",
    "updated": "yellow",
    "deleted": "red",
    "derived": "blue",
    "imported": "magenta",
}


def console() -> Console:
    """Where events are printed; colours only on a terminal."""
    return Console(highlight=False)


def moment(at: int) -> str:
    """Unix milliseconds as a date in UTC, to the millisecond."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(" ", "milliseconds")[:-6] + "Z"


def as_text(event: Event) -> Text:
    """Position, time, type, stream and version, actor, and the beginning of the data."""
    kind = event.type.rpartition(".")[2]
    data = event.data.decode(errors="replace")
    if len(data) > _DATA_WIDTH:
        data = data[: _DATA_WIDTH - 1] + "…"
    return Text.assemble(
        (f"{event.position:>7}  ", "dim"),
        f"{moment(event.at)}  ",
        (f"{event.type:<26}", _COLOURS.get(kind, "cyan")),
        f"  {event.stream}@{event.version}",
        (f"  by {event.actor}" if event.actor else "", "dim"),
        ("  +sealed" if event.sealed else "", "dim"),
        f"  {data}",
    )


def as_json(event: Event) -> str:
    """All columns; bytes as hex, ids as UUIDs, `sealed` as its length."""
    line = {
        "position": event.position,
        "id": str(UUID(bytes=event.id)),
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "schema": event.schema,
        "data": msgspec.Raw(event.data),
        "sealed_bytes": len(event.sealed) if event.sealed else 0,
        "actor": event.actor,
        "request_id": event.request_id,
        "causation_id": str(UUID(bytes=event.causation_id)) if event.causation_id else None,
        "at": moment(event.at),
        "hash": event.hash.hex(),
    }
    return msgspec.json.encode(line).decode()
