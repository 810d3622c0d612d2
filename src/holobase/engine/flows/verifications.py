"""Confirmed addresses: asking for a link by mail, and following it."""

from collections.abc import Mapping

from holobase.domain.errors import BadRequest, FieldError
from holobase.domain.fields import Value
from holobase.domain.principal import SUPERUSERS, Request
from holobase.engine.accounts import sent, tokens
from holobase.engine.catalogue import Definition
from holobase.engine.flows.desk import Desk, about, change, undisturbed
from holobase.engine.flows.resets import token_error
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command


class Verifications:
    """Proofs that an address is the account's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def request(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        """Sends a link to whoever has the address, unless it is confirmed. Raises BadRequest (the
        superusers) and Invalid."""
        refuse_superusers(definition, "superusers_are_verified")
        account, is_known = await self._desk.account(definition, sent.email(body))
        now = request.now or self._desk.kernel.clock()
        email = account.values["email"]
        token = tokens.issue_to_mail("verification", account, definition, now, email=email)
        occasion = self._desk.occasion("verification", definition, account, request, TOKEN=token)
        duration = tokens.options_of(definition, "verification").duration
        letter = await self._desk.postbox.letter(occasion, duration)
        is_meant = is_known and not account.values["verified"]
        await self._desk.post(request, letter, about("verification", account), is_meant=is_meant)

    async def confirm(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        """Takes the address for confirmed; again is the same as once. Raises BadRequest (the
        superusers) and Invalid."""
        await undisturbed(lambda: self._confirm(definition, body, request))

    async def _confirm(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> None:
        refuse_superusers(definition, "superusers_are_verified")
        token = sent.text(body, "token")
        claims = tokens.unverified(token)
        if token and not (claims and claims.get("email")):
            sent.refuse({"token": FieldError("validation_invalid_token_claims")})
        attempt = await self._desk.admit(definition, token, "verification", request)
        claimed = await self._desk.claimed(token, "verification")
        wrong_token = token_error(definition, token, claimed)
        if wrong_token is not None:
            await self._desk.attempts.failed(attempt)
        sent.refuse({"token": wrong_token})
        if claimed is None:
            raise BadRequest("bad_submission")
        account = claimed.account
        if claimed.text("email") != account.values["email"]:
            sent.refuse({"token": FieldError("validation_token_email_mismatch")})
        values: dict[str, Value] = {"verified": True}
        auth = definition.collection.auth
        if not account.values["verified"] and not (auth and auth.password_auth.enabled):
            values["password"] = await self._desk.random_hash(definition)

        def confirm(unit: Unit) -> Command[None]:
            if not account.values["verified"]:
                yield from change(unit, definition, account, values)
            yield from self._desk.postbox.queue.lift(about("verification", account))

        await self._desk.kernel.run(request, confirm)


def refuse_superusers(definition: Definition, reason: str) -> None:
    """Raises BadRequest where superusers have another way."""
    if definition.name == SUPERUSERS:
        raise BadRequest(reason)
