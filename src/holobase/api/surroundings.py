"""What the API is given by whoever runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from holobase.engine.jobs import Job

LogError: TypeAlias = Callable[[str, Exception, str], None]
"""Called with method and path, the error, and the request's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`is_ready` tells load balancers whether to send requests here; `start_job` runs a job in the
    background."""

    body_bytes_max: int
    is_ready: Callable[[], bool]
    log_error: LogError
    start_job: Callable[[Job], None]
