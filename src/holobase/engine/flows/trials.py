"""Trial mails: whether the settings work, and what a mail looks like."""

from collections.abc import Mapping
from typing import Final, get_args

from holobase.domain.errors import BadRequest, FieldError
from holobase.domain.principal import SUPERUSERS, Request
from holobase.domain.record import Record
from holobase.engine.accounts import sent
from holobase.engine.flows.desk import Desk
from holobase.engine.mail.texts import Kind
from holobase.kit import ids
from holobase.kit.json import Json
from holobase.ports.mailer import MailFailed

REASON: Final = "mail_failed"
NOT_ONE: Final = FieldError("validation_in_invalid")
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

SAMPLE: Final[Mapping[str, str]] = {
    "TOKEN": "TOKEN",
    "OTP": "12345678",
    "OTP_ID": "OTP_ID",
    "ALERT_INFO": "2001-01-01 00:00:00.000Z - 192.0.2.1 Browser",
}
"""What stands for what only a real mail has."""


class Trials:
    """Mails that a superuser sends to see whether they arrive."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send(self, body: Mapping[str, Json], request: Request) -> None:
        """Sends one, and returns when that is done. Raises Invalid, and BadRequest, which tells
        what the mail server said."""
        email, template = sent.text(body, "email"), sent.text(body, "template")
        name = sent.text(body, "collection") or SUPERUSERS
        definition = self._desk.kernel.catalogue.find(name)
        kind = next((each for each in KINDS if each == template), None)
        errors = {
            "email": sent.email_error(email),
            "template": sent.REQUIRED if not template else None if kind else NOT_ONE,
            "collection": None,
        }
        if definition is None or not definition.collection.is_auth:
            errors["collection"] = FieldError("validation_invalid_auth_collection")
        sent.refuse(errors, REASON)
        if definition is None or kind is None:
            raise BadRequest(REASON)
        values = {**definition.initial, "id": ids.record_id(), "email": email}
        collection = definition.collection
        account = Record(collection.id, collection.name, values["id"], 0, values)
        occasion = self._desk.occasion(kind, definition, account, request, **SAMPLE)
        try:
            await self._desk.postbox.send_now(occasion)
        except MailFailed as failed:
            raise BadRequest(REASON) from failed
