"""What the program says of itself, as the log of requests keeps it."""

import logging as python_logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from holobase.domain.request_logs import ERROR, INFO, WARN
from holobase.runtime import logging, own_lines


class Logs:
    """Keeps what it is told from a level on."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.noted: list[tuple[int, str, Mapping[str, Any]]] = []

    def wants(self, level: int) -> bool:
        return level >= self.least

    def note(self, level: int, message: str, data: Mapping[str, Any]) -> None:
        self.noted.append((level, message, data))


@pytest.fixture
def logs() -> Iterator[Logs]:
    root = python_logging.getLogger()
    before, level = root.handlers[:], root.level
    logging.configure("INFO", "json")
    kept: Any = Logs(INFO)
    with own_lines.kept(kept):
        yield kept
    root.handlers[:], root.level = before, level


def test_a_line_is_kept_with_its_fields_and_its_error(logs: Logs) -> None:
    logging.get("holobase.jobs").error(
        "a job failed", exc_info=OSError("away"), **{"event.action": "x"}
    )
    logging.get("holobase.mail").warning("later", **{"file.path": "/a", "password": "p"})
    logging.get("holobase.mail").debug("nobody asked")
    python_logging.getLogger("uvicorn.error").warning("%s went %s", "it", "wrong")
    assert logs.noted == [
        (
            ERROR,
            "a job failed",
            {"event.action": "x", "error": "OSError: away", "logger": "holobase.jobs"},
        ),
        (WARN, "later", {"file.path": "/a", "password": "[hidden]", "logger": "holobase.mail"}),
        (WARN, "it went wrong", {"logger": "uvicorn.error"}),
    ]


@pytest.mark.parametrize("name", own_lines.ELSEWHERE)
def test_what_is_in_the_log_already_is_not_told_twice(logs: Logs, name: str) -> None:
    logging.get(name).error("GET /api/x", exc_info=OSError("away"))
    assert logs.noted == []


def test_what_the_settings_do_not_want_is_not_kept(logs: Logs) -> None:
    logs.least = ERROR
    logging.get("holobase.mail").warning("later")
    assert logs.noted == []
