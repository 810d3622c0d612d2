"""When the server cannot do something now, it says when to come back; and how a cause is kept."""

import asyncio
from typing import Any
from unittest.mock import MagicMock

import pytest

from holobase.api.app import App
from holobase.api.surroundings import Surroundings
from holobase.domain.errors import Unavailable


class _Breaking:
    """An application of which, once there is an error, every part fails in the same way."""

    error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        if self.error is not None:
            raise self.error
        return MagicMock()  # what endpoints take when they are made


def _ask(error: Exception, path: str) -> tuple[dict[str, Any], bytes, list[str]]:
    told: list[str] = []
    surroundings = Surroundings(
        body_bytes_max=100,
        is_ready=lambda: False,
        log_error=lambda what, cause, _: told.append(f"{what}: {cause}"),
        start_job=lambda job: None,
    )
    application: Any = _Breaking()
    app = App(application, surroundings)
    application.error = error
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(app(scope, receive, send))
    return sent[0], sent[1]["body"], told


def test_unavailable_says_when_to_come_back() -> None:
    start, body, told = _ask(Unavailable("the disk is full"), "/api/collections/x/records")
    assert start["status"] == 503
    assert (b"retry-after", b"1") in start["headers"]
    assert b"disk" not in body
    assert told == ["GET /api/collections/x/records: the disk is full"]


@pytest.mark.parametrize("error", [ValueError("a secret"), KeyError("a secret")])
def test_a_cause_is_logged_and_not_told(error: Exception) -> None:
    start, body, told = _ask(error, "/api/collections/x/records")
    assert start["status"] == 500
    assert b"secret" not in body and body.endswith(b'"status":500}')
    assert len(told) == 1 and "a secret" in told[0]


def test_readiness_is_told_while_nothing_else_works() -> None:
    start, body, _ = _ask(ValueError(), "/readyz")
    assert (start["status"], body) == (503, b'{"status":"not ready"}')
    start, _, _ = _ask(ValueError(), "/livez")
    assert start["status"] == 200
