"""Forgetting what belongs to no account any more, or is over, in small transactions."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import sqlalchemy as sa

from holobase.domain.auth_options import AuthOptions
from holobase.domain.principal import MFAS, OF_ACCOUNTS, OTPS, Request
from holobase.engine.catalogue import Definition
from holobase.engine.jobs import Job
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.kit import dates
from holobase.ports import command
from holobase.ports.command import Command
from holobase.rules.tables import record_table

RECORDS_PER_COMMIT = 500
"""Records deleted in one transaction: the writer is free again within a blink."""

SERVICE: Final = "purging"
HOURLY: Final = "0 * * * *"
_LAST: Final = "9999-12-31 23:59:59.999Z"


def jobs(kernel: Kernel) -> tuple[Job, ...]:
    """What is forgotten every hour, by the names of the reference."""
    return (
        Job("__pbMFACleanup__", HOURLY, partial(_purge, kernel, MFAS, lambda a: a.mfa.duration)),
        Job("__pbOTPCleanup__", HOURLY, partial(_purge, kernel, OTPS, lambda a: a.otp.duration)),
    )


async def forget_collections(kernel: Kernel, ids: Sequence[str], request: Request) -> None:
    """Deletes what belonged to the accounts of collections that are gone."""
    for name in OF_ACCOUNTS:
        for identifier in ids if kernel.catalogue.find(name) else ():
            await _forget(kernel, name, identifier, _LAST, request)


async def _purge(kernel: Kernel, name: str, seconds: Callable[[AuthOptions], int]) -> None:
    """Deletes the records that are older than their collection lets them be, and those of
    collections that are gone: a crash may have left some."""
    now = kernel.clock()
    request = kernel.service_request(SERVICE)
    table = record_table(kernel.catalogue.get(name).collection)
    statement = kernel.store.statement(sa.select(table.c.collectionRef).distinct())
    for (identifier,) in await kernel.store.fetch(statement, statement.bind()):
        definition = kernel.catalogue.by_id(identifier)
        auth = definition.collection.auth if definition else None
        before = dates.from_milliseconds(now - seconds(auth) * 1000) if auth else _LAST
        await _forget(kernel, name, identifier, before, request)


async def _forget(
    kernel: Kernel, name: str, collection_id: str, before: str, request: Request
) -> None:
    """Deletes all records that belong to a collection and were made before a moment."""

    async def some(current: Definition) -> bool:
        table = record_table(current.collection)
        query = (
            sa.select(table.c.id)
            .where(
                table.c.collectionRef == sa.bindparam("collection"),
                table.c.created < sa.bindparam("before"),
            )
            .limit(sa.literal_column(str(RECORDS_PER_COMMIT)))
        )
        statement = kernel.store.statement(query)
        values = statement.bind(given={"collection": collection_id, "before": before})

        def delete(unit: Unit) -> Command[bool]:
            rows = yield from command.select(statement, values)
            for (identifier,) in rows:
                yield from unit.delete(name, identifier)
            return len(rows) == RECORDS_PER_COMMIT

        return await kernel.run(request, delete)

    while await kernel.steadily(kernel.catalogue.get(name), some):
        pass
