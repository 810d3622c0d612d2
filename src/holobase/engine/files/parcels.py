"""Parcels: files on their way, sent piece by piece or straight into a bucket, until a record names
them. What is known of one is kept beside the log; its bytes are blobs, one for each part.

A parcel is known before its first part is stored, and for as long as one is; a part counts once its
parcel says so. So a crash at any moment leaves a parcel that can be gone on with, and nothing that
nobody would look for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from holobase.domain.content_types import ContentType
from holobase.domain.errors import Conflict, NotFound, TooLarge
from holobase.domain.fields import Storage
from holobase.domain.file_names import stored_name
from holobase.domain.upload import Upload
from holobase.engine.sealing import Sealer
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command, DropParcel, KeepParcel
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules.cell_types import stored_type

FOLDER: Final = "_uploads"
"""Where parts are kept; no collection has such an id."""

REFERENCE: Final = "upload:"
"""How the value of a file field begins that stands for a parcel; no stored name holds a colon."""

PARCELS_MAX: Final = 20
"""Parcels that one account may have at once: a form of files being sent, with room to spare."""

REMOVED_AT_ONCE_MAX: Final = 200
"""Parcels that are ended in one transaction when they have expired."""

OVER: Final = 0
"""When a parcel expires that was used or given up: nobody goes on with it, whatever the clock."""

SEALED_AS: Final = "parcel.kept"

_TABLE = sa.table(
    "hb_parcels",
    *(sa.column(name, stored_type(Storage.TEXT)) for name in ("id", "owner")),
    *(sa.column(name, stored_type(Storage.NUMBER)) for name in ("expires", "size", "received")),
    sa.column("box"),
)


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a parcel: the name of its blob, and its size."""

    name: str
    size: int


