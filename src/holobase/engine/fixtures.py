"""Records that every instance holds: made with their collection, and some of them kept as the
program has them for as long as nobody else has changed them.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from holobase.domain.errors import Invalid
from holobase.domain.event import stream_of
from holobase.engine.catalogue import Catalogue
from holobase.engine.unit import Unit
from holobase.ports.command import Command
from holobase.ports.store import EventLog


class Fixture(Protocol):
    """A record that exists from the first start on. `follows`: newer programs may change it."""

    @property
    def collection(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def values(self) -> Mapping[str, Any]: ...

    @property
    def follows(self) -> bool: ...


def add(unit: Unit, fixture: Fixture) -> Command[None]:
    """Makes the record."""
    yield from unit.create(fixture.collection, {"id": fixture.id, **fixture.values})


async def version_behind(
    fixture: Fixture, catalogue: Catalogue, log: EventLog, program: str
) -> int | None:
    """The version of a record that only the program has had a hand in, and that is another than
    the program's by now; 0 where there never was one. None where nothing is to be done."""
    collection = catalogue.get(fixture.collection).collection
    told = await log.stream(stream_of(collection.id, fixture.id))
    if any(event.actor != program for event in told):
        return None
    is_now: dict[str, Any] = {}
    for event in told:
        is_now |= msgspec.json.decode(event.data)
    fields = collection.field_by_name
    wanted = {name: fields[name].to_wire(value) for name, value in fixture.values.items()}
    if all(is_now.get(name) == value for name, value in wanted.items()):
        return None
    return told[-1].version if told else 0


def bring_up(unit: Unit, fixture: Fixture, version: int) -> Command[None]:
    """Gives a record that is still at this version the program's values, or makes it where there
    is none. Where somebody has made one like it, theirs stays."""
    record = yield from unit.find(fixture.collection, fixture.id)
    if record is not None and record.version == version:
        yield from unit.update(fixture.collection, fixture.id, fixture.values)
    elif record is None and not version:
        try:
            yield from add(unit, fixture)
        except Invalid:
            return
