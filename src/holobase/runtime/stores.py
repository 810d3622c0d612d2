"""Moving an instance between stores: the store itself, and what lies in the folder beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from holobase.adapters.pocketbase.storage import Ways, copy_files, walk
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.adapters.sqlite.mirror import SqliteMirror
from holobase.adapters.sqlite.store import open_snapshot as open_file_snapshot
from holobase.domain.errors import DamagedData, NotFound
from holobase.engine.moving.records import Progress
from holobase.engine.moving.stores import move
from holobase.ports.mirror import Mirror
from holobase.ports.store import Snapshot
from holobase.runtime import keys
from holobase.runtime.places import FILES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: a data folder, or the address of a schema."""

    folder: Path | None
    url: str = ""

    @classmethod
    def at(cls, url: str) -> "Place":
        """`sqlite:///FOLDER` (a fourth slash begins an absolute path) or `postgresql://…`.

        Raises DamagedData for anything else, without repeating it.
        """
        parts = urlsplit(url)
        if parts.scheme in ("postgresql", "postgres"):
            return cls(None, url)
        if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
            return cls(Path(unquote(parts.path[1:])))
        raise DamagedData("A store is named as sqlite:///FOLDER or postgresql://…")


def move_store(source: Place, target: Place, data: Path, progress: Progress) -> int:
    """Moves everything; how many events there are. `data` is the folder of the key and the files
    of a store that is none itself.

    The source is only read. Raises DamagedData where the target holds something.
    """
    home = source.folder or data
    if target.folder is not None and target.folder.resolve() == home.resolve():
        return asyncio.run(_move(source, target, None, progress))
    return asyncio.run(_move(source, target, home, progress))


async def _move(source: Place, target: Place, home: Path | None, progress: Progress) -> int:
    async with _snapshot(source) as snapshot:
        mirror = await _mirror(target)
        try:
            if target.folder is not None and home is not None:
                _bring_files(home, target.folder, progress)
            return await move(snapshot, mirror, progress)
        finally:
            await mirror.close()


@asynccontextmanager
async def _snapshot(place: Place) -> AsyncIterator[Snapshot]:
    if place.folder is None:
        from holobase.adapters.postgres import store  # noqa: PLC0415 - few need it

        async with store.open_snapshot(place.url) as snapshot:
            yield snapshot
        return
    path = place.folder / FILE_NAME
    if not await asyncio.to_thread(path.exists):
        raise NotFound("no_database")
    async with open_file_snapshot(path) as found:
        yield found


async def _mirror(place: Place) -> Mirror:
    if place.folder is not None:
        return SqliteMirror(place.folder)
    from holobase.adapters.postgres.mirror import PostgresMirror  # noqa: PLC0415 - likewise

    return await PostgresMirror.open(place.url)


def _bring_files(home: Path, folder: Path, progress: Progress) -> None:
    """The key and the files go where the store goes."""
    keys.bring(home, folder)
    total = sum(1 for _ in walk(home / FILES))
    ways = Ways({}, frozenset(), lambda done: progress("files", done, total))
    copy_files(home / FILES, folder / FILES, ways)
