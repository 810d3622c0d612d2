"""Backups over the wire, next to everything else that a server does: who may make, see, send and
delete them, and what is no backup. Restoring has a server of its own (`test_backups_restored`).
"""

import asyncio
import io
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from holobase.engine.backups.format import MANIFEST
from holobase.runtime.wiring import backup_turn
from tests.wire.filing import Filing, filing_of
from tests.wire.rows import Row, check, rows
from tests.wire.test_guards import office  # noqa: F401 - a fixture
from tests.wire.world import World

PATH = "/api/backups"
NEWER, OTHER_KEY = '{"format": 99, "key": ""}', '{"format": 1, "key": ""}'
HELD_SECONDS = 0.6
"""Long enough for files to be deleted that nobody holds back."""

NAMES = ("made.zip", "sent.zip", "again (2).zip")


@pytest.fixture(scope="module")
def made(world: World) -> Iterator[str]:
    """The name of a backup that is there; all are gone afterwards."""
    answer = world.ask("root", "POST", PATH, body={"name": "made.zip"})
    assert (answer.status_code, answer.content) == (204, b""), answer.text
    yield "made.zip"
    for key in keys(world):
        assert world.ask("root", "DELETE", f"{PATH}/{key}").status_code == 204


def keys(world: World) -> list[str]:
    return [each["key"] for each in world.ask("root", "GET", PATH).json()]


def file_token(world: World, who: str) -> str:
    return str(world.ask(who, "POST", "/api/files/token").json()["token"])


def download(world: World, key: str, who: str = "root", **headers: str) -> httpx.Response:
    query = {"token": file_token(world, who)}
    return world.ask("guest", "GET", f"{PATH}/{key}", query=query, headers=headers)


def send(world: World, name: str, content: bytes, field: str = "file") -> httpx.Response:
    headers = {"authorization": world.tokens["root"]}
    files = {field: (name, content)}
    return httpx.post(f"{world.url}{PATH}/upload", files=files, headers=headers, timeout=20)


