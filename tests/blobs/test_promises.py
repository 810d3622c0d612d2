"""What every store of blobs promises."""

import io
import time
import tracemalloc
from contextlib import aclosing

import pytest

from holobase.domain.errors import BlobExists, BlobMissing
from holobase.ports.blob_store import UNKNOWN_TYPE, BlobStore
from tests.blobs.conftest import OpenBlobs

KEY = "col/rec/picture_abcdefghij.png"
LARGE = 12 * 1024 * 1024
"""More than two parts of an upload to S3."""


async def content(blobs: BlobStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    async with aclosing(blobs.read(key, start, end)) as pieces:
        return b"".join([piece async for piece in pieces])


async def keys(blobs: BlobStore, prefix: str) -> list[str]:
    return sorted([blob.key async for blob in blobs.list(prefix)])


async def test_what_is_stored_is_found_with_its_size_type_and_time(open_blobs: OpenBlobs) -> None:
    await open_blobs().put(KEY, b"bytes", "image/png", original_name="Bild 홀로.png")
    blob = await open_blobs().look(KEY)
    assert blob is not None
    assert (blob.key, blob.size, blob.content_type) == (KEY, 5, "image/png")
    assert abs(blob.modified / 1000 - time.time()) < 120
    assert await content(open_blobs(), KEY) == b"bytes"


async def test_what_was_never_stored_is_missing(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    await blobs.put("col/rec/a", b"")
    for key in ("col/rec/b", "col/rec", "col/rec/a/b", "other/rec/a"):
        assert await blobs.look(key) is None, key
        with pytest.raises(BlobMissing):
            await content(blobs, key)
        with pytest.raises(BlobMissing):
            await blobs.copy(key, "col/rec/c")
    assert await keys(blobs, "other/") == []


async def test_an_empty_blob_is_one(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    await blobs.put("col/rec/empty", b"")
    blob = await blobs.look("col/rec/empty")
    assert blob is not None
    assert (blob.size, blob.content_type) == (0, UNKNOWN_TYPE)
    assert await content(blobs, "col/rec/empty") == b""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (2, 5, b"234"), (9, 10, b"9"), (4, 4, b"")],
)
async def test_a_range_is_read(
    open_blobs: OpenBlobs, start: int, end: int | None, expected: bytes
) -> None:
    blobs = open_blobs()
    await blobs.put(KEY, b"0123456789")
    assert await content(blobs, KEY, start, end) == expected


async def test_a_later_put_takes_the_place_of_an_earlier_one(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    await blobs.put(KEY, b"first", "image/png")
    await blobs.put(KEY, b"second", "image/gif")
    blob = await blobs.look(KEY)
    assert blob is not None
    assert blob.content_type == "image/gif"
    assert await content(blobs, KEY) == b"second"


async def test_what_must_be_new_never_replaces(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    await blobs.put(KEY, io.BytesIO(b"first"), "image/png", only_new=True)
    with pytest.raises(BlobExists):
        await blobs.put(KEY, b"second", "image/gif", only_new=True)
    assert await content(blobs, KEY) == b"first"


async def test_a_large_blob_is_stored_and_read_in_bounded_memory(open_blobs: OpenBlobs) -> None:
    class Zeros:
        left = 5 * LARGE

        def read(self, size: int = -1, /) -> bytes:
            given = min(size, self.left)
            self.left -= given
            return bytes(given)

    blobs = open_blobs()
    await blobs.put("col/rec/warm", b"")
    tracemalloc.start()
    await blobs.put(KEY, Zeros())
    read = 0
    async with aclosing(blobs.read(KEY)) as pieces:
        async for piece in pieces:
            read += len(piece)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == 5 * LARGE
    assert most < 3 * LARGE  # S3 has some parts of 5 MiB on the way


async def test_what_breaks_off_while_it_is_stored_is_not_there(open_blobs: OpenBlobs) -> None:
    class Broken:
        left = LARGE

        def read(self, size: int = -1, /) -> bytes:
            self.left -= size
            if self.left < 0:
                raise RuntimeError("the line went dead")
            return bytes(size)

    blobs = open_blobs()
    with pytest.raises(Exception, match="dead"):
        await blobs.put(KEY, Broken())
    assert await blobs.look(KEY) is None
    assert await keys(blobs, "") == []


async def test_blobs_are_listed_by_the_path_they_are_under(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    stored = ["col/rec/a.png", "col/rec/thumbs_a.png/1x1_a.png", "col/rec2/b", "other/rec/c"]
    for key in stored:
        await blobs.put(key, key.encode(), "image/png")
    assert await keys(blobs, "") == stored
    assert await keys(blobs, "col/") == stored[:3]
    assert await keys(blobs, "col/rec/") == stored[:2]
    assert await keys(blobs, "col/rec/thumbs_a.png/") == stored[1:2]
    assert {blob.size async for blob in blobs.list("col/rec2/")} == {len("col/rec2/b")}


async def test_a_copy_has_the_bytes_and_the_type(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    await blobs.put(KEY, b"bytes", "image/webp")
    await blobs.copy(KEY, "col/other/copy.webp")
    blob = await blobs.look("col/other/copy.webp")
    assert blob is not None
    assert (blob.size, blob.content_type) == (5, "image/webp")
    assert await content(blobs, "col/other/copy.webp") == b"bytes"


async def test_deleting_leaves_the_others_and_is_no_error_for_what_is_not_there(
    open_blobs: OpenBlobs,
) -> None:
    blobs = open_blobs()
    for key in ("col/rec/a", "col/rec/b", "col/rec2/a"):
        await blobs.put(key, b"x")
    await blobs.delete(["col/rec/a", "col/rec/never", "col/rec2/a"])
    await blobs.delete([])
    assert await keys(blobs, "") == ["col/rec/b"]
    assert await blobs.look("col/rec/a") is None


@pytest.mark.parametrize("key", ["", "/", "a//b", "../a", "a/../b", "a/./b", "a/b.attrs", "a\x00b"])
async def test_what_is_no_key_is_refused(open_blobs: OpenBlobs, key: str) -> None:
    blobs = open_blobs()
    with pytest.raises(ValueError, match="no key"):
        await blobs.put(key, b"x")
    with pytest.raises(ValueError, match="no key"):
        await blobs.look(key)


async def test_names_in_any_script_and_with_signs_are_kept(open_blobs: OpenBlobs) -> None:
    blobs = open_blobs()
    stored = ["col/rec/홀로그램 카드.png", "col/rec/a+b=c#d%20e*f.tar.gz"]
    for key in stored:
        await blobs.put(key, key.encode())
    assert await keys(blobs, "col/rec/") == sorted(stored)
    for key in stored:
        assert await content(blobs, key) == key.encode()
