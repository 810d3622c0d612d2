"""Moving in from PocketBase: the folder, the plan, then the files and the records."""

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from holobase.adapters.pocketbase.folder import PocketBaseFolder, open_folder
from holobase.adapters.pocketbase.storage import Ways, copy_files, upload_files, walk
from holobase.domain.collection import Collection
from holobase.domain.errors import NotFound
from holobase.engine import instance_settings
from holobase.engine.moving.importing import FINISHED, STREAM, Importer
from holobase.engine.moving.plan import Choices, Plan, Planner, Target
from holobase.engine.moving.records import Progress, survey
from holobase.engine.moving.settings import settings_of
from holobase.ports.store import EventLog
from holobase.runtime.places import FILES, at
from holobase.runtime.product import COMMUNITY, SYSTEM
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import (
    Instance,
    open_instance,
    open_request_log,
    open_snapshot,
)

LOGS_AT_ONCE: Final = 1_000
"""Entries of the request log that are written at once."""


@dataclass(frozen=True, slots=True)
class Source:
    """A folder to move in from. `key` opens its settings; `own_migrations` as in `open_folder`;
    `with_logs`: its request logs come along."""

    folder: Path
    choices: Choices = field(default_factory=Choices)
    key: str = ""
    own_migrations: bool = False
    with_logs: bool = True


@dataclass(slots=True)
class Outcome:
    """What an import has done, or (`is_done` False) would do."""

    plan: Plan
    is_done: bool = False
    was_there: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    files: int = 0
    logs: int = 0


def import_pocketbase(
    settings: Settings, source: Source, progress: Progress, *, only_plan: bool
) -> Outcome:
    """Moves everything in, or says what that would do.

    A plan with obstacles is not carried out. Raises DamagedData, with nothing touched, where the
    folder is not one to import.
    """
    with open_folder(source.folder, own_migrations=source.own_migrations) as folder:
        return asyncio.run(_import(settings, source, folder, progress, only_plan=only_plan))


async def _import(
    settings: Settings,
    source: Source,
    folder: PocketBaseFolder,
    progress: Progress,
    *,
    only_plan: bool,
) -> Outcome:
    target, imported = await _target(settings)
    logs = folder.count_logs() if source.with_logs else 0
    if folder.fingerprint() in imported:
        if not only_plan and logs:
            async with open_instance(settings):
                await _copy_logs(settings, folder, logs, progress)
        return Outcome(Plan(), was_there=True, logs=logs)
    plan = Planner(folder, target, source.choices).definitions(
        settings_of(folder.settings(), source.key)
    )
    if not plan.obstacles:
        survey(folder, plan, progress)
    if only_plan or plan.obstacles:
        return Outcome(plan, logs=logs)
    async with open_instance(settings) as instance:
        outcome = await _carry_out(settings, instance, folder, plan, progress)
        if logs:
            outcome.logs = await _copy_logs(settings, folder, logs, progress)
        return outcome


async def _carry_out(
    settings: Settings,
    instance: Instance,
    folder: PocketBaseFolder,
    plan: Plan,
    progress: Progress,
) -> Outcome:
    files = await _copy_files(settings, folder, plan, progress)
    importer = Importer(instance.application.kernel, folder, plan)
    await importer.run(progress)
    plan.notes += importer.notes
    return Outcome(plan, is_done=True, counts=importer.counts, files=files)


async def _copy_logs(
    settings: Settings, folder: PocketBaseFolder, total: int, progress: Progress
) -> int:
    """Adds the entries of the folder's request log, once however often it is run; how many. They
    are apart from the data, and come when that is kept: losing some on the way loses no record."""
    found, done = folder.logs(), 0
    async with open_request_log(settings) as log:
        while some := [*islice(found, LOGS_AT_ONCE)]:
            await log.write(some)
            done += len(some)
            progress("request logs", done, total)
    return done


async def _copy_files(
    settings: Settings, folder: PocketBaseFolder, plan: Plan, progress: Progress
) -> int:
    """Into the folder or the bucket that the operator's settings name; how many."""
    total = sum(1 for _ in walk(folder.storage))
    ways = Ways(plan.ids, frozenset(plan.left), lambda done: progress("files", done, total))
    url = urlsplit(settings.files.reveal() if settings.files else "")
    if url.scheme == "s3":
        bucket = at(url.geturl())
        try:
            return await upload_files(folder.storage, bucket, ways)
        finally:
            await bucket.close()
    target = Path(unquote(url.path)) if url.scheme else settings.data / FILES
    return copy_files(folder.storage, target, ways)


async def _target(settings: Settings) -> tuple[Target, set[str]]:
    """What there is, or will be from the first start on, and the folders that were imported."""
    product = SYSTEM if settings.without_community else COMMUNITY
    declared = {declaration.collection.id: declaration for declaration in product.declarations}
    there: dict[str, Collection] = {i: each.collection for i, each in declared.items()}
    imported: set[str] = set()
    has_settings = is_there = False
    try:
        async with open_snapshot(settings) as snapshot:
            there |= {c.id: c for _, c in await snapshot.definitions()}
            is_there = True
            imported = await _imported(snapshot.log)
            has_settings = bool(await snapshot.log.stream(instance_settings.STREAM))
    except NotFound:
        pass
    limit = settings.filter_comparisons_max
    target = Target(tuple(there.values()), declared, has_settings, limit, is_there)
    return target, imported


async def _imported(log: EventLog) -> set[str]:
    """The fingerprints of all folders whose import has finished here."""
    events = await log.stream(STREAM)
    told = [msgspec.json.decode(event.data) for event in events if event.type == FINISHED]
    return {each["fingerprint"] for each in told}
