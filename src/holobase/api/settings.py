"""`/api/settings`: what an operator changes while the instance runs."""

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.domain.settings import InstanceSettings, shown
from holobase.engine.application import Application

BODY_BYTES_MAX = 1024 * 1024
"""Room for thousands of rules; every change is kept in the log for good."""


class SettingsEndpoints:
    """The settings of the instance."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def show(self, exchange: Exchange) -> None:
        """GET: all settings, but for the secrets."""
        await self._answer(exchange, await self._application.instance_settings.current())

    async def change(self, exchange: Exchange) -> None:
        """PATCH: all settings after the change; what is not sent stays as it is."""
        changes = await bodies.read_json(exchange, BODY_BYTES_MAX)
        asking.fields_of(exchange)  # a bad one is refused before anything is written
        changed = await self._application.instance_settings.change(changes, exchange.request)
        await self._answer(exchange, changed)

    async def test_email(self, exchange: Exchange) -> None:
        """POST: sends one of the mails to an address, as a trial; 204 when it is sent."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        await self._application.flows.trials.send(body, exchange.request)
        await exchange.answer(204)

    async def _answer(self, exchange: Exchange, settings: InstanceSettings) -> None:
        await exchange.answer(200, asking.picked(shown(settings), asking.fields_of(exchange)))
