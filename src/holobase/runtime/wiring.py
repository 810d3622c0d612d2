"""The parts list: which adapter keeps which promise, and what serves the card community."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from holobase.adapters.http_client import HttpFetcher
from holobase.adapters.sqlite import SqliteStore
from holobase.adapters.sqlite.backup_turn import SqliteBackupTurn
from holobase.adapters.sqlite.console import SqliteConsole
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.replacing import is_waiting
from holobase.adapters.sqlite.request_log import SqliteRequestLog
from holobase.adapters.sqlite.store import open_snapshot as open_file_snapshot
from holobase.domain.artwork import Pictured
from holobase.domain.errors import NotFound
from holobase.engine.application import Application, Bounds, assemble
from holobase.engine.files.artist import Artist
from holobase.engine.files.tools import FileTools
from holobase.engine.kernel import Kernel
from holobase.engine.sealing import Sealer
from holobase.ports.backup_turn import BackupTurn
from holobase.ports.clock import Clock
from holobase.ports.command import Applied, Command
from holobase.ports.console import Console
from holobase.ports.hub import Hub
from holobase.ports.request_log import RequestLog
from holobase.ports.store import Settle, Snapshot, Store
from holobase.runtime.keys import instance_key
from holobase.runtime.mail import postbox
from holobase.runtime.places import file_tools
from holobase.runtime.product import stored_product, wanted_product
from holobase.runtime.settings import Settings


def system_clock() -> int:
    """Now, in Unix milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Instance:
    """A running engine and its store."""

    application: Application
    store: Store
    artist: Artist


@asynccontextmanager
async def open_instance(
    settings: Settings,
    clock: Clock = system_clock,
    hub: Hub | None = None,
    *,
    as_stored: bool = False,
) -> AsyncIterator[Instance]:
    """The engine over the data folder of the settings; closed, with everything committed, after.

    `hub`: the other processes of the instance, where there are some that serve.
    `as_stored`: with the community only where it is kept already, whatever the settings want.
    Raises DamagedData where the folder is not ours, damaged or too new.
    """
    sealer = Sealer(instance_key(settings.data, _secret(settings)))
    kernel: Kernel

    def settle(applied: list[Applied]) -> Command[None]:
        return kernel.settle(applied)

    store = await open_store(settings, settle)

    async def make_store(_: Settle) -> Store:
        return store

    try:
        product = (
            await stored_product(store.log, [collection for _, collection in store.definitions()])
            if as_stored
            else await wanted_product(store, settings.without_community)
        )
        kernel = Kernel(product.declarations, product.reactions, sealer, clock)
        await kernel.open(make_store, product.fixtures)
        fetcher = HttpFetcher(settings.fetch_allow)
        tools = file_tools(settings)
        application = assemble(
            kernel,
            fetcher,
            tools,
            lambda queue, kept: postbox(settings, queue, kept),
            Bounds(
                hash_threads=settings.hash_threads,
                hash_queue_max=settings.hash_queue_max,
                comparisons_max=settings.filter_comparisons_max,
                failed_logins_max=settings.failed_logins_max,
            ),
            hub,
        )
        await application.instance_settings.load()
        artist = _artist(application, tools, product.pictures)
        yield Instance(application, store, artist)
        await application.registry.close()
        await application.refusals.close()
        application.passwords.close()
        await fetcher.close()
        await tools.imaging.close()
    finally:
        await store.close()


def _artist(application: Application, tools: FileTools, pictures: Iterable[Pictured]) -> Artist:
    return Artist(
        application.kernel,
        application.places,
        application.keeper,
        tools.imaging,
        tools.locks,
        pictures,
        tools.on_failure,
    )


async def open_store(settings: Settings, settle: Settle) -> Store:
    """The store that the settings name. Raises DamagedData, OSError or Unavailable."""
    if settings.store is not None:
        # Imported here, because a start on SQLite would take a quarter of a second longer.
        from holobase.adapters.postgres.store import PostgresStore  # noqa: PLC0415

        return await PostgresStore.open(settings.store.reveal(), settle)
    return await SqliteStore.open(settings.data, settle)


@asynccontextmanager
async def open_request_log(settings: Settings) -> AsyncIterator[RequestLog]:
    """Where the settings have requests logged: beside the store, apart from it.

    Raises DamagedData, OSError or Unavailable.
    """
    log: RequestLog
    if settings.store is not None:
        from holobase.adapters.postgres.request_log import PostgresRequestLog  # noqa: PLC0415

        log = await PostgresRequestLog.open(settings.store.reveal())
    else:
        log = SqliteRequestLog(settings.data)
    try:
        yield log
    finally:
        await log.close()


def make_console(settings: Settings) -> Console:
    """The console over the store that the settings name."""
    if settings.store is not None:
        from holobase.adapters.postgres.console import PostgresConsole  # noqa: PLC0415

        return PostgresConsole(settings.store.reveal())
    return SqliteConsole(settings.data)


def open_snapshot(settings: Settings) -> AbstractAsyncContextManager[Snapshot]:
    """A view of what is stored, beside whoever uses it. Raises NotFound where there is nothing."""
    if settings.store is not None:
        from holobase.adapters.postgres import store  # noqa: PLC0415 - likewise

        return store.open_snapshot(settings.store.reveal())
    path = settings.data / FILE_NAME
    if not (path.exists() or is_waiting(settings.data)):
        raise NotFound("no_database")
    return open_file_snapshot(path)


def backup_turn(settings: Settings) -> BackupTurn:
    """What has one at a time make or restore a backup of the store that the settings name."""
    if settings.store is not None:
        from holobase.adapters.postgres.backup_turn import PostgresBackupTurn  # noqa: PLC0415

        return PostgresBackupTurn(settings.store.reveal())
    return SqliteBackupTurn(settings.data)


def _secret(settings: Settings) -> str | None:
    return settings.key.reveal() if settings.key else None
