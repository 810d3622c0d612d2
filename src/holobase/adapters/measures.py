"""What every store counts about its commits and about hearing of those of others."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

COMMIT_COMMANDS: Final = Histogram(
    "holobase_commit_commands",
    "Commands that shared a commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
COMMIT_SECONDS: Final = Histogram(
    "holobase_commit_seconds",
    "Time from taking a group of commands to its durable commit, the turn included.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
COMMANDS_WAITING: Final = Gauge(
    "holobase_commands_waiting",
    "Commands left in the queue when a group was taken.",
    multiprocess_mode="livesum",
)
EVENTS_READ: Final = Counter(
    "holobase_events_read", "Events read from the log because another process committed them."
)
LAG_SECONDS: Final = Histogram(
    "holobase_log_lag_seconds",
    "Age of the newest event when a process reads what others have committed.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
