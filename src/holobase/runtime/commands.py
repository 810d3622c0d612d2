"""What the command line does to a data folder, each as one plain function."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from holobase.adapters.sqlite.rebuild import SqliteRebuild
from holobase.adapters.sqlite.store import open_snapshot
from holobase.community.product import DECLARATIONS
from holobase.domain.event import Event
from holobase.engine.application import Application
from holobase.engine.replay import Replay, ReplayReport
from holobase.engine.sealing import Sealer
from holobase.runtime import superusers
from holobase.runtime.keys import instance_key
from holobase.runtime.seeding import Progress, seed_demo
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import database_path, open_instance

T = TypeVar("T")

FOLLOW_SECONDS = 0.2
"""How often `log tail --follow` looks for new events: at once, to a person."""

EVENTS_PER_READ = 1_000


def create_superuser(settings: Settings, email: str, password: str) -> None:
    """Makes a superuser."""
    _with_application(settings, lambda app: superusers.create(app, email, password))


def upsert_superuser(settings: Settings, email: str, password: str) -> None:
    """Makes a superuser, or changes the password of the one there is."""
    _with_application(settings, lambda app: superusers.upsert(app, email, password))


def update_superuser(settings: Settings, email: str, password: str) -> None:
    """Changes a superuser's password."""
    _with_application(settings, lambda app: superusers.update(app, email, password))


def delete_superuser(settings: Settings, email: str) -> None:
    """Deletes a superuser."""
    _with_application(settings, lambda app: superusers.delete(app, email))


def list_superusers(settings: Settings) -> list[tuple[str, str, str]]:
    """Id, e-mail address and time of creation of each."""
    return _with_application(settings, superusers.list_superusers)


def seed(settings: Settings, scale: int, seed: int, progress: Progress) -> dict[str, int]:
    """Fills an empty instance with demo data; records made by collection."""
    return _with_application(settings, lambda app: seed_demo(app, scale, seed, progress))


def log_tail(settings: Settings, after: int | None, limit: int, follow: bool) -> Iterator[Event]:
    """Events in order: past `after`, or the newest `limit`; with `follow`, then new ones."""
    with open_snapshot(database_path(settings)) as snapshot:
        position = max(snapshot.log.position() - limit, 0) if after is None else after
        events = snapshot.log.events(position, limit)
    yield from events
    while follow:
        position = events[-1].position if events else position
        time.sleep(FOLLOW_SECONDS)
        with open_snapshot(database_path(settings)) as snapshot:
            events = snapshot.log.events(position, EVENTS_PER_READ)
        yield from events


def log_show(settings: Settings, stream: str) -> list[Event]:
    """The events of one record, named as `collection/id`, by the collection's name or id."""
    collection, _, record_id = stream.partition("/")
    with open_snapshot(database_path(settings)) as snapshot:
        for _, definition in snapshot.definitions():
            if definition.name == collection:
                collection = definition.id
        return snapshot.log.stream(f"{collection}/{record_id}")


@dataclass(frozen=True, slots=True)
class LogStats:
    """What the log holds. `first` and `last` are Unix milliseconds, None for an empty log."""

    events: int
    streams: int
    by_type: dict[str, int]
    first: int | None
    last: int | None
    bytes: int


def log_stats(settings: Settings) -> LogStats:
    """Counts the log."""
    with open_snapshot(database_path(settings)) as snapshot:
        first, last, size = snapshot.log.extent()
        by_type = snapshot.log.types()
        return LogStats(
            sum(by_type.values()), len(snapshot.log.heads()), by_type, first, last, size
        )


def replay(
    settings: Settings, verify: bool, progress: Callable[[str, int, int], None]
) -> ReplayReport:
    """Rebuilds every table from the log; with `verify`, compares them with the stored ones.

    Raises DamagedData where the log itself is damaged.
    """
    given = settings.key.get_secret_value() if settings.key else None
    sealer = Sealer(instance_key(settings.data, given))
    with (
        open_snapshot(database_path(settings)) as snapshot,
        tempfile.TemporaryDirectory(prefix="holobase-replay-") as folder,
    ):
        total = snapshot.log.position()
        target = SqliteRebuild(Path(folder) / "rebuilt.db")
        run = Replay(snapshot, target, sealer, list(DECLARATIONS))
        run.run(lambda done: progress("events", done, total))
        if verify:
            run.compare()
            run.recount()
        target.close()
        return run.report


def _with_application(settings: Settings, work: Callable[[Application], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_instance(settings) as instance:
            return await work(instance.application)

    return asyncio.run(run())
