"""Health: what clients, supervisors and load balancers ask whether we are there."""

from collections.abc import Callable

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.api.proxies import likely_header
from holobase.engine.application import Application
from holobase.engine.backups.service import Backups
from holobase.kit.json import Json


class System:
    """The endpoints about the program itself."""

    def __init__(
        self, application: Application, is_ready: Callable[[], bool], backups: Backups | None
    ) -> None:
        self._application = application
        self._backups = backups
        self._is_ready = is_ready

    async def health(self, exchange: Exchange) -> None:
        """GET: whether the API answers; superusers hear how their request came here."""
        data: dict[str, Json] = {}
        if exchange.request.is_superuser:
            data = {
                "canBackup": self._backups is not None and not await self._backups.is_busy(),
                "realIP": exchange.address,
                "possibleProxyHeader": likely_header(exchange.proxy, exchange.all_of),
            }
        answer = {"message": "All is well.", "code": 200, "data": data}
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def live(self, exchange: Exchange) -> None:
        """GET: 200 while the process serves at all."""
        await exchange.answer_json(200, {"status": "live"})

    async def ready(self, exchange: Exchange) -> None:
        """GET: 200 when requests may be sent here, 503 while starting, stopping or broken."""
        ready = self._is_ready()
        await exchange.answer_json(
            200 if ready else 503, {"status": "ready" if ready else "not ready"}
        )
