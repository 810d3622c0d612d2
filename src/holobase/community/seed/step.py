"""One step of the demo data: who sends what, and when."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Step:
    """A record to create or, with verb `update`, to change; `body["id"]` names it either way.

    `body` is what a client would send. `actor` is the id of the user who sends it, None for the
    server itself. `at` is Unix milliseconds.
    """

    collection: str
    body: dict[str, Any]
    actor: str | None
    at: int
    verb: Literal["create", "update"] = "create"
