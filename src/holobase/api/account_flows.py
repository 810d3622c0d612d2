"""`/api/collections/{collection}/request-…`, `confirm-…` and `auth-with-otp`: what people do about
their accounts by mail.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from holobase.api import asking, bodies
from holobase.api.accounts import BODY_BYTES_MAX, Accounts
from holobase.api.exchange import Exchange
from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.engine.catalogue import Definition
from holobase.kit.json import Json

T = TypeVar("T")
Flow: TypeAlias = Callable[[Definition, dict[str, Json], Request], Awaitable[T]]


class AccountFlows:
    """The endpoints of the flows."""

    def __init__(self, application: Application, accounts: Accounts) -> None:
        self._application = application
        self._accounts = accounts
        self._flows = application.flows

    async def request_otp(self, exchange: Exchange, name: str) -> None:
        """POST: sends a one-time code; its id, or one like it for an address that nobody has."""
        fields = asking.fields_of(exchange)
        otp_id = await self._run(exchange, name, self._flows.codes.request)
        await exchange.answer(200, asking.picked({"otpId": otp_id}, fields))

    async def auth_with_otp(self, exchange: Exchange, name: str) -> None:
        """POST: a token and the account for a one-time code."""
        definition = self._application.catalogue.of_accounts(name)
        session = await self._run(exchange, name, self._flows.codes.enter)
        await self._accounts.answer(exchange, definition, session)

    async def request_password_reset(self, exchange: Exchange, name: str) -> None:
        """POST: sends a link to choose a new password; 204, whoever has the address."""
        await self._run(exchange, name, self._flows.resets.request)
        await exchange.answer(204)

    async def confirm_password_reset(self, exchange: Exchange, name: str) -> None:
        """POST: takes the new password; 204."""
        await self._run(exchange, name, self._flows.resets.confirm)
        await exchange.answer(204)

    async def request_verification(self, exchange: Exchange, name: str) -> None:
        """POST: sends a link to confirm an address; 204, whoever has it."""
        await self._run(exchange, name, self._flows.verifications.request)
        await exchange.answer(204)

    async def confirm_verification(self, exchange: Exchange, name: str) -> None:
        """POST: takes the address for confirmed; 204."""
        await self._run(exchange, name, self._flows.verifications.confirm)
        await exchange.answer(204)

    async def request_email_change(self, exchange: Exchange, name: str) -> None:
        """POST: sends a link to the new address of the caller; 204 when it is sent."""
        await self._run(exchange, name, self._flows.email_changes.request)
        await exchange.answer(204)

    async def confirm_email_change(self, exchange: Exchange, name: str) -> None:
        """POST: takes the new address for the account's own; 204."""
        await self._run(exchange, name, self._flows.email_changes.confirm)
        await exchange.answer(204)

    async def _run(self, exchange: Exchange, name: str, flow: Flow[T]) -> T:
        definition = self._application.catalogue.of_accounts(name)
        body = await bodies.read_map(exchange, BODY_BYTES_MAX, as_texts=True)
        application = self._application
        return await application.kernel.steadily(
            definition, lambda current: flow(current, body, exchange.request)
        )
