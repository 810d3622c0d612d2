"""The parts list: which adapter keeps which promise, and what serves the card community."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from holobase.adapters.sqlite import SqliteStore
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.store import open_snapshot as open_file_snapshot
from holobase.community.fixtures import FIXTURES
from holobase.community.product import DECLARATIONS, REACTIONS
from holobase.domain.errors import NotFound
from holobase.engine.application import Application, assemble
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.sealing import Sealer
from holobase.ports.clock import Clock
from holobase.ports.store import Settle, Snapshot, Store
from holobase.runtime.keys import instance_key
from holobase.runtime.settings import Settings


def system_clock() -> int:
    """Now, in Unix milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Instance:
    """A running engine and its store."""

    application: Application
    store: Store


@asynccontextmanager
async def open_instance(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Instance]:
    """The engine over the data folder of the settings; closed, with everything committed, after.

    Raises DamagedData where the folder is not ours, damaged or too new.
    """
    sealer = Sealer(instance_key(settings.data, _secret(settings)))
    kernel = Kernel(DECLARATIONS, Reactions(*REACTIONS), sealer, clock)
    stores: list[Store] = []

    async def make_store(settle: Settle) -> Store:
        stores.append(await open_store(settings, settle))
        return stores[0]

    try:
        await kernel.open(make_store, FIXTURES)
        application = assemble(
            kernel,
            hash_threads=settings.hash_threads,
            hash_queue_max=settings.hash_queue_max,
            comparisons_max=settings.filter_comparisons_max,
        )
        await application.instance_settings.load()
        yield Instance(application, stores[0])
        application.passwords.close()
    finally:
        for store in stores:
            await store.close()


async def open_store(settings: Settings, settle: Settle) -> Store:
    """The store that the settings name. Raises DamagedData, OSError or Unavailable."""
    return await SqliteStore.open(settings.data, settle)


def open_snapshot(settings: Settings) -> AbstractAsyncContextManager[Snapshot]:
    """A view of what is stored, beside whoever uses it. Raises NotFound where there is nothing."""
    path = settings.data / FILE_NAME
    if not path.exists():
        raise NotFound("no_database")
    return open_file_snapshot(path)


def _secret(settings: Settings) -> str | None:
    return settings.key.get_secret_value() if settings.key else None
