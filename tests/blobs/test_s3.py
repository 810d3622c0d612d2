"""What a bucket promises beside what every store does."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from holobase.adapters.s3 import Bucket, Place
from holobase.adapters.s3.bucket import PART_BYTES
from holobase.domain.errors import Unavailable
from tests.s3 import S3Server

LARGE = 12 * 1024 * 1024


async def test_a_wrong_secret_is_refused_and_never_told(s3: S3Server) -> None:
    bucket = s3.new_bucket()
    await Bucket(s3.place(bucket)).put("a", b"x")
    stranger = Bucket(s3.place(bucket, "wrong-secret"))
    for asked in (stranger.look("a"), stranger.put("b", b"x"), stranger.delete(["a"])):
        with pytest.raises(Unavailable, match="S3") as refused:
            await asked
        assert "wrong-secret" not in str(refused.value)
    assert await Bucket(s3.place(bucket)).look("a") is not None


async def test_a_server_that_is_not_there_is_told_soon() -> None:
    place = Place("bucket", "us-east-1", "http://127.0.0.1:9", "key", "secret")
    began = time.monotonic()
    with pytest.raises(Unavailable, match="S3"):
        await Bucket(place).look("a")
    assert time.monotonic() - began < 30


async def test_an_upload_that_breaks_off_leaves_no_object_and_can_be_done_again(
    s3: S3Server,
) -> None:
    name = s3.new_bucket()
    async with relay(s3, breaks_after_bytes=LARGE // 2) as line:
        place = dataclasses.replace(s3.place(name), endpoint=line.endpoint)
        bucket = Bucket(place, retry_seconds=0.5)
        with pytest.raises(Unavailable):
            await bucket.put("a/large", bytes(LARGE))
        line.breaks_after_bytes = None
        assert await bucket.look("a/large") is None
        await bucket.put("a/large", bytes(LARGE))
        found = await bucket.look("a/large")
        assert found is not None
        assert found.size == LARGE


async def test_a_server_that_is_restarted_in_mid_upload_has_all_of_it_or_nothing(
    s3: S3Server,
) -> None:
    """The one server of the run: it keeps its address and its buckets."""
    name = s3.new_bucket()
    patient = Bucket(s3.place(name))
    bucket = Bucket(s3.place(name), retry_seconds=0.5)
    await patient.put("a/kept", b"kept")

    class Dying:
        """Enough for three parts; the server is gone before the second is read."""

        left = LARGE

        def read(self, size: int = -1, /) -> bytes:
            if self.left == LARGE - PART_BYTES:
                s3.kill()
            given = min(size, self.left)
            self.left -= given
            return bytes(given)

    try:
        with pytest.raises(Unavailable, match="S3"):
            await bucket.put("a/large", Dying())
        with pytest.raises(Unavailable, match="S3"):
            await bucket.look("a/kept")
    finally:
        await asyncio.to_thread(s3.start)
    assert [blob.key async for blob in patient.list("")] == ["a/kept"]
    await patient.put("a/large", bytes(LARGE))
    found = await patient.look("a/large")
    assert found is not None
    assert found.size == LARGE


class Line:
    """A way to the server that is dead once so much has gone up."""

    def __init__(self, port: int, breaks_after_bytes: int | None) -> None:
        self._port = port
        self.breaks_after_bytes = breaks_after_bytes
        self.endpoint = ""
        self.served: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.served.add(task)
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        with contextlib.suppress(asyncio.CancelledError):
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(from_server, writer))
                both.create_task(self._pass(reader, to_server, counts=True))
        for each in (writer, to_server):
            each.close()
            with contextlib.suppress(ConnectionError):
                await each.wait_closed()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while (left := self.breaks_after_bytes) is None or left > 0:
                data = await reader.read(65_536)
                if not data:
                    break
                if counts and left is not None:
                    self.breaks_after_bytes = left - len(data)
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def relay(server: S3Server, breaks_after_bytes: int) -> AsyncIterator[Line]:
    line = Line(server.ports["s3.port"], breaks_after_bytes)
    async with await asyncio.start_server(line.serve, "127.0.0.1", 0) as listening:
        line.endpoint = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield line
    for task in line.served:
        task.cancel()
    await asyncio.gather(*line.served, return_exceptions=True)
