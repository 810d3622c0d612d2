"""A file that takes so long to store that it was given up meanwhile: it does not stay."""

import io
from pathlib import Path
from typing import Any

import pytest

from holobase.adapters.local_files import Folder
from holobase.domain.upload import Upload
from holobase.engine.files import marks
from holobase.engine.files.cleaner import Cleaner
from holobase.engine.files.keeper import Baggage, Keeper
from holobase.engine.files.uploads import SentFile
from holobase.engine.kernel import Kernel
from holobase.ports.blob_store import BlobStore, Content
from tests.stores.conftest import OpenStore
from tests.stores.kernels import PAGES, opened


class Slow(Folder):
    """A folder in which others clean up so often while something is stored."""

    cleaner: Cleaner
    rounds = 0

    async def put(self, key: str, content: Content, *args: Any, **options: Any) -> None:
        for _ in range(self.rounds):
            await self.cleaner.clean()
        await super().put(key, content, *args, **options)


class Places:
    """One folder."""

    def __init__(self, folder: Slow) -> None:
        self.folder = folder

    async def files(self) -> BlobStore:
        return self.folder


class NoParcels:
    """Nothing is on its way."""

    async def settle(self, _: Any) -> None:
        return


async def _never() -> bool:
    return False


def laid_out(kernel: Kernel, folder: Slow) -> Keeper:
    places: Any = Places(folder)
    folder.cleaner = Cleaner(kernel, places, 0, is_held=_never, on_failure=print)
    parcels: Any = NoParcels()
    return Keeper(kernel, places, parcels)


def sent() -> Baggage:
    source = io.BytesIO(b"content")
    upload = Upload("a_1.txt", "a.txt", 7, "text/plain")
    return Baggage({"a_1.txt": upload}, {"a_1.txt": SentFile("a.txt", source, 7)})


@pytest.mark.parametrize("rounds", [0, 1, 2, 3])
async def test_a_write_that_is_not_kept_leaves_no_file(
    open_store: OpenStore, tmp_path: Path, rounds: int
) -> None:
    folder, baggage = Slow(tmp_path / "storage"), sent()
    folder.rounds = rounds
    async with opened(open_store) as kernel:
        keeper = laid_out(kernel, folder)
        await keeper.store(PAGES.collection.id, "record000000001", baggage)
        key = f"{PAGES.collection.id}/record000000001/a_1.txt"
        assert await folder.look(key) is not None
        await keeper.finish(baggage, is_kept=False)
        await folder.cleaner.clean()
        assert await folder.look(key) is None
        assert await kernel.store.log.checkpoints(marks.PREFIX) == {}


async def test_whoever_dies_after_that_leaves_no_file_either(
    open_store: OpenStore, tmp_path: Path
) -> None:
    folder, baggage = Slow(tmp_path / "storage"), sent()
    folder.rounds = 1
    async with opened(open_store) as kernel:
        keeper = laid_out(kernel, folder)
        await keeper.store(PAGES.collection.id, "record000000001", baggage)
        await folder.cleaner.clean()
        assert [blob async for blob in folder.list("")] == []
        assert await kernel.store.log.checkpoints(marks.PREFIX) == {}