class Label(msgspec.Struct, frozen=True):
    """What else is known of a parcel. `metadata` is what its sender said of it, as it came;
    `incoming` is the part that is sent into the bucket, and `digest` the SHA-256 that it was
    announced with."""

    name: str
    metadata: str = ""
    parts: tuple[Part, ...] = ()
    incoming: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file on its way. `owner` is the account that it belongs to."""

    id: str
    owner: str
    expires: int
    size: int
    received: int = 0
    label: Label = field(default_factory=lambda: Label(""))

    @property
    def is_whole(self) -> bool:
        """Whether all of it is stored."""
        return self.received == self.size

    @property
    def reference(self) -> str:
        """The value of a file field that stands for it."""
        return f"{REFERENCE}{self.id}"

    @property
    def folder(self) -> str:
        """The prefix of its parts."""
        return f"{FOLDER}/{self.id}/"

    def key(self, part: str) -> str:
        """Where a part is stored."""
        return f"{self.folder}{part}"

    def gone_on(self, parts: Iterable[Part], expires: int) -> "Parcel":
        """The same with these parts behind those that it has."""
        added = tuple(parts)
        label = msgspec.structs.replace(self.label, parts=(*self.label.parts, *added))
        received = self.received + sum(part.size for part in added)
        return replace(self, received=received, expires=expires, label=label)


class Parcels:
    """The commands, with their statements for one store."""

    def __init__(self, store: Store) -> None:
        c = _TABLE.c
        self._store = store
        self._of_id = store.statement(
            sa.select(c.id, c.owner, c.expires, c.size, c.received, c.box).where(
                c.id == sa.bindparam("id")
            )
        )
        self._of_owner = store.statement(sa.select(c.size).where(c.owner == sa.bindparam("owner")))
        self._expired = store.statement(
            sa.select(c.id)
            .where(c.expires <= sa.bindparam("now"))
            .order_by(c.expires)
            .limit(sa.literal_column(str(REMOVED_AT_ONCE_MAX)))
        )

    async def find(self, parcel_id: str, sealer: Sealer) -> Parcel | None:
        """A parcel as it stands now."""
        rows = await self._store.fetch(self._of_id, self._of_id.bind(given={"id": parcel_id}))
        return _parcel(rows[0], sealer) if rows else None

    async def expired(self, now: int) -> list[str]:
        """The ids of some parcels that nobody can go on with."""
        rows = await self._store.fetch(self._expired, self._expired.bind(given={"now": now}))
        return [str(identifier) for (identifier,) in rows]

    def begin(self, unit: Unit, parcel: Parcel, bytes_max: int) -> Command[None]:
        """Keeps a new parcel. Raises TooLarge where its owner has too many, or too much in them."""
        rows = yield from _select(self._of_owner, owner=parcel.owner)
        sizes = [int(size) for (size,) in rows]
        if len(sizes) >= PARCELS_MAX or sum(sizes) + parcel.size > bytes_max:
            raise TooLarge("uploads_full")
        yield _kept(unit, parcel)

    def advance(self, unit: Unit, before: Parcel, after: Parcel) -> Command[Parcel]:
        """Goes on with a parcel. Raises NotFound where it is over, Conflict where it is not as it
        was: somebody else has gone on with it."""
        current = yield from self._current(unit, before.id)
        if current is None:
            raise NotFound("not_found")
        if current.label != before.label:
            raise Conflict("upload_moved_on")
        yield _kept(unit, after)
        return after

    def end(self, unit: Unit, parcel_id: str) -> Command[None]:
        """Says that nobody can go on with a parcel or use it. Raises NotFound where that is so
        already, or where it has expired."""
        current = yield from self._current(unit, parcel_id)
        if current is None:
            raise NotFound("not_found")
        yield _kept(unit, replace(current, expires=OVER))

    def expire(self, parcel_ids: Iterable[str], unit: Unit) -> Command[list[str]]:
        """Ends those parcels whose time is over; which that are."""
        over = []
        for parcel_id in parcel_ids:
            rows = yield from _select(self._of_id, id=parcel_id)
            if rows and rows[0][2] <= unit.now:
                yield _kept(unit, replace(_parcel(rows[0], unit.sealer), expires=OVER))
                over.append(parcel_id)
        return over

    def _current(self, unit: Unit, parcel_id: str) -> Command[Parcel | None]:
        rows = yield from _select(self._of_id, id=parcel_id)
        parcel = _parcel(rows[0], unit.sealer) if rows else None
        return parcel if parcel is not None and parcel.expires > unit.now else None


@dataclass(frozen=True, slots=True)
class Claim:
    """A whole parcel that a write is to use. `kind` is what its content tells."""

    parcel: Parcel
    kind: ContentType
    parcels: Parcels

    def new_name(self) -> str:
        """A name for it to be stored under."""
        return stored_name(self.parcel.label.name, self.kind.extension)

    def upload(self, name: str) -> Upload:
        """What rules and checks see of it."""
        return Upload(name, self.parcel.label.name, self.parcel.size, self.kind.name)

    def take(self, unit: Unit) -> Command[None]:
        """Uses it up, in the transaction of the write. Raises NotFound where that was done."""
        yield from self.parcels.end(unit, self.parcel.id)


def forget(parcel_ids: Iterable[str]) -> Command[None]:
    """Forgets parcels of which nothing is stored any more."""
    for parcel_id in parcel_ids:
        yield DropParcel(parcel_id)


def _select(statement: Statement, **given: str) -> Command[list[tuple[Any, ...]]]:
    return (yield from command.select(statement, statement.bind(given=given)))


def _kept(unit: Unit, parcel: Parcel) -> KeepParcel:
    box = unit.sealer.seal({"label": parcel.label}, parcel.id, SEALED_AS, None)
    return KeepParcel(parcel.id, parcel.owner, parcel.expires, parcel.size, parcel.received, box)


def _parcel(row: tuple[Any, ...], sealer: Sealer) -> Parcel:
    identifier, owner, expires, size, received, box = row
    opened = sealer.open(bytes(box), identifier, SEALED_AS, None) or {}
    label = msgspec.json.decode(opened["label"], type=Label)
    return Parcel(identifier, owner, int(expires), int(size), int(received), label)
