"""What the engine counts for Prometheus."""

from typing import Final

from prometheus_client import Counter

_RULE_DECISIONS = Counter(
    "holobase_rule_decisions",
    "Rules about one record that were decided, by what decided them.",
    ["backend"],
)
DECIDED_BY_REQUEST: Final = _RULE_DECISIONS.labels("request")
DECIDED_IN_MEMORY: Final = _RULE_DECISIONS.labels("memory")
DECIDED_BY_SQL: Final = _RULE_DECISIONS.labels("sql")
