"""Roles on the command line."""

from pathlib import Path

import httpx

from tests.server import run, serve
from tests.wire.inside import ACCOUNT


def test_roles_are_given_and_taken_beside_a_running_server(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as server, httpx.Client(base_url=server.url) as client:
        made = client.post("/api/collections/users/records", json=ACCOUNT).json()
        login = client.post(
            "/api/collections/users/auth-with-password",
            json={"identity": "anna", "password": ACCOUNT["password"]},
        ).json()
        client.headers["authorization"] = login["token"]

        def roles(*arguments: str, code: int = 0) -> str:
            done = run("roles", *arguments, *server.options)
            assert done.returncode == code, done.stderr
            return done.stdout + done.stderr

        assert "operator: backups.create, " in roles("list")
        assert client.get("/api/settings").status_code == 403
        assert roles("grant", "anna", "operator") == "anna has the role operator.\n"
        assert client.get("/api/settings").status_code == 200
        assert "had already" in roles("grant", "anna@example.com", "operator")
        assert roles("show", made["id"]).startswith("Roles: member, operator\nPermissions: ")
        assert "no longer has" in roles("revoke", "anna", "operator")
        assert client.get("/api/settings").status_code == 403
        assert "did not have" in roles("revoke", "anna", "operator")
        assert roles("show", "anna") == "Roles: member\nPermissions: none\n"
        assert "no such role" in roles("grant", "anna", "king", code=1)
        assert "Nobody has" in roles("grant", "nobody", "operator", code=1)


def test_an_engine_alone_has_no_roles(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    made = run("superuser", "create", "root@example.com", "password123", "--data", data)
    assert made.returncode == 0
    done = run("roles", "show", "anna", "--data", data)
    assert done.returncode == 1
    assert "no roles here" in done.stderr
