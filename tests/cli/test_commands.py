"""The commands as a person types them: what they say, where, and how they leave."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.server import Server, run, serve

PASSWORD = "a long enough password"


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "-h"], ["superuser", "create", "-h"]])
def test_help(arguments: list[str]) -> None:
    done = run(*arguments, installed=True)
    assert done.returncode == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_version(arguments: list[str]) -> None:
    assert run(*arguments, installed=True).stdout.startswith("holobase 0.")


def test_the_program_runs_as_a_module_too() -> None:
    command = [sys.executable, "-m", "holobase", "version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == run("version", installed=True).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["serve", "--nothing"],
        ["superuser", "create"],
        ["seed", "--scale", "0"],
        ["log", "tail", "--limit", "many"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    done = run(*arguments, installed=True)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["superuser", "list"], ["superuser", "delete", "a@example.com"], ["log", "stats"]],
)
def test_a_folder_that_is_not_there_is_not_made(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, "--data", str(tmp_path / "none"))
    assert done.returncode == 2
    assert "no data folder" in " ".join(done.stderr.split())
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_folder_that_cannot_be_made(workers: str) -> None:
    done = run("serve", "--data", "/proc/none", "--workers", workers)
    assert done.returncode == 1
    assert done.stderr == "Error: There is no /proc/none, or it cannot be made.\n"


def test_a_setting_that_is_none(tmp_path: Path) -> None:
    done = run("serve", "--data", str(tmp_path / "data"), "--http", "nowhere")
    assert done.returncode == 1
    assert done.stderr == (
        "Error: A setting is not valid. http: must be HOST:PORT, for example 127.0.0.1:8090\n"
    )


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("serve", "--data", str(tmp_path / "data"), "--http", address)
    assert done.returncode == 1
    assert "already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_superusers_from_the_first_to_the_last(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert "Created" in run("superuser", "create", "a@example.com", PASSWORD, *data).stdout
    again = run("superuser", "create", "a@example.com", PASSWORD, *data)
    assert again.returncode == 1
    assert "taken" in again.stderr
    assert run("superuser", "upsert", "b@example.com", PASSWORD, *data).returncode == 0
    assert run("superuser", "update", "b@example.com", "another password", *data).returncode == 0
    listed = run("superuser", "list", *data).stdout
    assert "a@example.com" in listed
    assert "b@example.com" in listed
    assert run("superuser", "delete", "a@example.com", *data).returncode == 0
    assert "a@example.com" not in run("superuser", "list", *data).stdout


def test_a_password_may_be_typed_instead(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    done = run("superuser", "create", "a@example.com", *data, stdin=typed)
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_a_password_that_is_too_short(tmp_path: Path) -> None:
    done = run("superuser", "create", "a@example.com", "short", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "password" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_superuser_made_while_it_runs_can_log_in(server: Server) -> None:
    made = run("superuser", "create", "late@example.com", PASSWORD, *server.options)
    assert made.returncode == 0, made.stderr
    body = {"identity": "late@example.com", "password": PASSWORD}
    url = f"{server.url}/api/collections/_superusers/auth-with-password"
    assert httpx.post(url, json=body, timeout=20).status_code == 200


def test_a_code_can_be_made_for_a_superuser_whom_no_mail_reaches(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert run("superuser", "create", "a@example.com", PASSWORD, *data).returncode == 0
    refused = run("superuser", "otp", "a@example.com", *data)
    assert refused.returncode == 1 and "one-time codes" in refused.stderr
    unknown = run("superuser", "otp", "b@example.com", *data)
    assert unknown.returncode == 1 and "no superuser" in unknown.stderr
    with serve(tmp_path / "data") as server, httpx.Client(base_url=server.url) as client:
        path, body = "/api/collections/_superusers", {"identity": "a@example.com"}
        entered = client.post(f"{path}/auth-with-password", json={**body, "password": PASSWORD})
        headers = {"authorization": entered.json()["token"]}
        assert client.patch(path, json={"otp": {"enabled": True}}, headers=headers).is_success
        lines = run("superuser", "otp", "a@example.com", *data).stdout.splitlines()
        told = dict(line.split() for line in lines[1:])
        assert len(told["id"]) == 15 and len(told["code"]) == 8 and "180 seconds" in lines[0]
        sent = {"otpId": told["id"], "password": told["code"]}
        first = client.post(f"{path}/auth-with-otp", json=sent)
        assert first.status_code == 401 and list(first.json()) == ["mfaId"]
        second = {**body, "password": PASSWORD, **first.json()}
        assert client.post(f"{path}/auth-with-password", json=second).status_code == 200


def test_the_log_can_be_read_while_it_grows(server: Server) -> None:
    data = server.options
    lines = run("log", "tail", "--json", "--limit", "5", *data).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    positions = [event["position"] for event in events]
    assert len(events) == 5
    assert positions == sorted(positions)
    shown = run("log", "show", events[-1]["stream"], "--json", *data).stdout
    assert json.loads(shown.splitlines()[0])["version"] == 1
    assert "events in" in run("log", "stats", *data).stdout
    assert run("log", "show", "unified_cards/none", *data).returncode == 1


def test_replay_verifies(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert run("superuser", "create", "a@example.com", PASSWORD, *data).returncode == 0
    done = run("log", "replay", "--verify", *data)
    assert done.returncode == 0, done.stderr
    assert "Equal, cell by cell" in done.stdout


@pytest.mark.parametrize("http", ["127.0.0.1:0", "localhost:0", "[::1]:0"])
def test_serve_listens_and_leaves_in_peace(http: str, tmp_path: Path) -> None:
    with serve(tmp_path / "data", http=http, installed=True) as running:
        assert httpx.get(running.url + "/api/health").json()["code"] == 200
        assert running.stop() == 0
        assert "Traceback" not in running.log()
    assert (tmp_path / "data").is_dir()
