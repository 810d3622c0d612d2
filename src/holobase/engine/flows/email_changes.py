"""New addresses: asking for a link to the new one, and following it."""

from collections.abc import Mapping
from typing import Final

from holobase.domain.errors import BadRequest, FieldError, Invalid
from holobase.domain.fields import EmailField
from holobase.domain.principal import Request
from holobase.engine.accounts import sent, tokens
from holobase.engine.catalogue import Definition
from holobase.engine.flows.desk import Claimed, Desk, change, undisturbed
from holobase.engine.flows.resets import token_error
from holobase.engine.flows.verifications import refuse_superusers
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command
from holobase.ports.mailer import MailFailed

PASSWORD_BYTES_MAX: Final = 100
"""Longest password that is looked at, as in the reference."""

REASON: Final = "superusers_change_addresses"
WRONG_PASSWORD: Final = FieldError("validation_invalid_password")


class EmailChanges:
    """Changes of an account's address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def request(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        """Sends a link to the new address, and returns when that is done.

        Raises BadRequest (the superusers, or the mail cannot be sent) and Invalid.
        """
        refuse_superusers(definition, REASON)
        account = request.auth
        if account is None:
            raise BadRequest("bad_submission")
        new, current = sent.text(body, "newEmail"), account.values["email"]
        error = sent.email_error(new)
        if error is None and new == current:
            error = FieldError("validation_not_in_invalid")
        if error is None and await self._desk.principals.named(definition, "email", new):
            error = FieldError("validation_invalid_new_email")
        sent.refuse({"newEmail": error})
        now = request.now or self._desk.kernel.clock()
        token = tokens.issue_to_mail(
            "emailChange", account, definition, now, email=current, newEmail=new
        )
        occasion = self._desk.occasion(
            "email-change", definition, account, request, new, TOKEN=token
        )
        try:
            await self._desk.postbox.send_now(occasion)
        except MailFailed as failed:
            raise BadRequest("mail_failed") from failed

    async def confirm(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        """Takes the new address for the account's own, which ends all tokens. Raises BadRequest
        (the superusers) and Invalid."""
        await undisturbed(lambda: self._confirm(definition, body, request))

    async def _confirm(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        refuse_superusers(definition, REASON)
        token, password = sent.text(body, "token"), sent.text(body, "password")
        attempt = await self._desk.admit(definition, token, "emailChange", request)
        claimed = await self._desk.claimed(token, "emailChange")
        errors = {
            "token": await self._token_error(definition, token, claimed),
            "password": sent.length_error(password, PASSWORD_BYTES_MAX),
        }
        is_whole = errors["token"] is None and claimed is not None
        hashed = claimed.account.values["password"] if claimed is not None and is_whole else ""
        matches = errors["password"] is None and await self._desk.passwords.verify(password, hashed)
        if not matches:
            errors["password"] = errors["password"] or WRONG_PASSWORD
            await self._desk.attempts.failed(attempt)
        sent.refuse(errors)
        if claimed is None:
            raise BadRequest("bad_submission")
        account, new = claimed.account, claimed.text("newEmail")
        field = definition.collection.field_by_name["email"]
        if isinstance(field, EmailField):
            sent.refuse({"email": field.check(new)})
        values = {"email": new, "verified": True}

        def confirm(unit: Unit) -> Command[None]:
            try:
                yield from change(unit, definition, account, values)
            except Invalid as taken:
                taken_meanwhile = {"token": FieldError("validation_invalid_token_email")}
                raise Invalid("bad_submission", taken_meanwhile) from taken

        await self._desk.kernel.run(request, confirm)

    async def _token_error(
        self, definition: Definition, token: str, claimed: Claimed | None
    ) -> FieldError | None:
        if not token:
            return sent.REQUIRED
        claims = tokens.unverified(token)
        new = claims.get("newEmail") if claims else None
        if not (isinstance(new, str) and new):
            return FieldError("validation_invalid_token_payload")
        error = token_error(definition, token, claimed)  # first: who signed nothing learns nothing
        if error is None and await self._desk.principals.named(definition, "email", new):
            return FieldError("validation_invalid_token_email")
        return error
