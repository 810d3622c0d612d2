"""How mails leave this instance, and what the log tells of them: never what is in them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from holobase.domain.settings import Smtp
from holobase.engine.application import Application
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.mail.postbox import Mailers, Postbox
from holobase.engine.mail.queue import Queue, Taken
from holobase.engine.mail.sender import Sender
from holobase.ports.mailer import Mail, Mailer, MailFailed
from holobase.runtime import logging
from holobase.runtime.settings import Settings

FOLDER: Final = "mails"
"""Where mails are kept in the data folder while no mail server is set up."""

_log = logging.get("holobase.mail")


class Later:
    """A mailer that is made when it has something to send: what it needs to import would take a
    tenth of every start. Keeps `ports.mailer.Mailer`."""

    def __init__(self, make: Callable[[], Mailer]) -> None:
        self._make = make
        self._made: Mailer | None = None

    async def send(self, mail: Mail, server: Smtp) -> None:
        """As the mailer that it stands for."""
        if self._made is None:
            self._made = await asyncio.to_thread(self._make)
        await self._made.send(mail, server)


def postbox(settings: Settings, queue: Queue, kept: KeptSettings) -> Postbox:
    """The postbox of an instance."""
    mailers = Mailers(Later(_smtp), Later(lambda: _folder(settings.data / FOLDER)))
    return Postbox(queue, kept, mailers, _on_failed)


def _smtp() -> Mailer:
    from holobase.adapters.smtp import SmtpMailer  # noqa: PLC0415 - see `Later`

    return SmtpMailer()


def _folder(folder: Path) -> Mailer:
    from holobase.adapters.mail_folder import FolderMailer  # noqa: PLC0415 - see `Later`

    return FolderMailer(folder, _on_kept)


def sender(application: Application) -> Sender:
    """What sends the queued mails of an instance while it serves."""
    return Sender(application.kernel, application.postbox, _on_put_off, _on_trouble)


def _on_kept(path: Path) -> None:
    _log.info("mail written to the folder", **{"file.path": str(path)})


def _on_failed(error: MailFailed) -> None:
    _log.warning("a mail was not sent", **{"error.message": str(error)})


def _on_put_off(mail: Taken, error: MailFailed, is_over: bool) -> None:
    said = "a mail was given up" if is_over else "a mail was not sent and will be tried again"
    details = {"error.message": str(error), "holobase.mail.attempts": mail.attempts}
    (_log.error if is_over else _log.warning)(said, **details)


def _on_trouble(error: Exception) -> None:
    _log.error("the queue of mails cannot be worked on", exc_info=error)
