"""Jobs: what the server does by itself at set times. Each part of the engine names its own; the
runtime runs them, each due moment once however many processes there are.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is repeated. `schedule` is five fields of a crontab or a macro, in UTC.

    `run` may be called beside itself and again after a crash, so it must bear being repeated.
    """

    id: str
    schedule: str
    run: Callable[[], Awaitable[None]]
