"""Reactions: what else happens, in the same transaction, because of an event. Never on replay.

A reaction is declared with its owner and with what it reads and writes. The unit it is given
reaches no further, so a service cannot come to depend on data it has not said it needs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from holobase.domain.derived import Kept
from holobase.domain.errors import DamagedData
from holobase.domain.fields import Value
from holobase.domain.record import Record
from holobase.engine.accounts.telling import tell
from holobase.engine.unit import Unit, compute
from holobase.ports import command
from holobase.ports.command import Applied, Command, RowChange

__all__ = [
    "ACCOUNTS",
    "Applied",
    "Command",
    "OwnershipError",
    "Reaction",
    "Reactions",
    "ScopedUnit",
    "react",
]

ACCOUNTS = "@accounts"
"""Stands, in what a reaction reacts to, for every collection of accounts there is or will be."""

Run: TypeAlias = Callable[["ScopedUnit", Applied], Command[None]]


class OwnershipError(DamagedData):
    """A service names a collection that it may not; the message says which, and where."""


@dataclass(frozen=True)
class Reaction:
    """What a service does on events of the types `on`, e.g. `users.created`, `@accounts.deleted`.

    It may look into the collections it reacts to, reads or writes, and change those it writes.
    """

    run: Run
    on: tuple[str, ...]
    owner: str
    reads: frozenset[str]
    writes: frozenset[str]

    @cached_property
    def causes(self) -> frozenset[str]:
        """The collections whose events set it off."""
        return frozenset(kind.rpartition(".")[0] for kind in self.on)

    @cached_property
    def reach(self) -> frozenset[str]:
        """Every collection that it may look into."""
        return self.causes | self.reads | self.writes

    @property
    def name(self) -> str:
        """The name of its function."""
        return str(getattr(self.run, "__name__", self.run))

    @property
    def place(self) -> str:
        """`file:line` of its function."""
        code = getattr(self.run, "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code else "unknown place"


def react(
    run: Run, *on: str, owner: str, reads: Iterable[str] = (), writes: Iterable[str] = ()
) -> Reaction:
    """The reaction of service `owner` to events of the types `on`."""
    return Reaction(run, on, owner, frozenset(reads), frozenset(writes))


class ScopedUnit:
    """The unit of a reaction: it reaches what the reaction declares, and nothing else.

    Asking for more raises OwnershipError, which refuses the whole command.
    """

    __slots__ = ("_reaction", "_unit")

    def __init__(self, unit: Unit, reaction: Reaction) -> None:
        self._unit = unit
        self._reaction = reaction

    @property
    def now(self) -> int:
        """The moment of the request, Unix milliseconds."""
        return self._unit.now

    def find(self, name: str, record_id: str) -> Command[Record | None]:
        """The record with this id."""
        self._may_read(name)
        return self._unit.find(name, record_id)

    def find_by(self, name: str, field_name: str, value: str) -> Command[Record | None]:
        """The first record with this value."""
        self._may_read(name)
        return self._unit.find_by(name, field_name, value)

    def find_all(self, name: str, field_name: str, value: str) -> Command[list[Record]]:
        """All records with this value. For fields that few records share a value of."""
        self._may_read(name)
        collection = self._unit.catalogue.get(name).collection
        return command.find(collection, collection.field_by_name[field_name], value)

    def create(self, name: str, values: Mapping[str, Value], cause: Applied) -> Command[Record]:
        """A new record with the given values, the rest zero or default. No rule is asked."""
        self._may_write(name)
        return self._unit.create(name, values, cause)

    def update(
        self, name: str, record_id: str, changes: Mapping[str, Value], cause: Applied
    ) -> Command[Record | None]:
        """Changes a record's values, if it exists. No rule is asked."""
        self._may_write(name)
        return self._unit.update(name, record_id, changes, cause)

    def keep(
        self, name: str, record_id: str, values: Mapping[str, Value], cause: Applied
    ) -> Command[None]:
        """Sets derived fields of kind `Kept`, if the record exists; its `updated` stays."""
        self._may_write(name)
        definition = self._unit.catalogue.get(name)
        for field in values:
            if not isinstance(definition.declared[field].derived, Kept):
                raise OwnershipError(f"{self._who()} sets {name}.{field}, which is not Kept.")
        record = yield from self._unit.find(name, record_id)
        if record is not None:
            changed = {**record.values, **values}
            compute(definition, changed)
            if changed != record.values:
                yield from self._unit.derive(definition, record, changed, cause)

    def delete(self, name: str, record_id: str, cause: Applied) -> Command[Record | None]:
        """Deletes a record, if it exists, with what hangs on it. No rule is asked."""
        self._may_write(name)
        return self._unit.delete(name, record_id, cause)

    def fact(
        self, kind: str, name: str, record_id: str, data: Mapping[str, Any], cause: Applied
    ) -> Command[None]:
        """A fact about a record that changes nothing in it, e.g. `fan_level.reached`."""
        self._may_write(name)
        return self._unit.fact(kind, name, record_id, data, cause)

    def tell(self, cause: Applied, kind: str, data: Mapping[str, Any]) -> Command[None]:
        """A fact about the record that the cause is about, with the caller's place sealed."""
        change = cause.change
        if not isinstance(change, RowChange):
            raise OwnershipError(f"{self._who()} tells of no record.")
        yield from tell(self._unit, change.collection.name, change.id, kind, data, cause)

    def tell_of(
        self, cause: Applied, collection_id: str, record_id: str, kind: str, data: Mapping[str, Any]
    ) -> Command[None]:
        """A fact about an account of whatever collection, if that is still there."""
        definition = self._unit.catalogue.by_id(collection_id)
        if definition is not None and definition.collection.is_auth:
            yield from tell(self._unit, definition.name, record_id, kind, data, cause)

    @property
    def is_of_service(self) -> bool:
        """Whether the server itself asks."""
        return bool(self._unit.request.service)

    def _may_read(self, name: str) -> None:
        if name not in self._reaction.reach:
            raise OwnershipError(f"{self._who()} reads {name}, which it does not declare.")

    def _may_write(self, name: str) -> None:
        if name not in self._reaction.writes:
            raise OwnershipError(f"{self._who()} writes {name}, which it does not declare.")

    def _who(self) -> str:
        reaction = self._reaction
        return f"Service {reaction.owner}: reaction {reaction.name} ({reaction.place})"


class Reactions:
    """The reactions of all services by event type, e.g. `users.created`."""

    def __init__(self, *reactions: Reaction) -> None:
        self._by_type: dict[str, tuple[Reaction, ...]] = {}
        for reaction in reactions:
            for kind in reaction.on:
                self._by_type[kind] = (*self._by_type.get(kind, ()), reaction)

    def run(self, unit: Unit, cause: Applied) -> Command[None]:
        """Everything that this event sets off: first what all accounts do, in declared order."""
        for reaction in self._set_off(cause):
            yield from reaction.run(ScopedUnit(unit, reaction), cause)

    def _set_off(self, cause: Applied) -> tuple[Reaction, ...]:
        found = self._by_type.get(cause.event.type, ())
        if not (isinstance(cause.change, RowChange) and cause.change.collection.is_auth):
            return found
        kind = cause.event.type.rpartition(".")[2]
        return (*self._by_type.get(f"{ACCOUNTS}.{kind}", ()), *found)
