"""`/api/collections/{collection}/auth-…`: logging in and staying logged in."""

from collections.abc import Mapping
from typing import Final

from holobase.api import asking, bodies
from holobase.api.asking import INTEGER_MAX
from holobase.api.exchange import Exchange
from holobase.domain.collection import AuthOptions
from holobase.domain.errors import BadRequest, FieldError, Invalid
from holobase.engine.application import Application
from holobase.engine.catalogue import Definition
from holobase.engine.login import Session
from holobase.kit.json import Json

BODY_BYTES_MAX = 64 * 1024
"""Credentials are short."""

NOTHING: Final[Mapping[str, Json]] = {}
SECONDS_MAX = 100 * 365 * 86_400
"""Longest life of a token: past it the end of a token cannot be told as a date."""


class Accounts:
    """The endpoints of accounts."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def methods(self, exchange: Exchange, name: str) -> None:
        """GET: how accounts of this collection can log in; the last three keys are for old SDKs."""
        definition = self._application.catalogue.of_accounts(name)
        auth = definition.collection.auth or AuthOptions()
        password, mfa, otp = auth.password_auth, auth.mfa, auth.otp
        fields = password.identity_fields if password.enabled else ()
        providers = await self._application.oauth2.offers(auth.oauth2)
        answer = {
            "password": {"identityFields": fields, "enabled": password.enabled},
            "oauth2": {"providers": providers, "enabled": auth.oauth2.enabled},
            "mfa": {"enabled": mfa.enabled, "duration": mfa.duration if mfa.enabled else 0},
            "otp": {"enabled": otp.enabled, "duration": otp.duration if otp.enabled else 0},
            "authProviders": providers,
            "usernamePassword": "username" in fields,
            "emailPassword": "email" in fields,
        }
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def auth_with_password(self, exchange: Exchange, name: str) -> None:
        """POST: a token and the account for an identity and its password."""
        definition = self._application.catalogue.of_accounts(name)
        body = await bodies.read_map(exchange, BODY_BYTES_MAX, as_texts=True)
        login = self._application.login
        session = await self._application.kernel.steadily(
            definition, lambda current: login.with_password(current, body, exchange.request)
        )
        await self.answer(exchange, definition, session)

    async def auth_with_oauth2(self, exchange: Exchange, name: str) -> None:
        """POST: a token and the account of whom the code of a provider stands for."""
        definition = self._application.catalogue.of_accounts(name)
        asking.fields_of(exchange)  # a bad one is refused before the code is spent
        asking.expand_of(exchange)
        body = await bodies.read_map(exchange, BODY_BYTES_MAX, as_texts=True)
        entered = await self._application.oauth2.enter(definition, body, exchange.request)
        await self.answer(exchange, definition, entered.session, {"meta": entered.meta})

    async def auth_with_passkey(self, exchange: Exchange, name: str) -> None:
        """POST: a token and the account for the answer of a device to a challenge."""
        definition = self._application.catalogue.of_accounts(name)
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        login = self._application.login
        session = await self._application.kernel.steadily(
            definition, lambda current: login.with_passkey(current, body, exchange.request)
        )
        await self.answer(exchange, definition, session)

    async def auth_refresh(self, exchange: Exchange, name: str) -> None:
        """POST: a fresh token for one that is still good."""
        definition = self._application.catalogue.named(name)
        login, token = self._application.login, exchange.token
        session = await self._application.kernel.steadily(
            definition, lambda current: login.refresh(current, token, exchange.request)
        )
        await bodies.read_map(exchange, BODY_BYTES_MAX)  # it says nothing, but must be readable
        await self.answer(exchange, definition, session)

    async def impersonate(self, exchange: Exchange, name: str, record_id: str) -> None:
        """POST: a token that cannot be refreshed, to act as somebody else."""
        definition = self._application.catalogue.of_accounts(name)
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        seconds = _seconds(body.get("duration"))
        login = self._application.login
        session = await self._application.kernel.steadily(
            definition,
            lambda current: login.impersonate(current, record_id, seconds, exchange.request),
        )
        await self.answer(exchange, definition, session)

    async def admin_with_password(self, exchange: Exchange) -> None:
        """POST: logs a superuser in, at the address and in the shape of older SDKs."""
        definition = self._application.catalogue.superusers
        body = await bodies.read_map(exchange, BODY_BYTES_MAX, as_texts=True)
        login = self._application.login
        session = await self._application.kernel.steadily(
            definition, lambda current: login.with_password(current, body, exchange.request)
        )
        await self.answer(exchange, definition, session, shown_as="admin")

    async def admin_refresh(self, exchange: Exchange) -> None:
        """POST: a fresh token for a superuser, at the address and in the shape of older SDKs."""
        definition = self._application.catalogue.superusers
        login, token = self._application.login, exchange.token
        session = await self._application.kernel.steadily(
            definition, lambda current: login.refresh(current, token, exchange.request)
        )
        await self.answer(exchange, definition, session, shown_as="admin")

    async def answer(
        self,
        exchange: Exchange,
        definition: Definition,
        session: Session,
        more: Mapping[str, Json] = NOTHING,
        shown_as: str = "record",
    ) -> None:
        """Answers with the token and the account, as the account sees itself; and with `more`."""
        fields = asking.fields_of(exchange)
        expand, reading = asking.expand_of(exchange), self._application.reading
        record = await self._application.kernel.steadily(
            definition,
            lambda current: reading.show(current, session.record, session.request, expand),
        )
        answer = {**more, shown_as: record, "token": session.token}
        await exchange.answer(200, asking.picked(answer, fields))


def _seconds(duration: Json) -> int:
    """A submitted duration; 0 for none. Raises BadRequest for what is no whole number, Invalid for
    one that is negative."""
    if duration is None:
        return 0
    if isinstance(duration, bool) or not isinstance(duration, int) or duration > INTEGER_MAX:
        raise BadRequest("malformed_body")
    if duration < 0:
        error = FieldError("validation_min_greater_equal_than_required", {"threshold": 0})
        raise Invalid("login_failed", {"duration": error})
    return min(duration, SECONDS_MAX)
