"""The promise of a mailer: hand a finished mail on, once per call, or say why not."""

from typing import Protocol

import msgspec

from holobase.domain.settings import Smtp


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one person, as plain text and as HTML. `message_id` stays the same however often
    it is sent, so that two are seen to be one; `at` is Unix milliseconds."""

    message_id: str
    at: int
    sender_name: str
    sender_address: str
    to: str
    subject: str
    text: str
    html: str


class MailFailed(Exception):
    """The mail was not handed on. `is_final`: nor would it be, however often it was tried."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Mailer(Protocol):
    """A way out for mails."""

    async def send(self, mail: Mail, server: Smtp) -> None:
        """Hands the mail on; `server` is what the settings say now. Raises MailFailed."""
