"""What this floor counts: answers by class of status, workers replaced, and jobs."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from prometheus_client import Counter, Histogram

from holobase.api.exchange import Receive, Scope, Send

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

REPLACED: Final = Counter("holobase_workers_replaced", "Workers that died and were replaced.")
_ANSWERS: Final = Counter("holobase_requests", "Requests answered, by class of status.", ["status"])
_BY_CLASS: Final = {digit: _ANSWERS.labels(f"{digit}xx") for digit in range(1, 6)}
JOBS: Final = Counter("holobase_jobs", "Jobs run, by how they ended.", ["job", "outcome"])
JOB_DURATION: Final = Histogram(
    "holobase_job_seconds",
    "Time that jobs took.",
    ["job"],
    buckets=(0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3_600.0),
)


def counted(app: Application) -> Application:
    """The application, with every answer counted when it begins."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Scope) -> None:
            if message["type"] == "http.response.start":
                _BY_CLASS[message["status"] // 100].inc()
            await send(message)

        await app(scope, receive, count)

    return serve
