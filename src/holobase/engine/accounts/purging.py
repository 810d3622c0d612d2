"""Forgetting what belongs to no account any more, in small transactions."""

from collections.abc import Sequence

import sqlalchemy as sa

from holobase.domain.principal import OF_ACCOUNTS, Request
from holobase.engine.catalogue import Definition
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command
from holobase.rules.tables import record_table

RECORDS_PER_COMMIT = 500
"""Records deleted in one transaction: the writer is free again within a blink."""


async def forget_collections(kernel: Kernel, ids: Sequence[str], request: Request) -> None:
    """Deletes what belonged to the accounts of collections that are gone."""
    for name in OF_ACCOUNTS:
        definition = kernel.catalogue.find(name)
        for identifier in ids if definition else ():
            while await _some(kernel, name, identifier, request):
                pass


async def _some(kernel: Kernel, name: str, collection_id: str, request: Request) -> bool:
    """Deletes some records; whether there may be more."""

    async def attempt(current: Definition) -> bool:
        table = record_table(current.collection)
        query = (
            sa.select(table.c.id)
            .where(table.c.collectionRef == sa.bindparam("collection"))
            .limit(sa.literal_column(str(RECORDS_PER_COMMIT)))
        )
        statement = kernel.store.statement(query)
        values = statement.bind(given={"collection": collection_id})

        def delete(unit: Unit) -> Command[bool]:
            rows = yield from command.select(statement, values)
            for (identifier,) in rows:
                yield from unit.delete(name, identifier)
            return len(rows) == RECORDS_PER_COMMIT

        return await kernel.run(request, delete)

    return await kernel.steadily(kernel.catalogue.get(name), attempt)
