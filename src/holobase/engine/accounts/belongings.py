"""What belongs to an account in the system's collections: links, first steps, codes, origins."""

from holobase.domain.record import Record
from holobase.engine.unit import Unit
from holobase.kit import dates
from holobase.ports import command
from holobase.ports.command import Command


def belongings(unit: Unit, name: str, collection_id: str, record_id: str) -> Command[list[Record]]:
    """The records of one of the system's collections that belong to an account, oldest first."""
    definition = unit.catalogue.find(name)
    if definition is None:
        return []
    field = definition.collection.field_by_name["recordRef"]
    found = yield from command.find(definition.collection, field, record_id)
    mine = [each for each in found if each.values["collectionRef"] == collection_id]
    return sorted(mine, key=lambda each: (each.values["created"], each.id))


def is_over(unit: Unit, record: Record, seconds: int) -> bool:
    """Whether a record was made longer ago than it is good for."""
    return bool(record.values["created"] < dates.from_milliseconds(unit.now - seconds * 1000))
