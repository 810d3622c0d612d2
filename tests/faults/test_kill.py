"""`kill -9` under write load, a hundred times on two folders: a writer alone, and the server."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from holobase.runtime.settings import Settings
from tests import replay, server
from tests.faults.load import assert_whole

WRITER_KILLS = 88
SERVER_KILLS = 12
KILLS_BETWEEN_CHECKS = 20
ROOT = Path(__file__).parent.parent.parent
CLIENTS = 4


@contextmanager
def nursery(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def kill_one_writer(process: subprocess.Popen[str], chance: random.Random) -> set[str]:
    """Has a writer write for a moment, kills it, and gives what it was answered."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    pid = int(process.stdout.readline().removeprefix("pid "))
    killer = threading.Timer(chance.uniform(0.02, 0.25), os.kill, (pid, signal.SIGKILL))
    killer.start()
    answered = set()
    for line in process.stdout:
        if line.startswith("dead "):
            assert int(line.removeprefix("dead ")) == -signal.SIGKILL
            break
        answered.add(line.strip())
    killer.join()
    return answered


@pytest.mark.timeout(300)
def test_a_killed_writer_loses_nothing_it_answered(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    answered: set[str] = set()
    with nursery(tmp_path / "data") as process:
        for kill in range(1, WRITER_KILLS + 1):
            answered |= kill_one_writer(process, chance)
            if kill % KILLS_BETWEEN_CHECKS == 0 or kill == WRITER_KILLS:
                try:
                    assert_whole(tmp_path / "data", answered)
                except Exception as error:
                    raise AssertionError(f"after {kill} kills with seed {seed}") from error
    assert len(answered) > WRITER_KILLS


class Client(threading.Thread):
    """Somebody who posts until the server is gone."""

    def __init__(self, url: str, token: str, author: str) -> None:
        super().__init__(daemon=True)
        self.url, self.token, self.author = url, token, author
        self.answered: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        path = "/api/collections/community_posts/records"
        try:
            with httpx.Client(base_url=self.url, headers={"Authorization": self.token}) as client:
                while True:
                    answer = client.post(path, json={"author": self.author, "caption": "x"})
                    if answer.status_code == 200:
                        self.answered.append(answer.json()["id"])
                    else:
                        self.refused.append(answer.text)
                        return
        except httpx.TransportError:
            return


def sign_up(url: str) -> tuple[str, str]:
    """Makes an account; its token and id."""
    account = {"email": "killed@holobase.example", "username": "killed", "password": "12345678"}
    people = f"{url}/api/collections/users"
    made = httpx.post(
        f"{people}/records", json={**account, "passwordConfirm": "12345678", "name": "killed"}
    )
    assert made.status_code == 200, made.text
    login = {"identity": account["email"], "password": "12345678"}
    entered = httpx.post(f"{people}/auth-with-password", json=login)
    assert entered.status_code == 200, entered.text
    return entered.json()["token"], entered.json()["record"]["id"]


@pytest.mark.timeout(300)
def test_a_killed_server_loses_nothing_it_answered(tmp_path: Path) -> None:
    chance = random.Random()
    data = tmp_path / "data"
    token, author = "", ""
    answered: set[str] = set()
    for _ in range(SERVER_KILLS):
        running = server.start(data)
        try:
            if not token:
                token, author = sign_up(running.url)
            clients = [Client(running.url, token, author) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            time.sleep(chance.uniform(0.05, 0.5))
        finally:
            running.kill()
            running.log_path.unlink(missing_ok=True)
        for client in clients:
            client.join(20)
            assert not client.refused
            answered |= set(client.answered)
    with server.serve(data) as running:
        with httpx.Client(base_url=running.url, headers={"Authorization": token}) as reader:
            found = ids_of_posts(reader)
        assert answered <= found
    assert len(answered) > SERVER_KILLS
    replay.assert_replays(Settings(data=data))


def ids_of_posts(client: httpx.Client) -> set[str]:
    """Ids of all posts."""
    found: set[str] = set()
    page = 1
    while True:
        answer = client.get(
            "/api/collections/community_posts/records",
            params={"perPage": 1000, "page": page, "fields": "id", "skipTotal": 1},
        )
        items = answer.json()["items"]
        found |= {item["id"] for item in items}
        if len(items) < 1000:
            return found
        page += 1
