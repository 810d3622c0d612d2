"""Looking for blobs that no record names, where nothing has marked them: below a collection that
was dropped or lost a field, and in a folder that came from elsewhere.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
from typing import Final

from holobase.domain.errors import VersionConflict
from holobase.engine.files import marks
from holobase.engine.files.marks import SERVICE
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.blob_store import BlobStore
from holobase.ports.command import Command, Remember

RECORDS_AT_ONCE: Final = 200
"""Records that are looked at in one command."""


class Sweep:
    """One look through the blobs of a store."""

    def __init__(self, kernel: Kernel, blobs: BlobStore) -> None:
        self._kernel = kernel
        self._blobs = blobs

    async def run(self, prefix: str) -> int:
        """Marks, below the prefix, what no record names and no write is about to name; how many."""
        found: dict[str, set[str]] = defaultdict(set)
        marked = 0
        async for blob in self._blobs.list(prefix):
            folder, name = _owner(blob.key)
            if not name:
                continue
            if folder not in found and len(found) >= RECORDS_AT_ONCE:
                marked += await self._mark(found)
                found.clear()
            found[folder].add(name)
        return marked + await self._mark(found)

    async def _mark(self, found: Mapping[str, Set[str]]) -> int:
        looked_at = {folder: frozenset(names) for folder, names in found.items()}
        request = self._kernel.service_request(SERVICE)
        return len(await self._kernel.run(request, lambda unit: mark_unnamed(unit, looked_at)))


def mark_unnamed(unit: Unit, found: Mapping[str, Set[str]]) -> Command[list[str]]:
    """Marks for ever what no record names and no write is about to name, of files by the folders of
    their records; the keys of those."""
    marked = []
    for folder, names in found.items():
        collection_id, _, record_id = folder.partition("/")
        definition = unit.catalogue.by_id(collection_id)
        record = None
        if definition is not None and definition.files:
            record = yield from command.load(definition.collection, record_id)
        named = marks.names(definition.files, record.values) if definition and record else set()
        for name in sorted(names - named):
            key = f"{folder}/{name}"
            try:
                yield Remember(marks.PREFIX + key, marks.GONE, 0)
            except VersionConflict:  # marked already, or about to be named
                continue
            marked.append(key)
    return marked


def _owner(key: str) -> tuple[str, str]:
    """The folder of a record and the file in it that a blob is, or is made from; empty for what is
    laid out in another way."""
    parts = key.split("/")
    if len(parts) == 4 and parts[2].startswith(marks.THUMBS):
        return "/".join(parts[:2]), parts[2].removeprefix(marks.THUMBS)
    return ("/".join(parts[:2]), parts[2]) if len(parts) == 3 else ("", "")
