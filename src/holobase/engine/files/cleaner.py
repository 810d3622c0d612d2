"""Deleting the blobs that no record names: soon after the commit that let go of them, and a while
after a crash that left some behind.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from holobase.domain.event import CREATED, DEFINITIONS, Event
from holobase.engine.background import Background
from holobase.engine.files import marks
from holobase.engine.files.marks import SERVICE
from holobase.engine.files.places import Places
from holobase.engine.files.sweep import Sweep
from holobase.engine.jobs import Job
from holobase.engine.kernel import Kernel
from holobase.ports.blob_store import BlobStore

AT_ONCE: Final = 200
"""Blobs deleted before their marks are taken away."""

SETTLE_SECONDS: Final = 0.2
"""How long to wait for more to delete after the first commit that left something."""

RETRY_SECONDS: Final = 30.0
"""Pause after a store of blobs that could not be reached, and while backups hold files back."""


class Cleaner(Background):
    """Works from `async with` until the block is left. `abandoned_seconds` is the age at which a
    mark belongs to a write that will not come any more. While `is_held`, a backup is being made,
    whose records may name what others do not any more: nothing is deleted then."""

    def __init__(
        self,
        kernel: Kernel,
        places: Places,
        abandoned_seconds: float,
        is_held: Callable[[], Awaitable[bool]],
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(on_failure, retry_seconds=RETRY_SECONDS, store=kernel.store)
        self._kernel = kernel
        self._places = places
        self._abandoned_ms = int(abandoned_seconds * 1000)
        self._is_held = is_held

    @property
    def job(self) -> Job:
        """Looks for what crashes have left, every few minutes."""
        return Job("__holobaseFiles__", "*/5 * * * *", self.clean)

    def hears(self, events: Iterable[Event]) -> bool:
        """Whether anything may have let go of files."""
        return any(map(self._lets_go, events))

    async def step(self) -> bool:
        """Deletes what is marked by now, and soon; nothing is left to do then."""
        await asyncio.sleep(SETTLE_SECONDS)
        self.wake.clear()
        await self.clean()
        return False

    async def clean(self) -> None:
        """Deletes everything that is marked for ever, or marked since long ago."""
        oldest = self._kernel.clock() - self._abandoned_ms
        request = self._kernel.service_request(SERVICE)
        marked = await self._kernel.store.log.checkpoints(marks.PREFIX)
        by_key = {name.removeprefix(marks.PREFIX): since for name, since in marked.items()}
        due = {key: since for key, since in by_key.items() if since <= oldest}
        late = {key: since for key, since in due.items() if since != marks.GONE}
        gone = [key for key in due if key not in late]
        given_up = await self._kernel.run(request, lambda _: marks.give_up(late)) if late else []
        # Asked behind the marks: a backup that begins from here on knows nobody who names these.
        if (gone or given_up) and await self._is_held():
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.wake.set)
            return
        waiting = iter(gone)
        while some := [*islice(waiting, AT_ONCE)]:
            await self._delete(some)
            await self._kernel.run(request, lambda _, done=some: marks.forget(done))  # type: ignore[misc]
        # The marks of these stay until the next time: whoever stores them may be slow, not dead.
        await self._delete(given_up)

    async def _delete(self, keys: Sequence[str]) -> None:
        blobs = await self._places.files()
        for key in keys:
            if key.endswith("/"):
                await Sweep(self._kernel, blobs).run(key)
                self.wake.set()  # for what that has found
        named = [key for key in keys if not key.endswith("/")]
        await blobs.delete([*named, *[made async for made in _made_from(blobs, named)]])

    def _lets_go(self, event: Event) -> bool:
        if event.collection == DEFINITIONS:
            return True
        if event.kind == CREATED:
            return False
        definition = self._kernel.catalogue.find(event.stream.partition("/")[0])
        return definition is not None and bool(definition.files)


async def _made_from(blobs: BlobStore, keys: Iterable[str]) -> AsyncIterator[str]:
    for key in keys:
        async for blob in blobs.list(marks.thumbs_of(key)):
            yield blob.key
