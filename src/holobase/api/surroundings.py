"""What the API is given by whoever runs it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from holobase.api.origins import ANYWHERE, Origins
from holobase.engine.backups.service import Backups
from holobase.engine.console import SqlConsole
from holobase.engine.jobs import Job
from holobase.engine.request_logs import RequestLogs
from holobase.ports.hub import Alone, Hub

LogError: TypeAlias = Callable[[str, Exception, str], None]
"""Called with method and path, the error, and the request's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`is_ready` tells load balancers whether to send requests here; `start_job` runs a job in the
    background; `hub` is the way to the other processes; `origins` may read our answers.
    Without `request_logs` no request is logged, without
    `console` there is no SQL, without `backups` there are none."""

    body_bytes_max: int
    is_ready: Callable[[], bool]
    log_error: LogError
    start_job: Callable[[Job], None]
    hub: Hub = field(default_factory=Alone)
    origins: Origins = ANYWHERE
    request_logs: RequestLogs | None = None
    console: SqlConsole | None = None
    backups: Backups | None = None
