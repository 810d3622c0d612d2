"""Secrets of collections, made anew on the command line."""

from pathlib import Path

import httpx

from tests.server import run, serve
from tests.wire.inside import ACCOUNT

USERS = "/api/collections/users"


def test_fresh_secrets_end_the_tokens_of_a_running_server(tmp_path: Path) -> None:
    credentials = {"identity": "anna", "password": ACCOUNT["password"]}
    with serve(tmp_path / "data") as server, httpx.Client(base_url=server.url) as client:

        def rotate(*arguments: str, code: int = 0) -> str:
            done = run("collections", "rotate-secret", *arguments, *server.options)
            assert done.returncode == code, done.stderr
            return done.stdout + done.stderr

        def refreshed() -> int:
            return client.post(f"{USERS}/auth-refresh").status_code

        def log_in() -> None:
            login = client.post(f"{USERS}/auth-with-password", json=credentials)
            client.headers["authorization"] = login.json()["token"]
            assert refreshed() == 200

        assert client.post(f"{USERS}/records", json=ACCOUNT).status_code == 200
        log_in()
        assert "file tokens of users" in rotate("users", "--kind", "file")
        assert refreshed() == 200
        rotate("users", "--kind", "auth")
        assert refreshed() == 401
        log_in()
        rotate("users")
        assert refreshed() == 401
        assert "no collection of accounts" in rotate("roles", code=1)
        assert "is none of" in rotate("users", "--kind", "all", code=2)
