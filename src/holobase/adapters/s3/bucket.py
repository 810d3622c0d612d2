"""A bucket of blobs. Large ones are sent in parts, so that memory stays bounded; a part that fails
is sent again, and an upload that is broken off is no object.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, unquote

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from holobase.domain.errors import BlobExists, BlobMissing, Unavailable
from holobase.ports.blob_store import UNKNOWN_TYPE, Blob, Content, Source, checked

PART_BYTES: Final = 5 * 1024 * 1024
"""The smallest part that S3 takes."""

PARTS_AT_ONCE: Final = 2
"""Parts of one blob on the way at once: with the one being read, 15 MiB of memory."""

PIECE_BYTES: Final = 256 * 1024
"""Bytes handed on at once when a blob is read."""

CONNECT_SECONDS: Final = 5
"""How long a server may take to answer the telephone."""

REQUEST_SECONDS: Final = 300
"""How long one request may take with its body: 5 MiB over a slow line, or a large blob read by a
slow client."""

RETRIES_MAX: Final = 3
"""Tries again of one request: what fails four times is down."""

RETRY_SECONDS_MAX: Final = 15.0
"""Somebody waits for the answer: what does not work by then is told."""

NAME_BYTES_MAX: Final = 255
"""Bytes kept of the name that a file had where it came from."""

ORIGINAL_NAME: Final = "original-filename"
"""The name that a file had where it came from, as PocketBase keeps it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bucket is, and who we are there. Without an `endpoint` it is Amazon's."""

    bucket: str
    region: str = ""
    endpoint: str = ""
    access_key: str = ""
    secret: str = ""
    by_path: bool = True
    """Whether the bucket is named in the path, not in the host."""


class Bucket:
    """Keeps blobs in a bucket that exists. A blob may have 10,000 parts of `part_bytes`."""

    def __init__(
        self,
        place: Place,
        *,
        retry_seconds: float = RETRY_SECONDS_MAX,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._part_bytes = part_bytes
        endpoint = place.endpoint
        if endpoint and "://" not in endpoint:
            endpoint = f"https://{endpoint}"
        if endpoint and not place.by_path:
            scheme, _, host = endpoint.partition("://")
            endpoint = f"{scheme}://{place.bucket}.{host}"
        given: dict[str, Any] = {
            "region": place.region or "us-east-1",
            "virtual_hosted_style_request": not place.by_path,
            **({"endpoint": endpoint} if endpoint else {}),
            **({"access_key_id": place.access_key} if place.access_key else {}),
            **({"secret_access_key": place.secret} if place.secret else {}),
        }
        self._store = S3Store(
            place.bucket,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=REQUEST_SECONDS),
            },
            retry_config={
                "max_retries": RETRIES_MAX,
                "retry_timeout": timedelta(seconds=retry_seconds),
            },
            **given,
        )

    async def put(
        self,
        key: str,
        content: Content,
        content_type: str = UNKNOWN_TYPE,
        *,
        original_name: str = "",
        only_new: bool = False,
    ) -> None:
        """As the port says. What must be new is sent in one piece, for S3 judges that only then."""
        known = {"Content-Type": content_type}
        if original_name:
            known[ORIGINAL_NAME] = quote(original_name)[:NAME_BYTES_MAX]
        body: Any = content
        if not isinstance(content, bytes):
            body = await asyncio.to_thread(content.read, -1 if only_new else self._part_bytes)
            if len(body) == self._part_bytes and not only_new:
                body = _parts(body, content)
        with _told(key):
            await obstore.put_async(
                self._store,
                checked(key),
                body,
                attributes=known,
                mode="create" if only_new else "overwrite",
                chunk_size=self._part_bytes,
                max_concurrency=PARTS_AT_ONCE,
            )

    async def look(self, key: str) -> Blob | None:
        """As the port says."""
        try:
            with _told(key):
                found = await obstore.get_async(self._store, checked(key), options={"head": True})
        except BlobMissing:
            return None
        known = found.attributes
        name = unquote(str(known.get(ORIGINAL_NAME, "")))
        return _blob(found.meta, known.get("Content-Type", UNKNOWN_TYPE), name)

    async def read(
        self, key: str, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """As the port says."""
        if end is not None and end <= start:
            return
        wanted: Any = {"offset": start} if end is None else (start, end)
        with _told(key):
            found = await obstore.get_async(
                self._store, checked(key), options={"range": wanted} if start or end else None
            )
        pieces = aiter(found.stream(min_chunk_size=PIECE_BYTES))
        while True:
            try:
                with _told(key):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            yield bytes(piece)

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        """As the port says."""
        found = obstore.list(self._store, prefix or None)
        while True:
            try:
                with _told(prefix):
                    some = await anext(found)
            except StopAsyncIteration:
                return
            for each in some:
                yield _blob(each, UNKNOWN_TYPE)

    async def copy(self, key: str, to: str) -> None:
        """As the port says."""
        with _told(key):
            await obstore.copy_async(self._store, checked(key), checked(to))

    async def delete(self, keys: Iterable[str]) -> None:
        """As the port says."""
        wanted = [checked(key) for key in keys]
        if wanted:
            with _told("some"), contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, wanted)

    async def upload_address(self, key: str, seconds: int) -> str | None:
        """As the port says."""
        with _told(key):
            wanted = timedelta(seconds=seconds)
            return await obstore.sign_async(self._store, "PUT", checked(key), wanted)

    async def close(self) -> None:
        """As the port says; connections end by themselves when nobody uses them."""


async def _parts(first: bytes, rest: Source) -> AsyncIterator[bytes]:
    part = first
    while part:
        yield part
        part = await asyncio.to_thread(rest.read, len(first))


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Tells what the server says in the words of the port."""
    try:
        yield
    except FileNotFoundError as error:
        raise BlobMissing(what) from error
    except (AlreadyExistsError, PreconditionError) as error:
        raise BlobExists(what) from error
    except (BaseError, OSError) as error:
        raise Unavailable(f"S3: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _blob(found: Any, content_type: str, original_name: str = "") -> Blob:
    modified = int(found["last_modified"].timestamp() * 1000)
    return Blob(found["path"], found["size"], modified, content_type, original_name)
