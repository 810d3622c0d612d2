"""`/api/settings`: what superusers change while the instance runs."""

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.domain.settings import InstanceSettings, shown
from holobase.engine.application import Application

BODY_BYTES_MAX = 1024 * 1024
"""Room for thousands of rules; every change is kept in the log for good."""


class SettingsEndpoints:
    """The settings of the instance, for superusers alone."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def show(self, exchange: Exchange) -> None:
        """GET: all settings, but for the secrets."""
        await asking.superuser_of(exchange, self._application)
        await self._answer(exchange, await self._application.instance_settings.current())

    async def change(self, exchange: Exchange) -> None:
        """PATCH: all settings after the change; what is not sent stays as it is."""
        request = await asking.superuser_of(exchange, self._application)
        changes = await bodies.read_json(exchange, BODY_BYTES_MAX)
        asking.fields_of(exchange)  # a bad one is refused before anything is written
        changed = await self._application.instance_settings.change(changes, request)
        await self._answer(exchange, changed)

    async def _answer(self, exchange: Exchange, settings: InstanceSettings) -> None:
        await exchange.answer(200, asking.picked(shown(settings), asking.fields_of(exchange)))
