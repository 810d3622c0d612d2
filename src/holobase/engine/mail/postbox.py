"""Where mails are handed in: into the queue with a command, or straight to the mailer."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from holobase.engine.instance_settings import KeptSettings
from holobase.engine.mail.compose import Occasion, compose
from holobase.engine.mail.queue import Letter, Queue
from holobase.ports.mailer import Mail, Mailer, MailFailed


class Mailers(msgspec.Struct, frozen=True):
    """The ways out: by SMTP where the settings turn it on, else into a folder."""

    smtp: Mailer
    folder: Mailer


class Write(Protocol):
    """Writes the mail for an occasion, of use for so many seconds; `otp` is the code in it."""

    def __call__(self, occasion: Occasion, seconds: int, otp: str = "") -> Letter: ...


class Postbox:
    """The mails of an instance. `posted` is set when one may be waiting; `on_failure` hears of each
    that could not be sent at once."""

    def __init__(
        self,
        queue: Queue,
        settings: KeptSettings,
        mailers: Mailers,
        on_failure: Callable[[MailFailed], None],
    ) -> None:
        self.queue = queue
        self.posted = asyncio.Event()
        self._settings = settings
        self._mailers = mailers
        self._on_failure = on_failure

    async def writer(self) -> Write:
        """What writes mails, with what the instance calls itself now."""
        meta = (await self._settings.current()).meta

        def write(occasion: Occasion, seconds: int, otp: str = "") -> Letter:
            until = occasion.now + seconds * 1000
            keeps_guard = occasion.kind == "verification"
            return Letter(compose(occasion, meta), until, otp, keeps_guard)

        return write

    async def letter(self, occasion: Occasion, seconds: int, otp: str = "") -> Letter:
        """The mail for an occasion, to be queued; of use for so many seconds."""
        return (await self.writer())(occasion, seconds, otp)

    async def send(self, mail: Mail) -> None:
        """Sends a mail. Raises MailFailed."""
        settings = await self._settings.current()
        mailer = self._mailers.smtp if settings.smtp.enabled else self._mailers.folder
        await mailer.send(mail, settings.smtp)

    async def send_now(self, occasion: Occasion) -> None:
        """Writes a mail and sends it while somebody waits. Raises MailFailed."""
        meta = (await self._settings.current()).meta
        try:
            await self.send(compose(occasion, meta))
        except MailFailed as failed:
            self._on_failure(failed)
            raise
