"""Health: what clients, supervisors and load balancers ask whether we are there."""

from collections.abc import Callable

from holobase.api.exchange import Exchange


class System:
    """The endpoints about the program itself."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        self._is_ready = is_ready

    async def health(self, exchange: Exchange) -> None:
        """GET: whether the API answers; its shape is the reference's."""
        await exchange.answer_json(200, {"message": "All is well.", "code": 200, "data": {}})

    async def live(self, exchange: Exchange) -> None:
        """GET: 200 while the process serves at all."""
        await exchange.answer_json(200, {"status": "live"})

    async def ready(self, exchange: Exchange) -> None:
        """GET: 200 when requests may be sent here, 503 while starting, stopping or broken."""
        ready = self._is_ready()
        await exchange.answer_json(
            200 if ready else 503, {"status": "ready" if ready else "not ready"}
        )
