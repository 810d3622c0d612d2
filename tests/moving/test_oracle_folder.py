"""With a real PocketBase, where there is one (see `tests.machine`): its folder comes in, and it
opens what goes out. Accounts stay logged in both ways.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from holobase.runtime.exporting import export_pocketbase
from holobase.runtime.moving import Source, import_pocketbase
from holobase.runtime.settings import Settings
from tests import machine
from tests.pb_data import field
from tests.server import serve

ROOT, PASSWORD = "root@example.com", "a long enough password"
START_SECONDS = 30.0


@contextmanager
def pocketbase(folder: Path) -> Iterator[httpx.Client]:
    """The program over a folder, for the length of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        machine.oracle(),
        "serve",
        "--dir",
        str(folder),
        "--http",
        address,
        "--automigrate=0",
    ]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://{address}", timeout=20) as client,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                try:
                    client.get("/api/health")
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, "PocketBase did not start"
                    time.sleep(0.05)
            yield client
        finally:
            process.terminate()
            try:
                process.wait(20)
            finally:
                process.kill()  # else the block would wait for ever


def log_in(client: httpx.Client, collection: str, identity: str) -> str:
    url = f"/api/collections/{collection}/auth-with-password"
    answer = client.post(url, json={"identity": identity, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def filled(folder: Path) -> tuple[str, str, str]:
    """Uses the program over its API; a token of a fan, and a file's name and record."""
    subprocess.run(
        [machine.oracle(), "superuser", "create", ROOT, PASSWORD, "--dir", str(folder)],
        check=True,
        capture_output=True,
    )
    with pocketbase(folder) as client:
        root = {"authorization": log_in(client, "_superusers", ROOT)}
        fan = {"email": "fan@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
        client.post("/api/collections/users/records", json={**fan, "name": "Fan"})
        fields = [
            field("text", "title"),
            field("number", "score"),
            field("json", "meta", maxSize=0),
            field("geoPoint", "place"),
            field("select", "tags", values=["a", "b"], maxSelect=2),
            field("file", "paper", maxSelect=1, maxSize=0),
        ]
        posts = {"name": "posts", "type": "base", "fields": fields, "listRule": "", "viewRule": ""}
        made = client.post("/api/collections", json=posts, headers=root)
        assert made.status_code == 200, made.text
        record = client.post(
            "/api/collections/posts/records",
            data={"title": "Hello", "score": "2.5", "meta": '{"b":1}', "tags": ["b", "a"]},
            files={"paper": ("A Paper.txt", b"words on paper")},
            headers=root,
        ).json()
        return log_in(client, "users", "fan@example.com"), record["paper"], record["id"]


def test_a_folder_of_the_program_comes_in_and_goes_out(tmp_path: Path) -> None:
    token, paper, record_id = filled(tmp_path / "pb_data")
    data = tmp_path / "data"
    settings = Settings(data=data, without_community=True)
    done = import_pocketbase(
        settings, Source(tmp_path / "pb_data"), lambda *_: None, only_plan=False
    )
    assert done.is_done, done.plan.obstacles
    assert done.logs > 0, "it logs every request"
    seen = []
    with serve(data, "--without-community") as server, httpx.Client(base_url=server.url) as ours:
        seen.append(look(ours, token, paper, record_id))
    export_pocketbase(settings, tmp_path / "out", "", lambda *_: None)
    with pocketbase(tmp_path / "out") as theirs:
        seen.append(look(theirs, token, paper, record_id))
    assert seen[0] == seen[1]


def look(client: httpx.Client, token: str, paper: str, record_id: str) -> list[object]:
    """What the fan sees, with the token of before."""
    headers = {"authorization": token}
    refreshed = client.post("/api/collections/users/auth-refresh", headers=headers)
    assert refreshed.status_code == 200, refreshed.text
    log_in(client, "users", "fan@example.com")
    log_in(client, "_superusers", ROOT)
    posts = client.get("/api/collections/posts/records").json()
    file = client.get(f"/api/files/posts/{record_id}/{paper}")
    assert file.content == b"words on paper"
    return [refreshed.json()["record"], posts, file.headers["content-type"]]
