"""Sending what is in the queue: at least once, each mail by one process at a time."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from types import TracebackType

from holobase.engine.kernel import Kernel
from holobase.engine.mail.postbox import Postbox
from holobase.engine.mail.queue import Taken
from holobase.ports.mailer import MailFailed

SERVICE = "mail"

POLL_SECONDS = 5.0
"""How often the queue is looked at when nothing was put in by this process: mails of one that has
died, and those to be tried again, wait that long at most."""

OnFailure = Callable[[Taken, MailFailed, bool], None]
"""Told the mail, why it was not sent, and whether it is given up."""


class Sender:
    """Runs from `async with` until the block is left; mails on their way are finished then."""

    def __init__(
        self,
        kernel: Kernel,
        postbox: Postbox,
        on_failure: OnFailure,
        on_trouble: Callable[[Exception], None],
    ) -> None:
        self._kernel = kernel
        self._postbox = postbox
        self._on_failure = on_failure
        self._on_trouble = on_trouble
        self._stopping = False
        self._task: asyncio.Task[None]

    async def __aenter__(self) -> "Sender":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping = True
        self._postbox.posted.set()
        await self._task

    async def step(self) -> bool:
        """Sends what is due now; whether there may be more."""
        queue, now = self._postbox.queue, self._kernel.clock()
        due = await queue.next_due()
        if due is None or due > now:
            return False
        request = self._kernel.service_request(SERVICE)
        taken, more = await self._kernel.run(request, queue.take)
        for outcome in await asyncio.gather(
            *(self._send(mail) for mail in taken), return_exceptions=True
        ):
            if isinstance(outcome, Exception):
                self._on_trouble(outcome)
        return more

    async def _send(self, mail: Taken) -> None:
        queue = self._postbox.queue
        try:
            await self._postbox.send(mail.letter.mail)
        except MailFailed as error:
            request = self._kernel.service_request(SERVICE)
            failed = partial(queue.failed, mail=mail, is_final=error.is_final)
            is_over = await self._kernel.run(request, failed)
            self._on_failure(mail, error, is_over)
            return
        request = self._kernel.service_request(SERVICE)
        await self._kernel.run(request, partial(queue.sent, mail=mail))

    async def _run(self) -> None:
        posted = self._postbox.posted
        while not self._stopping:
            posted.clear()
            try:
                more = await self.step()
            except Exception as error:
                self._on_trouble(error)
                more = False
            if not (more or self._stopping):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(posted.wait(), POLL_SECONDS)
