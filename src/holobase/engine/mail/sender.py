"""Sending what is in the queue: at least once, each mail by one process at a time."""

import asyncio
from collections.abc import Callable
from functools import partial

from holobase.engine.background import Background
from holobase.engine.kernel import Kernel
from holobase.engine.mail.postbox import Postbox
from holobase.engine.mail.queue import Taken
from holobase.ports.mailer import MailFailed

SERVICE = "mail"

POLL_SECONDS = 5.0
"""How often the queue is looked at when nothing was put in by this process: mails of one that has
died, and those to be tried again, wait that long at most."""

OnUnsent = Callable[[Taken, MailFailed, bool], None]
"""Told the mail, why it was not sent, and whether it is given up."""


class Sender(Background):
    """Runs from `async with` until the block is left; mails on their way are finished then."""

    def __init__(
        self,
        kernel: Kernel,
        postbox: Postbox,
        on_unsent: OnUnsent,
        on_trouble: Callable[[Exception], None],
    ) -> None:
        super().__init__(
            on_trouble, retry_seconds=POLL_SECONDS, poll_seconds=POLL_SECONDS, finishes=True
        )
        self.wake = postbox.posted
        self._kernel = kernel
        self._postbox = postbox
        self._on_unsent = on_unsent

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
                self._on_failure(outcome)
        return more

    async def _send(self, mail: Taken) -> None:
        queue = self._postbox.queue
        try:
            await self._postbox.send(mail.letter.mail)
        except MailFailed as error:
            request = self._kernel.service_request(SERVICE)
            failed = partial(queue.failed, mail=mail, is_final=error.is_final)
            is_over = await self._kernel.run(request, failed)
            self._on_unsent(mail, error, is_over)
            return
        request = self._kernel.service_request(SERVICE)
        await self._kernel.run(request, partial(queue.sent, mail=mail))
