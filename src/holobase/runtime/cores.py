"""How many processor cores this process may use: what decides how many workers there are."""

import math
import os
from pathlib import Path
from typing import Final

QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux tells a container how much of the machine it has: microseconds in each period."""


WORKERS_DEFAULT_MAX = 4
"""Workers that are started where nobody says how many: more cost memory that a small community
does not need."""


def how_many(workers: int | None) -> int:
    """How many workers there are: as many as somebody wants, or what the machine has cores for."""
    return workers or min(usable_cores(), WORKERS_DEFAULT_MAX)


def usable_cores(quota: Path = QUOTA) -> int:
    """Cores that are ours to use, at least one; a part of a core counts as one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, _allowed(quota)))


def _allowed(quota: Path) -> int:
    unbounded = 2**31
    try:
        share, period = quota.read_text().split()
        return unbounded if share == "max" else math.ceil(int(share) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return unbounded
