"""A server that is killed loses no mail that it has promised."""

import time
from email.message import Message
from pathlib import Path

import apsw
import httpx

from holobase.engine.mail.queue import LEASE_SECONDS
from tests.server import run, serve
from tests.unit.adapters.smtp_sink import free_port, sink
from tests.wire.world import PASSWORD, ROOT

WAIT_SECONDS = 60.0

PEOPLE = 3


def wait_out_the_lease(data: Path) -> None:
    """Lets pass, for the queue alone, how long a mail is left to a process that may have died."""
    connection = apsw.Connection(str(data / "holobase.db"))
    connection.execute("UPDATE hb_mails SET due = due - ?", (LEASE_SECONDS * 1000,))
    connection.close()


def test_a_killed_server_sends_what_was_asked_for(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
    assert made.returncode == 0, made.stderr
    with serve(data) as server, httpx.Client(base_url=server.url, timeout=20) as client:
        login = {"identity": ROOT, "password": PASSWORD}
        path = "/api/collections/_superusers/auth-with-password"
        headers = {"authorization": client.post(path, json=login).json()["token"]}
        smtp = {"enabled": True, "host": "127.0.0.1", "port": port}
        changed = client.patch("/api/settings", json={"smtp": smtp}, headers=headers)
        assert changed.status_code == 200, changed.text
        for number in range(PEOPLE):
            person = {"username": f"fan{number}", "email": f"fan{number}@example.com"}
            passwords = {"password": PASSWORD, "passwordConfirm": PASSWORD}
            users = "/api/collections/users"
            sent = client.post(f"{users}/records", json={**person, **passwords})
            assert sent.status_code == 200, sent.text
            asked = client.post(f"{users}/request-verification", json=person)
            assert asked.status_code == 204
        server.kill()
    wait_out_the_lease(data)
    with sink(port=port) as found, serve(data, "--workers", "2"):
        deadline = time.monotonic() + WAIT_SECONDS
        while len(found.messages) < PEOPLE:
            assert time.monotonic() < deadline, f"{len(found.messages)} of {PEOPLE} mails"
            time.sleep(0.05)
    messages: list[Message] = found.messages
    assert sorted(str(m["To"]) for m in messages) == [f"fan{n}@example.com" for n in range(PEOPLE)]
    assert len({message["Message-ID"] for message in messages}) == PEOPLE
