"""What this floor counts: answers by the first digit of their status, and workers replaced."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from prometheus_client import Counter

from holobase.api.exchange import Receive, Scope, Send

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

REPLACED: Final = Counter("holobase_workers_replaced", "Workers that died and were replaced.")
_ANSWERS: Final = Counter("holobase_requests", "Requests answered, by class of status.", ["status"])
_BY_CLASS: Final = {digit: _ANSWERS.labels(f"{digit}xx") for digit in range(1, 6)}


def counted(app: Application) -> Application:
    """The application, with every answer counted when it begins."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Scope) -> None:
            if message["type"] == "http.response.start":
                _BY_CLASS[message["status"] // 100].inc()
            await send(message)

        await app(scope, receive, count)

    return serve
