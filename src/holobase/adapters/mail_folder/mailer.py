"""The mailer that writes mails as files, to be opened with any mail program."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from holobase.adapters.mime import message_of
from holobase.domain.settings import Smtp
from holobase.ports.mailer import Mail, MailFailed

FILES_MAX = 1_000
"""Mails kept; the oldest make room, so that a forgotten folder does not fill the disk."""


class FolderMailer:
    """Writes each mail to the folder, readable by its owner alone, and says so."""

    def __init__(self, folder: Path, tell: Callable[[Path], None]) -> None:
        self._folder = folder
        self._tell = tell

    async def send(self, mail: Mail, server: Smtp) -> None:  # noqa: ARG002 - there is none
        """Writes the mail; the same one twice is one file. Raises MailFailed."""
        content = message_of(mail).as_bytes()
        moment = datetime.fromtimestamp(mail.at / 1000, UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
        path = self._folder / f"{moment}-{mail.message_id.partition('@')[0]}.eml"
        try:
            await asyncio.to_thread(self._write, path, content)
        except OSError as error:
            raise MailFailed(f"{type(error).__name__}: {error}") from error
        self._tell(path)

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
        ) as f:
            f.write(content)
        unfinished.replace(path)
        for old in sorted(self._folder.glob("*.eml"))[:-FILES_MAX]:
            old.unlink(missing_ok=True)
