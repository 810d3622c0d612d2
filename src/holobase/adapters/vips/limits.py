"""What one picture may cost."""

import os
import resource
from typing import Final

PIXELS_MAX: Final = 50_000_000
"""Pixels of a picture, by its header: a camera's, and no bomb's. Four bytes each are 200 MB."""

MEMORY_BYTES_MAX: Final = 2 * 1024**3
"""Address space of an imaging process, of which half is its libraries."""

SECONDS_MAX: Final = 20.0
"""Time for one picture; the largest take two."""


NICENESS: Final = 5
"""Pictures may wait for requests, not the other way round."""


def limit_process() -> None:
    """Bounds the memory of this process for good, and lets others go before it."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_job() -> None:
    """Bounds the processor time of this process from now on: whoever started it may be dead."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + SECONDS_MAX) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))
