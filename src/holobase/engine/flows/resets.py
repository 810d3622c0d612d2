"""Forgotten passwords: asking for a link by mail, and choosing a new one."""

from collections.abc import Mapping
from typing import Final

from holobase.domain.errors import BadRequest, FieldError
from holobase.domain.fields import Value
from holobase.domain.principal import Request
from holobase.engine.accounts import sent, tokens
from holobase.engine.accounts.changes import MISMATCH
from holobase.engine.accounts.passwords import BYTES_MAX
from holobase.engine.catalogue import Definition
from holobase.engine.flows.desk import Claimed, Desk, about, change, undisturbed
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command

BAD_TOKEN: Final = FieldError("validation_invalid_token")
UNFIT: Final = FieldError("validation_invalid_value")
OTHER_COLLECTION: Final = FieldError("validation_token_collection_mismatch")


class Resets:
    """New passwords for forgotten ones."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def request(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        """Sends a link to whoever has the address. Raises BadRequest (passwords are off) and
        Invalid."""
        auth = definition.collection.auth
        if auth is None or not auth.password_auth.enabled:
            raise BadRequest("password_auth_disabled")
        account, is_known = await self._desk.account(definition, sent.email(body))
        now = request.now or self._desk.kernel.clock()
        email = account.values["email"]
        token = tokens.issue_to_mail("passwordReset", account, definition, now, email=email)
        occasion = self._desk.occasion("password-reset", definition, account, request, TOKEN=token)
        letter = await self._desk.postbox.letter(occasion, auth.password_reset_token.duration)
        name = about("password-reset", account)
        await self._desk.post(request, letter, name, is_meant=is_known)

    async def confirm(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        """Takes a new password, which ends all tokens. Raises Invalid."""
        await undisturbed(lambda: self._confirm(definition, body, request))

    async def _confirm(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        token, password = sent.text(body, "token"), sent.text(body, "password")
        repeated = sent.text(body, "passwordConfirm")
        field = definition.password
        attempt = await self._desk.admit(definition, token, "passwordReset", request)
        claimed = await self._desk.claimed(token, "passwordReset")
        wrong_token = token_error(definition, token, claimed)
        if wrong_token is not None:
            await self._desk.attempts.failed(attempt)
        sent.refuse(
            {
                "token": wrong_token,
                "password": sent.length_error(password, bytes_min=max(field.min, 1)),
                "passwordConfirm": _repetition_error(password, repeated),
            }
        )
        is_too_long = len(password.encode()) > BYTES_MAX
        sent.refuse({"password": UNFIT if is_too_long else field.check(password)})
        if claimed is None:
            raise BadRequest("bad_submission")
        account = claimed.account
        values: dict[str, Value] = {"password": await self._desk.passwords.hash(password, field)}
        if claimed.text("email") == account.values["email"]:
            values["verified"] = True

        def reset(unit: Unit) -> Command[None]:
            yield from change(unit, definition, account, values)
            yield from self._desk.postbox.queue.lift(about("password-reset", account))

        await self._desk.kernel.run(request, reset)


def _repetition_error(password: str, repeated: str) -> FieldError | None:
    if not repeated:
        return sent.REQUIRED
    return MISMATCH if repeated != password else None


def token_error(definition: Definition, token: str, claimed: Claimed | None) -> FieldError | None:
    """What is wrong with a mailed token."""
    if not token:
        return sent.REQUIRED
    if claimed is None:
        return BAD_TOKEN
    if claimed.definition.collection.id != definition.collection.id:
        return OTHER_COLLECTION
    return None
