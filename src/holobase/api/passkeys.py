"""`/api/collections/{collection}/passkeys`: making passkeys, and asking for one to log in with."""

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.domain.errors import BadRequest
from holobase.domain.principal import PASSKEYS
from holobase.engine.accounts.passkeys import Answer
from holobase.engine.application import Application

BODY_BYTES_MAX = 64 * 1024
"""A device answers with a few hundred bytes; its maker's certificates add some thousands."""


class PasskeyEndpoints:
    """The endpoints of passkeys. Those of an account are records of `_passkeys`."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def registration_options(self, exchange: Exchange, _collection: str) -> None:
        """POST: what a page asks a device for, to make a passkey."""
        account = asking.account_of(exchange)
        options = await self._application.passkeys.registration(account, exchange.request)
        await exchange.answer_json(200, options)

    async def register(self, exchange: Exchange, _collection: str) -> None:
        """POST: keeps the passkey that a device has made; its record."""
        request, account = exchange.request, asking.account_of(exchange)
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        fields = asking.fields_of(exchange)
        credential, called = body.get("credential"), body.get("name", "")
        if not isinstance(credential, dict) or not isinstance(called, str):
            raise BadRequest("malformed_body")
        application = self._application
        made = await application.passkeys.register(account, Answer(credential, called), request)
        shown = await application.kernel.steadily(
            application.catalogue.get(PASSKEYS),
            lambda current: application.reading.show(current, made, request, None),
        )
        await exchange.answer(200, asking.picked(shown, fields))

    async def login_options(self, exchange: Exchange, name: str) -> None:
        """POST: what a page asks a device for, to log in. It names nobody."""
        definition = self._application.catalogue.of_accounts(name)
        await exchange.answer_json(200, await self._application.passkeys.login(definition))
