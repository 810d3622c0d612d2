"""What one command works with: the definitions, the request, and ways to change records.

Everything here is made of questions to the store, so it runs on any store, inside the
transaction of the command that uses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any

from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest, Invalid, UniqueViolation
from holobase.domain.errors import FieldError as Error
from holobase.domain.event import (
    CREATED,
    DELETED,
    DERIVED,
    IMPORTED,
    UPDATED,
    NewEvent,
    facts_of,
    stream_of,
)
from holobase.domain.fields import RelationField, Value
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine import encoding
from holobase.engine.catalogue import Catalogue, Definition, Revisions
from holobase.engine.files import marks
from holobase.engine.referrers import ASKED_AT_ONCE_MAX, Referrers
from holobase.engine.render import public_body
from holobase.engine.sealing import Sealer, new_key
from holobase.kit import dates, ids
from holobase.ports import command
from holobase.ports.command import Applied, Command, KeepKey, RowChange

if TYPE_CHECKING:
    from holobase.engine.reactions import Reactions

NOTHING: Mapping[str, Any] = {}


_NEW = frozenset({CREATED, IMPORTED})


@dataclass(frozen=True, slots=True)
class Unit:
    """The context of one command. Its methods are commands themselves.

    `revisions` are of the definitions that the command runs under; `versions` are those that its
    events have brought each stream to, `written` counts those that delete nothing by collection.
    """

    catalogue: Catalogue
    sealer: Sealer
    reactions: "Reactions"
    request: Request
    revisions: Revisions = frozenset()
    versions: dict[str, int] = attribute(default_factory=dict)
    written: dict[str, int] = attribute(default_factory=dict)

    @property
    def now(self) -> int:
        """The moment of the request, Unix milliseconds."""
        return self.request.now

    def new_id(self) -> str:
        """An id for a new record."""
        return ids.record_id()

    def find(self, name: str, record_id: str) -> Command[Record | None]:
        """The record with this id."""
        return (yield from command.load(self.catalogue.get(name).collection, record_id))

    def find_by(self, name: str, field_name: str, value: str) -> Command[Record | None]:
        """The first record with this value."""
        collection = self.catalogue.get(name).collection
        field = collection.field_by_name[field_name]
        records = yield from command.find(collection, field, value)
        return records[0] if records else None

    def create(
        self, name: str, values: Mapping[str, Value], cause: Applied | None = None
    ) -> Command[Record]:
        """A new record with the given values, the rest zero or default. No rule is asked."""
        definition = self.catalogue.get(name)
        filled = {**definition.initial, "id": self.new_id(), **values}
        return (yield from self.insert(definition, filled, cause))

    def update(
        self, name: str, record_id: str, changes: Mapping[str, Value], cause: Applied | None = None
    ) -> Command[Record | None]:
        """Changes a record's values, if it exists. No rule is asked."""
        definition = self.catalogue.get(name)
        record = yield from command.load(definition.collection, record_id)
        if record is None:
            return None
        return (yield from self.replace(definition, record, {**record.values, **changes}, cause))

    def delete(
        self, name: str, record_id: str, cause: Applied | None = None
    ) -> Command[Record | None]:
        """Deletes a record, if it exists, with what hangs on it. No rule is asked."""
        definition = self.catalogue.get(name)
        record = yield from command.load(definition.collection, record_id)
        if record is not None:
            yield from self.remove(definition, record, cause)
        return record

    def fact(
        self,
        kind: str,
        name: str,
        record_id: str,
        data: Mapping[str, Any],
        cause: Applied | None,
        sealed: Mapping[str, Any] = NOTHING,
    ) -> Command[None]:
        """A fact about a record that changes nothing in it, e.g. `fan_level.reached`.

        What is `sealed` is personal to the account that the fact is about.
        """
        definition = self.catalogue.get(name)
        stream = facts_of(definition.collection.id, record_id)
        box = None
        if sealed:
            person = None
            if definition.collection.is_auth and record_id:
                person = yield from self._person(definition, {"id": record_id}, is_new=False)
            box = self.sealer.seal(sealed, stream, kind, person)
        yield from command.append(self._event(stream, kind, definition, data, box, cause))

    def insert(
        self, definition: Definition, values: dict[str, Value], cause: Applied | None = None
    ) -> Command[Record]:
        """A new record with exactly these values, autodates and computed fields set."""
        moment = dates.from_milliseconds(self.now)
        for field in definition.autodates:
            values[field.name] = moment if field.on_create else ""
        compute(definition, values)
        return (yield from self._append(definition, CREATED, None, values, cause))

    def bring(self, definition: Definition, values: Mapping[str, Value]) -> Command[None]:
        """A record from elsewhere with exactly these values, its dates included."""
        yield from self._append_event(definition, IMPORTED, None, dict(values), None)

    def replace(
        self,
        definition: Definition,
        record: Record,
        values: dict[str, Value],
        cause: Applied | None = None,
    ) -> Command[Record]:
        """The record with exactly these values, autodates and computed fields set."""
        for field in definition.autodates:
            if field.on_update:
                values[field.name] = dates.from_milliseconds(self.now)
        compute(definition, values)
        return (yield from self._append(definition, UPDATED, record, values, cause))

    def derive(
        self,
        definition: Definition,
        record: Record,
        values: dict[str, Value],
        cause: Applied | None = None,
    ) -> Command[Applied]:
        """Gives the record new derived values; its `updated` stays. Without a cause they are an
        opening: brought along from elsewhere, with nothing here that they could be counted from."""
        applied, _ = yield from self._append_event(definition, DERIVED, record, values, cause)
        return applied

    def remove(
        self, definition: Definition, record: Record, cause: Applied | None = None
    ) -> Command[None]:
        """Deletes the record, then takes its id out of every relation to it: what cascades goes
        with it, what requires it refuses, everything else is trimmed."""
        referrers = Referrers(self.catalogue.schema, self.written)
        yield from self._remove(definition, record, cause, referrers)

    def _remove(
        self, definition: Definition, record: Record, cause: Applied | None, referrers: Referrers
    ) -> Command[None]:
        applied, _ = yield from self._append_event(definition, DELETED, record, None, cause)
        for collection, relation in self.catalogue.schema.referring(definition.collection):
            referring = self.catalogue.get(collection.id)
            found = yield from referrers.of(collection, relation, record.id)
            for position, each in enumerate(found):
                if relation.cascade_delete and position % ASKED_AT_ONCE_MAX == 0 and found[1:]:
                    together = found[position : position + ASKED_AT_ONCE_MAX]
                    yield from referrers.foresee(collection, [record.id for record in together])
                other = yield from self._current(collection, each)
                if other is not None:
                    gone = record.id, applied
                    yield from self._let_go(referring, relation, other, gone, referrers)

    def _current(self, collection: Collection, found: Record) -> Command[Record | None]:
        """The record as it is after all that this command has done since it was found."""
        if self.versions.get(stream_of(collection.id, found.id), found.version) == found.version:
            return found
        return (yield from command.load(collection, found.id))

    def _let_go(
        self,
        definition: Definition,
        relation: RelationField,
        record: Record,
        gone: tuple[str, Applied],
        referrers: Referrers,
    ) -> Command[None]:
        gone_id, cause = gone
        left = [item for item in relation.items(record.values[relation.name]) if item != gone_id]
        if left or not (relation.cascade_delete or relation.required):
            changed = {**record.values, relation.name: relation.normalise(left)}
            yield from self.replace(definition, record, changed, cause)
        elif relation.cascade_delete:
            yield from self._remove(definition, record, cause, referrers)
        else:
            raise BadRequest("delete_required_relation")

    def _append(
        self,
        definition: Definition,
        kind: str,
        record: Record | None,
        values: dict[str, Value],
        cause: Applied | None,
    ) -> Command[Record]:
        applied, version = yield from self._append_event(definition, kind, record, values, cause)
        collection = definition.collection
        if self.versions[applied.event.stream] != version:  # a reaction has changed it further
            current = yield from command.load(collection, values["id"])
            if current is not None:
                return current
        return Record(collection.id, collection.name, values["id"], version, values, version)

    def _append_event(
        self,
        definition: Definition,
        kind: str,
        record: Record | None,
        after: dict[str, Value] | None,
        cause: Applied | None,
    ) -> Command[tuple[Applied, int]]:
        """The event with its change, and the version it got."""
        before = record.values if record else None
        identifier = (after or before or {})["id"]
        collection = definition.collection
        stream = stream_of(collection.id, identifier)
        openly, sealed = encoding.event_members(definition, encoding.told(kind, before, after))
        event_type = f"{collection.name}.{kind}"
        box = None
        if sealed:
            person = yield from self._person(definition, after or before or {}, kind in _NEW)
            box = self.sealer.seal(sealed, stream, event_type, person)
        event = self._event(stream, event_type, definition, openly, box, cause)
        body = public_body(definition, after) if after is not None else None
        edited = record.edited if record and kind == DERIVED else 0
        change = RowChange(collection, definition.revision, identifier, before, after, body, edited)
        try:
            expected = record.version if record else None
            version = yield from command.append(event, change, expected)
        except UniqueViolation as violation:
            raise _not_unique(violation) from violation
        self.versions[stream] = version
        if kind != DELETED:
            self.written[collection.id] = self.written.get(collection.id, 0) + 1
        if definition.files and before is not None:
            unnamed = marks.names(definition.files, before) - marks.names(definition.files, after)
            folder = (collection.id, identifier)
            yield from marks.let_go(marks.key_of(*folder, name) for name in sorted(unnamed))
        applied = Applied(event, change)
        yield from self.reactions.run(self, applied)
        return applied, version

    def _event(
        self,
        stream: str,
        kind: str,
        definition: Definition,
        data: Mapping[str, Any],
        sealed: bytes | None,
        cause: Applied | None,
    ) -> NewEvent:
        return NewEvent(
            id=ids.event_id(self.now),
            stream=stream,
            type=kind,
            schema=definition.revision,
            data=encoding.encode_members(data),
            sealed=sealed,
            actor=self.request.actor,
            request_id=self.request.id,
            causation_id=cause.event.id if cause else None,
            at=self.now,
        )

    def _person(
        self, definition: Definition, values: Mapping[str, Value], is_new: bool
    ) -> Command[tuple[str, bytes] | None]:
        subject = str(values[definition.person_field]) if definition.person_field else ""
        if not subject:
            return None
        wrapped = yield from command.find_key(subject)
        if wrapped is not None:
            return subject, self.sealer.unwrap(wrapped, subject)
        if not is_new:  # erased: what is still told of this person must not become readable again
            return subject, new_key()
        key = new_key()
        yield KeepKey(subject, self.sealer.wrap(key, subject))
        return subject, key


def compute(definition: Definition, values: dict[str, Value]) -> None:
    """Sets every computed field from the record's other values, in declared order."""
    for field, computed in definition.computed:
        values[field.name] = field.normalise(computed.of(values))


def _not_unique(violation: UniqueViolation) -> Exception:
    if not violation.fields:
        return BadRequest("write_failed")
    return Invalid("write_failed", {n: Error("validation_not_unique") for n in violation.fields})