def zipped(entries: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return made.getvalue()


def codes(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    return {name: error["code"] for name, error in answer.json()["data"].items()}


def test_a_backup_is_listed_downloaded_sent_and_deleted(world: World, made: str) -> None:
    [listed] = world.ask("root", "GET", PATH).json()
    assert list(listed) == ["modified", "key", "size"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", listed["modified"])
    assert world.ask("root", "GET", PATH, query={"fields": "key"}).json() == [{"key": made}]
    got = download(world, made)
    assert (got.status_code, len(got.content)) == (200, listed["size"])
    assert got.headers["content-type"] == "application/zip"
    assert got.headers["content-disposition"] == f'attachment; filename="{made}"'
    assert got.headers["x-frame-options"] == "SAMEORIGIN"
    assert zipfile.ZipFile(io.BytesIO(got.content)).testzip() is None
    assert download(world, made, range="bytes=0-3").content == got.content[:4]
    # Its own name may be any; a name is taken once.
    for name in NAMES[1:]:
        assert send(world, name, got.content).status_code == 204
        assert codes(send(world, name, got.content)) == {"file": "validation_backup_name_exists"}
    assert send(world, "../../beside.zip", got.content).status_code == 204
    assert keys(world) == ["again (2).zip", "beside.zip", *sorted(NAMES[:2])]
    assert world.ask("root", "DELETE", f"{PATH}/beside.zip").status_code == 204
    assert world.ask("root", "DELETE", f"{PATH}/beside.zip").status_code == 400


def test_a_name_that_nobody_chose_tells_the_moment(world: World) -> None:
    before = set(keys(world))
    assert world.ask("root", "POST", PATH).status_code == 204
    [new] = set(keys(world)) - before
    assert re.fullmatch(r"pb_backup_\w+_\d{14}\.zip", new)
    assert world.ask("root", "DELETE", f"{PATH}/{new}").status_code == 204


@rows(
    Row(
        says="a name is taken once",
        who="root",
        method="POST",
        path=PATH,
        body={"name": "made.zip"},
        status=400,
        codes={"name": "validation_backup_name_exists"},
    ),
    *(
        Row(
            says=f"a name may not be like {name}",
            who="root",
            method="POST",
            path=PATH,
            body={"name": name},
            status=400,
            codes={"name": "validation_match_invalid"},
        )
        for name in ("A.zip", "a", "../a.zip", "a b.zip", "@auto_pb_backup_a.zip", "a.zip\n")
    ),
    Row(
        says="a name has an end",
        who="root",
        method="POST",
        path=PATH,
        body={"name": "x" * 147 + ".zip"},
        status=400,
        codes={"name": "validation_length_out_of_range"},
    ),
    Row(
        says="a number is no name",
        who="root",
        method="POST",
        path=PATH,
        body={"name": 5},
        status=400,
    ),
    Row(
        says="a text is no body",
        who="root",
        method="POST",
        path=PATH,
        content="x",
        headers={"content-type": "text/plain"},
        status=400,
    ),
    Row(
        says="nothing is no upload",
        who="root",
        method="POST",
        path=f"{PATH}/upload",
        status=400,
        codes={"file": "validation_required"},
    ),
    Row(
        says="JSON is no upload",
        who="root",
        method="POST",
        path=f"{PATH}/upload",
        body={},
        status=400,
        codes={"file": "validation_required"},
    ),
    *(
        Row(
            says=f"{method} {path} leads to no backup",
            who="root",
            method=method,
            path=PATH + path,
            status=400,
        )
        for method, path in (
            ("DELETE", "/no.zip"),
            ("POST", "/no.zip/restore"),
            ("POST", "/..%2Finstance.key/restore"),
        )
    ),
    Row(says="a download needs a token", who="root", path=f"{PATH}/made.zip", status=403),
    Row(says="and one that is good", path=f"{PATH}/made.zip", query={"token": "x"}, status=403),
    Row(says="a backup has a name", who="root", method="DELETE", path=f"{PATH}/", status=404),
)
@pytest.mark.usefixtures("made")
def test_what_is_refused(world: World, row: Row) -> None:
    check(world, row)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a text", "validation_invalid_mime_type"),
        (b"", "validation_invalid_mime_type"),
        (zipped({"data.db": "of PocketBase"}), "validation_backup_foreign"),
        (zipped({MANIFEST: "{}"}), "validation_backup_foreign"),
        (zipped({MANIFEST: NEWER}), "validation_backup_newer"),
        (zipped({MANIFEST: OTHER_KEY}), "validation_backup_other_key"),
        (zipped({MANIFEST: "{}", "../x": ""}), "validation_backup_unsafe"),
        (zipped({MANIFEST: "{"}), "validation_backup_damaged"),
    ],
)
def test_what_is_no_backup_is_not_kept(world: World, content: bytes, code: str) -> None:
    assert codes(send(world, "a.zip", content)) == {"file": code}
    assert "a.zip" not in keys(world)


def test_under_another_field_nothing_was_sent(world: World) -> None:
    assert codes(send(world, "a.zip", zipped({}), "other")) == {"file": "validation_required"}


@pytest.mark.parametrize("name", [".partial", "a.attrs"])
def test_a_name_that_nothing_can_be_stored_under(world: World, made: str, name: str) -> None:
    assert codes(send(world, name, download(world, made).content)) == {
        "file": "validation_invalid_value"
    }


def test_who_is_not_there_hears_of_no_backup(world: World, made: str) -> None:
    assert download(world, "no.zip").status_code == 404
    assert download(world, made, who="alice").status_code == 403


def test_an_operator_makes_backups_and_does_not_restore_them(
    office: World,  # noqa: F811 - the fixture
    made: str,
) -> None:
    assert office.ask("operator", "GET", PATH).status_code == 200
    assert download(office, made, who="operator").status_code == 200
    assert office.ask("operator", "POST", f"{PATH}/{made}/restore").status_code == 403
    assert office.ask("operator", "POST", f"{PATH}/upload").status_code == 403
    assert office.ask("operator", "DELETE", f"{PATH}/no.zip").status_code == 400


def test_superusers_from_elsewhere_download_nothing(world: World, made: str) -> None:
    token = file_token(world, "root")
    here: dict[str, Any] = {"headers": {"x-real-ip": "127.0.0.1"}}
    change = {"trustedProxy": {"headers": ["X-Real-IP"]}, "superuserIPs": ["127.0.0.1"]}
    assert world.ask("root", "PATCH", "/api/settings", body=change).status_code == 200
    for address, status in (("127.0.0.1", 200), ("9.9.9.9", 403)):
        headers = {"x-real-ip": address}
        query = {"token": token}
        answer = world.ask("guest", "GET", f"{PATH}/{made}", query=query, headers=headers)
        assert answer.status_code == status
    change = {"trustedProxy": {"headers": []}, "superuserIPs": []}
    assert world.ask("root", "PATCH", "/api/settings", body=change, **here).status_code == 200


def test_files_are_kept_while_a_backup_may_name_them(world: World) -> None:
    cleaning = "/api/crons/__holobaseFiles__"

    async def meanwhile(filing: Filing, record: dict[str, Any]) -> None:
        async with backup_turn(world.settings).attempt("x.zip") as is_ours:
            assert is_ours
            assert filing.client.delete(f"{filing.records}/{record['id']}").status_code == 204
            assert world.ask("root", "POST", cleaning).status_code == 204
            await asyncio.sleep(HELD_SECONDS)
            assert filing.stored(record) == [record["one"]]

    with filing_of(world) as filing:
        record = filing.made(("one", ("a.txt", b"a text")))
        asyncio.run(meanwhile(filing, record))
        assert world.ask("root", "POST", cleaning).status_code == 204
        filing.settle(record, [])


def test_while_one_is_made_there_is_no_other(world: World, made: str) -> None:
    async def meanwhile() -> None:
        async with backup_turn(world.settings).attempt(made) as is_ours:
            assert is_ours
            health = world.ask("root", "GET", "/api/health").json()
            assert health["data"]["canBackup"] is False
            for path in (PATH, f"{PATH}/{made}/restore"):
                assert world.ask("root", "POST", path, body={}).status_code == 400
            assert world.ask("root", "DELETE", f"{PATH}/{made}").status_code == 400

    asyncio.run(meanwhile())
    assert world.ask("root", "GET", "/api/health").json()["data"]["canBackup"] is True


def test_a_schedule_makes_them_and_keeps_the_newest(world: World) -> None:
    job = "__pbAutoBackup__"
    assert job not in [each["id"] for each in world.ask("root", "GET", "/api/crons").json()]
    change = {"backups": {"cron": "0 0 1 1 *", "cronMaxKeep": 1}}
    assert world.ask("root", "PATCH", "/api/settings", body=change).status_code == 200
    assert world.ask("root", "GET", "/api/crons").json()[-1] == {
        "id": job,
        "expression": "0 0 1 1 *",
    }
    made: set[str] = set()
    while len(made) < 2:
        now = automatic(world, job, made)
        assert len(now) == 1
        made |= now
    change = {"backups": {"cron": ""}}
    assert world.ask("root", "PATCH", "/api/settings", body=change).status_code == 200


def automatic(world: World, job: str, before: set[str]) -> set[str]:
    """The backups of the schedule, once there is one that was not there before. The job is asked
    for until then: it does not begin while the run before it is still at its end."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert world.ask("root", "POST", f"/api/crons/{job}").status_code == 204
        time.sleep(0.5)
        found = {key for key in keys(world) if key.startswith("@auto_pb_backup_")}
        if found - before and len(found) == 1:
            return found
    raise AssertionError("no backup was made")
