"""Events: the immutable facts everything else is computed from, and the chain that binds them.

The contract is decision 0001. `data` and `sealed` are bytes and stay the bytes that were written.
"""

import hashlib
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

CREATED: Final = "created"
UPDATED: Final = "updated"
DELETED: Final = "deleted"
DERIVED: Final = "derived"
IMPORTED: Final = "imported"
RECORD_KINDS: Final = frozenset({CREATED, UPDATED, DELETED, DERIVED, IMPORTED})

DEFINITIONS: Final = "_collections"
"""Stream prefix and type prefix of the events that define collections."""

SETTINGS: Final = "_settings"
"""Stream prefix and type prefix of the events that change the instance's settings."""

_MISSING: Final = b"\xff" * 8

GENESIS: Final = b""
"""What the first event of a stream has for the hash before it."""


class NewEvent(msgspec.Struct, frozen=True):
    """A fact about to be appended; the log adds version, hash and position.

    `schema` is the revision of the collection's definition the event was written with; `at` is
    Unix milliseconds; `sealed` is ciphertext (see `engine/sealing.py`) or None. The names of the
    parts are those of the log's columns.
    """

    id: bytes
    stream: str
    type: str
    schema: int
    data: bytes
    sealed: bytes | None
    actor: str
    request_id: str
    causation_id: bytes | None
    at: int


class Event(NewEvent, frozen=True):
    """A fact in the log. `version` counts within the stream from 1, `position` in the whole log."""

    version: int
    hash: bytes
    position: int

    @property
    def collection(self) -> str:
        """Name of the collection the event is about, as it was when it was written."""
        return self.type.rpartition(".")[0]

    @property
    def record_id(self) -> str:
        """Id of the record the stream is about."""
        return self.stream.partition("/")[2]

    @property
    def kind(self) -> str:
        """`created`, `updated`, … : the type without the collection."""
        return self.type.rpartition(".")[2]


COLUMNS: Final = ", ".join(Event.__struct_fields__)
"""The columns of the log, `position` last, for statements whose rows are the parts of an Event."""


def numbered(event: NewEvent, version: int, digest: bytes, position: int) -> Event:
    """The event as it is in the log."""
    parts: tuple[Any, ...] = (*astuple(event), version, digest, position)
    return Event(*parts)


def stream_of(collection_id: str, record_id: str) -> str:
    """The stream of one record. It is named by the collection's id, which no rename changes."""
    return f"{collection_id}/{record_id}"


def chain_hash(previous: bytes, version: int, event: NewEvent) -> bytes:
    """SHA-256 over the hash of the stream's previous event and every column but the position.

    Each part is preceded by its length (a missing one stands as eight bytes 0xFF), so that no two
    different events feed the same bytes.
    """
    parts = (
        previous,
        event.id,
        event.stream.encode(),
        b"%d" % version,
        event.type.encode(),
        b"%d" % event.schema,
        event.data,
        event.sealed,
        event.actor.encode(),
        event.request_id.encode(),
        event.causation_id,
        b"%d" % event.at,
    )
    sized = [_MISSING if part is None else len(part).to_bytes(8, "big") + part for part in parts]
    return hashlib.sha256(b"".join(sized)).digest()


def facts_of(collection_id: str, record_id: str) -> str:
    """The stream of what happened to a record without changing it."""
    return f"{collection_id}/{record_id}/facts"
