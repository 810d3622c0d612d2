"""What every store counts about its commits and about hearing of those of others."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from holobase.domain.event import Event

_COMMIT_COMMANDS: Final = Histogram(
    "holobase_commit_commands",
    "Commands that shared a commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
_COMMIT_DURATION: Final = Histogram(
    "holobase_commit_seconds",
    "Time from the first command of a group to its durable commit, the turn included.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
_COMMANDS_WAITING: Final = Gauge(
    "holobase_commands_waiting",
    "Commands left in the queue when a group was taken.",
    multiprocess_mode="livesum",
)
_EVENTS_READ: Final = Counter(
    "holobase_events_read", "Events read from the log because another process committed them."
)
_LOG_LAG: Final = Histogram(
    "holobase_log_lag_seconds",
    "Age of the newest event when a process reads what others have committed.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


@contextmanager
def committing() -> Iterator[None]:
    """Around waiting for a turn and the commit."""
    with _COMMIT_DURATION.time():
        yield


def count_group(commands: int, waiting: int) -> None:
    """Takes note of a group: how many commands are in it, and how many are left."""
    _COMMANDS_WAITING.set(waiting)
    _COMMIT_COMMANDS.observe(commands)


def count_read(events: Sequence[Event]) -> None:
    """Takes note of events that were read to hear what others have committed; never none."""
    _EVENTS_READ.inc(len(events))
    _LOG_LAG.observe(max(0.0, time.time() - events[-1].at / 1_000))
