"""Deleting every record of a collection, each with what hangs on it, in bounded memory.

Where nothing can forbid it, records go in transactions of some hundred, and others write between
them. Where a required relation may forbid it, all or none go, so there may be only so many.
"""

from typing import Final

import sqlalchemy as sa

from holobase.domain.collection import Collection, Schema
from holobase.domain.errors import BadRequest, Refusal
from holobase.domain.principal import SUPERUSERS, Request
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command
from holobase.rules.tables import record_table

RECORDS_PER_COMMIT: Final = 500
"""Records deleted in one transaction: the writer is free again within a blink."""

ATOMIC_RECORDS_MAX: Final = 10_000
"""Records that are deleted all or none: their events are in memory until the commit."""


async def truncate(kernel: Kernel, definition: Definition, request: Request) -> None:
    """Deletes all records. Raises BadRequest for a view, for the superusers, and where a required
    relation to one of the records forbids it or may forbid it for too many."""
    if definition.collection.is_view:
        raise BadRequest("unsupported_collection_type")
    if definition.name == SUPERUSERS:
        raise BadRequest("not_truncated")
    atomic = may_be_forbidden(definition.collection, kernel.catalogue.schema)
    limit = ATOMIC_RECORDS_MAX if atomic else RECORDS_PER_COMMIT
    while await _some(kernel, definition, request, limit, atomic=atomic):
        pass


def may_be_forbidden(collection: Collection, schema: Schema) -> bool:
    """Whether some relation, to the collection or to what cascades with it, can forbid a delete."""
    seen: set[str] = set()
    waiting = [collection]
    while waiting:
        target = waiting.pop()
        seen.add(target.id)
        for other, relation in schema.referring(target):
            if relation.required and not relation.cascade_delete:
                return True
            if relation.cascade_delete and other.id not in seen:
                waiting.append(other)
    return False


async def _some(
    kernel: Kernel, definition: Definition, request: Request, limit: int, *, atomic: bool
) -> bool:
    """Deletes up to `limit` records; whether there may be more."""

    async def attempt(current: Definition) -> bool:
        table = record_table(current.collection)
        one_more: sa.ColumnElement[int] = sa.literal_column(str(limit + 1))
        statement = kernel.store.statement(sa.select(table.c.id).limit(one_more))

        def delete(unit: Unit) -> Command[bool]:
            rows = yield from command.select(statement, statement.bind())
            if atomic and len(rows) > limit:
                raise BadRequest("too_many_to_truncate")
            for (identifier,) in rows[:limit]:
                try:
                    yield from unit.delete(current.name, identifier)
                except Refusal as refusal:
                    raise BadRequest("not_truncated") from refusal
            return len(rows) > limit

        return await kernel.run(request, delete)

    return await kernel.steadily(definition, attempt)
