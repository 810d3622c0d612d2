"""What the engine counts for Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_RULE_DECISIONS = Counter(
    "holobase_rule_decisions",
    "Rules about one record that were decided, by what decided them.",
    ["backend"],
)
DECIDED_BY_REQUEST: Final = _RULE_DECISIONS.labels("request")
DECIDED_IN_MEMORY: Final = _RULE_DECISIONS.labels("memory")
DECIDED_BY_SQL: Final = _RULE_DECISIONS.labels("sql")

REALTIME_CLIENTS: Final = Gauge(
    "holobase_realtime_clients", "Clients that are connected.", multiprocess_mode="livesum"
)
REALTIME_JUDGED: Final = Counter(
    "holobase_realtime_judged", "Changes that were judged, once for all who are told the same."
)
REALTIME_TOLD: Final = Counter("holobase_realtime_told", "Messages that were sent.")
REALTIME_LAG: Final = Histogram(
    "holobase_realtime_lag_seconds",
    "Age of a change when everybody who is connected here has been told of it.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
REALTIME_CUT: Final = Counter("holobase_realtime_cut", "Clients that were cut for reading slowly.")
LOG_WRITTEN: Final = Counter("holobase_log_entries", "Entries written to the request log.")
LOG_DROPPED: Final = Counter(
    "holobase_log_entries_dropped", "Entries of the request log that were dropped: too many waited."
)
LOG_WAITING: Final = Gauge(
    "holobase_log_entries_waiting",
    "Entries of the request log that wait to be written.",
    multiprocess_mode="livesum",
)
