"""What every request passes before its route is asked: the addresses of superusers, and limits."""

from collections.abc import Sequence

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.api.limits import Limits
from holobase.api.router import Route
from holobase.api.tags import tags_of_route
from holobase.domain.errors import Forbidden
from holobase.domain.principal import SUPERUSERS, Request
from holobase.engine.application import Application


class Gate:
    """Asks the settings of the instance, which hold from the next request on."""

    def __init__(self, application: Application, limits: Limits) -> None:
        self._application = application
        self._limits = limits

    async def admit(self, exchange: Exchange, route: Route | None, names: Sequence[str]) -> None:
        """Finds out who asks and from where, and lets them pass. Raises Forbidden for a superuser
        who comes from elsewhere, and TooMany."""
        application, settings = self._application, self._application.instance_settings
        exchange.proxy = settings.held.trusted_proxy
        exchange.request = request = await asking.request_of(
            exchange, application.principals, application.kernel.clock
        )
        if request.is_superuser and not settings.lets_superuser_in(request.address):
            raise Forbidden("superuser_elsewhere")
        if self._limits.are_on:
            await self._check_rate(request, exchange.scope["path"], route, names)

    async def _check_rate(
        self, request: Request, path: str, route: Route | None, names: Sequence[str]
    ) -> None:
        tags = tags_of_route(route.method, route.path) if route else ()
        if route is None or not tags:
            await self._limits.check_path(request, path)
            return
        definition = self._application.catalogue.find(names[0] if names else SUPERUSERS)
        if definition is not None:  # else the route says that there is none
            await self._limits.check_tags(
                request, definition.collection, tags, f"{route.method} {route.path}", path
            )
