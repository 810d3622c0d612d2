"""`make bench ARGS="--suite inside"`: what a request never shows by itself. How fast the log takes
events, by how many commands share a commit, and how fast it is replayed and verified.
"""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.runtime import commands
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance

TOGETHER = (1, 8, 64, 512)
"""Commands that wait at once, and so share a commit."""

NOTES = {
    "name": "notes",
    "type": "base",
    "fields": [
        {"name": "title", "type": "text"},
        {"name": "count", "type": "number"},
    ],
}


def figures(folder: Path, stores: Iterable[str | None], events: int) -> dict[str, float]:
    """Events per second by what was done; each store is filled with `events` per size of group."""
    found: dict[str, float] = {}
    for number, store in enumerate(stores):
        values: dict[str, Any] = {"data": folder / str(number), "without_community": True}
        settings = Settings.of({**values, **({"store": store} if store else {})})
        name = "postgres" if store else "sqlite"
        found |= {f"{name}: {what}": rate for what, rate in asyncio.run(_append(settings, events))}
        begun = time.perf_counter()
        report = commands.replay(settings, verify=True, progress=lambda *_: None)
        found[f"{name}: replay and verify"] = report.events / (time.perf_counter() - begun)
    return found


async def _append(settings: Settings, events: int) -> list[tuple[str, float]]:
    """Creates records without HTTP, so many at a time."""
    async with open_instance(settings) as instance:
        application = instance.application
        root = application.kernel.service_request("bench")
        await application.collections.create(NOTES, root)
        found = []
        for together in (each for each in TOGETHER if each <= events):
            begun = time.perf_counter()
            await asyncio.gather(
                *(_create(application, root, events // together) for _ in range(together))
            )
            rate = events // together * together / (time.perf_counter() - begun)
            found.append((f"append, {together} at a time", rate))
    return found


async def _create(application: Application, root: Request, count: int) -> None:
    for number in range(count):
        definition = application.catalogue.get("notes")
        await application.writing.create(definition, {"title": "note", "count": number}, root)
