"""Backups in a bucket of a real S3 server, of an instance whose files are in another one."""

import time
from pathlib import Path

import httpx

from tests.mailbox import Mailbox
from tests.s3 import S3Server
from tests.server import run, serve
from tests.wire.filing import filing
from tests.wire.world import PASSWORD, ROOT

SECONDS_MAX = 60.0


def test_backups_and_files_in_buckets(s3: S3Server, tmp_path: Path) -> None:
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path)).returncode == 0
    with (
        serve(tmp_path, env={"HOLOBASE_FILES": s3.url(s3.new_bucket())}) as server,
        httpx.Client(base_url=server.url, timeout=60) as root,
    ):
        body = {"identity": ROOT, "password": PASSWORD}
        login = root.post("/api/collections/_superusers/auth-with-password", json=body).json()
        root.headers["authorization"] = login["token"]
        section = {"backups": {"s3": s3.section(s3.new_bucket())}}
        assert root.patch("/api/settings", json=section).status_code == 200
        tried = root.post("/api/settings/test/s3", json={"filesystem": "backups"})
        assert tried.status_code == 204
        with filing(server.url, login["token"], tmp_path / "storage") as notes:
            kept = notes.made(("one", ("a.txt", b"as it was")))
            assert root.post("/api/backups", json={"name": "a.zip"}).status_code == 204
            assert [each["key"] for each in root.get("/api/backups").json()] == ["a.zip"]
            assert not (tmp_path / "backups").exists()
            token = root.post("/api/files/token").json()["token"]
            part = root.get(f"/api/backups/a.zip?token={token}", headers={"range": "bytes=0-1"})
            assert (part.status_code, part.content) == (206, b"PK")
            assert root.delete(f"{notes.records}/{kept['id']}").status_code == 204
            assert root.post("/api/backups/a.zip/restore").status_code == 204
            deadline = time.monotonic() + SECONDS_MAX
            while notes.get(kept, kept["one"]).content != b"as it was":
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert root.delete("/api/backups/a.zip").status_code == 204
            assert root.get("/api/backups").json() == []
            assert root.delete("/api/backups/a.zip").status_code == 400
        unusable = s3.section(s3.new_bucket(), secret="wrong")
        failing = {"backups": {"s3": unusable, "cron": "0 0 1 1 *"}}
        assert root.patch("/api/settings", json=failing).status_code == 200
        assert root.post("/api/crons/__pbAutoBackup__").status_code == 204
        [mail] = Mailbox(tmp_path).await_mails(ROOT)
        assert "scheduled backup failed" in mail["Subject"]
