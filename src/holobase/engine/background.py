"""Work beside the requests: one step after the other, for as long as the process serves."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Self

from holobase.domain.event import Event
from holobase.ports.store import Store


class Background(ABC):
    """Takes steps from `async with` until the block is left.

    After a step that leaves nothing to do, the next comes when `wake` is set, or after
    `poll_seconds`. One that fails is told to `on_failure`, and comes again after `retry_seconds`.
    Commits wake it where it `hears` of them in a store. Leaving waits for no pause, and only where
    it `finishes` for the step that is being taken, which is broken off otherwise.
    """

    def __init__(
        self,
        on_failure: Callable[[Exception], None],
        *,
        retry_seconds: float,
        poll_seconds: float | None = None,
        store: Store | None = None,
        finishes: bool = False,
    ) -> None:
        self.wake = asyncio.Event()
        self._on_failure = on_failure
        self._retry_seconds = retry_seconds
        self._poll_seconds = poll_seconds
        self._news = store
        self._finishes = finishes
        self._leaving = asyncio.Event()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None]

    @abstractmethod
    async def step(self) -> bool:
        """Does what there is to do; whether there may be more."""

    def hears(self, events: Sequence[Event]) -> bool:  # noqa: ARG002 - for who is choosy
        """Whether these events, which have been committed, give it anything to do."""
        return True

    async def start(self) -> None:
        """Begins."""
        if self._news is not None:
            self._unsubscribe = self._news.subscribe(self._on_commit)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends."""
        self._unsubscribe()
        self._leaving.set()
        self.wake.set()
        if not self._finishes:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _on_commit(self, events: Sequence[Event]) -> None:
        if self.hears(events):
            self.wake.set()

    async def _run(self) -> None:
        while not self._leaving.is_set():
            self.wake.clear()
            try:
                more = await self.step()
            except Exception as error:
                self._on_failure(error)
                await _wait(self._leaving, self._retry_seconds)
                continue
            if not (more or self._leaving.is_set()):
                await _wait(self.wake, self._poll_seconds)


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
