"""What the command line does to a data folder, each as one plain function."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from holobase.adapters.sqlite.rebuild import SqliteRebuild
from holobase.domain.event import Event
from holobase.engine.application import Application
from holobase.engine.permissions import Role
from holobase.engine.replay import Replay, ReplayReport
from holobase.engine.sealing import Sealer
from holobase.ports.store import LogExtent, Snapshot
from holobase.runtime import roles, secrets, superusers
from holobase.runtime.keys import instance_key
from holobase.runtime.product import stored_product
from holobase.runtime.seeding import Progress, seed_demo
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance, open_snapshot

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


def hand_out_code(settings: Settings, email: str) -> tuple[str, str, int]:
    """The id of a one-time code for a superuser, the code, and how long it is good in seconds."""
    return _with_application(settings, lambda app: superusers.hand_out_code(app, email))


def list_superusers(settings: Settings) -> list[tuple[str, str, str]]:
    """Id, e-mail address and time of creation of each."""
    return _with_application(settings, superusers.list_superusers)


def list_roles(settings: Settings) -> list[Role]:
    """All roles."""
    return _with_application(settings, roles.list_roles)


def show_roles(settings: Settings, account: str) -> tuple[list[Role], list[str]]:
    """The roles of an account, and what it may do."""
    return _with_application(settings, lambda app: roles.show(app, account))


def grant_role(settings: Settings, account: str, role: str) -> bool:
    """Gives a role; whether that changed anything."""
    return _with_application(settings, lambda app: roles.grant(app, account, role))


def revoke_role(settings: Settings, account: str, role: str) -> bool:
    """Takes a role; whether that changed anything."""
    return _with_application(settings, lambda app: roles.revoke(app, account, role))


def allow_superusers_from(settings: Settings, ranges: list[str]) -> None:
    """Sets the addresses that superusers may come from; none is everywhere."""
    _with_application(settings, lambda app: superusers.allow_from(app, ranges))


def rotate_secrets(settings: Settings, collection: str, kinds: tuple[str, ...]) -> None:
    """Gives a collection of accounts fresh secrets."""
    _with_application(settings, lambda app: secrets.rotate(app, collection, kinds))


def seed(settings: Settings, scale: int, seed: int, progress: Progress) -> dict[str, int]:
    """Fills an empty instance with demo data; records made by collection."""
    work = partial(seed_demo, scale=scale, seed=seed, progress=progress)
    return _with_application(settings, work, as_stored=False)


def log_tail(settings: Settings, after: int | None, limit: int, follow: bool) -> Iterator[Event]:
    """Events in order: past `after`, or the newest `limit`; with `follow`, then new ones."""
    position = after
    if position is None:
        newest: int = _look(settings, lambda snapshot: snapshot.log.position())
        position = max(newest - limit, 0)
    while True:
        events = _events(settings, position, limit)
        yield from events
        if not follow:
            return
        position, limit = events[-1].position if events else position, EVENTS_PER_READ
        time.sleep(FOLLOW_SECONDS)


def _events(settings: Settings, after: int, limit: int) -> list[Event]:
    return _look(settings, lambda snapshot: snapshot.log.events(after, limit))


def log_show(settings: Settings, stream: str) -> list[Event]:
    """The events of one record, named as `collection/id`, by the collection's name or id."""
    collection, _, record_id = stream.partition("/")

    async def show(snapshot: Snapshot) -> list[Event]:
        definitions = [definition for _, definition in await snapshot.definitions()]
        ids = [definition.id for definition in definitions if definition.name == collection]
        return await snapshot.log.stream(f"{ids[0] if ids else collection}/{record_id}")

    return _look(settings, show)


def log_stats(settings: Settings) -> LogExtent:
    """Counts the log."""
    return _look(settings, lambda snapshot: snapshot.log.extent())


def replay(
    settings: Settings, verify: bool, progress: Callable[[str, int, int], None]
) -> ReplayReport:
    """Rebuilds every table from the log; with `verify`, compares them with the stored ones.

    Raises DamagedData where the log itself is damaged.
    """
    given = settings.key.reveal() if settings.key else None
    sealer = Sealer(instance_key(settings.data, given))

    async def run(snapshot: Snapshot) -> ReplayReport:
        total = await snapshot.log.position()
        with tempfile.TemporaryDirectory(prefix="holobase-replay-") as folder:
            target = SqliteRebuild(Path(folder) / "rebuilt.db")
            definitions = [collection for _, collection in await snapshot.definitions()]
            product = await stored_product(snapshot.log, definitions)
            replayed = Replay(snapshot, target, sealer, list(product.declarations))
            await replayed.run(lambda done: progress("events", done, total))
            if verify:
                await replayed.compare()
                replayed.recount()
            target.close()
        return replayed.report

    return _look(settings, run)


def _look(settings: Settings, work: Callable[[Snapshot], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_snapshot(settings) as snapshot:
            return await work(snapshot)

    return asyncio.run(run())


def _with_application(
    settings: Settings, work: Callable[[Application], Awaitable[T]], *, as_stored: bool = True
) -> T:
    async def run() -> T:
        async with open_instance(settings, as_stored=as_stored) as instance:
            return await work(instance.application)

    return asyncio.run(run())
