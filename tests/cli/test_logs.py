"""Logs: one JSON object a line, ECS names, and nothing that should stay secret."""

import json
import logging as stdlib_logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from holobase.runtime import logging
from holobase.runtime.settings import LogFormat
from tests.server import serve


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = stdlib_logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_has_ecs_names(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("INFO", "json")
    logging.get("holobase.test").info("something happened", **{"url.path": "/api"})
    (line,) = written(capsys)
    assert list(line)[:3] == ["@timestamp", "log.level", "message"]
    assert line["log.level"] == "INFO"
    assert line["message"] == "something happened"
    assert line["service.name"] == "holobase"
    assert line["ecs.version"]
    assert line["log.logger"] == "holobase.test"
    assert line["url.path"] == "/api"


def test_libraries_go_through_the_same_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("INFO", "json")
    stdlib_logging.getLogger("somebody.else").warning("hello %s", "you")
    (line,) = written(capsys)
    assert (line["log.level"], line["message"]) == ("WARN", "hello you")


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("WARN", "json")
    log = logging.get("holobase.levels")
    log.info("unsaid")
    log.warning("said")
    assert [line["message"] for line in written(capsys)] == ["said"]


@pytest.mark.parametrize("name", ["authorization", "token", "new_password", "set-cookie"])
def test_secrets_are_hidden(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("INFO", "json")
    logging.get("holobase.test").info("x", **{name: "eyJ-very-secret"})
    assert "very-secret" not in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["json", "console"])
def test_a_failure_tells_where_but_no_values(
    format_: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.configure("INFO", format_)
    password = "hunter" + "2"  # written so that the line of code does not show it either
    try:
        _fail(password)
    except ZeroDivisionError as error:
        logging.get("holobase.test").error("it failed", exc_info=error)
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "hunter2" not in said


def test_a_running_server_logs_json_and_no_token(tmp_path: Path) -> None:
    with serve(tmp_path / "data", "--log-level", "DEBUG") as server:
        headers = {"Authorization": "a-token-to-look-for"}
        body = {"identity": "x@example.com", "password": "a-password-to-look-for"}
        login = f"{server.url}/api/collections/users/auth-with-password"
        httpx.post(login, json=body, headers=headers, timeout=20)
        server.stop()
        said = server.log()
    assert all(json.loads(line)["@timestamp"] for line in said.splitlines())
    assert "to-look-for" not in said


def _fail(password: str) -> float:
    return len(password) / 0
