"""What this floor counts: answers by class of status, workers replaced, and jobs."""

from typing import Final

from prometheus_client import Counter, Histogram

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


def count_answer(status: int) -> None:
    """Counts an answer, when it begins."""
    _BY_CLASS[status // 100].inc()
