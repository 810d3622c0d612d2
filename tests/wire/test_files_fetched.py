"""Files that are asked for: headers, parts, conditions, and who may have the protected ones."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.wire.filing import Filing, filing_of, png
from tests.wire.world import World

PNG = png()
SIZE = len(PNG)


@pytest.fixture(scope="module")
def files(world: World) -> Iterator[Filing]:
    """A collection of this module's own."""
    with filing_of(world) as made:
        yield made


@pytest.fixture(scope="module")
def record(files: Filing) -> dict[str, Any]:
    """A record with a picture and a text."""
    return files.made(("one", ("a.png", PNG)), ("many", ("b.txt", b"0123456789")))


def test_a_file_comes_with_the_headers_of_the_reference(
    files: Filing, record: dict[str, Any]
) -> None:
    answer = files.get(record, record["one"], headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.content == PNG
    given = {k: v for k, v in answer.headers.items() if k not in ("date", "last-modified")}
    assert given == {
        "accept-ranges": "bytes",
        "cache-control": "max-age=2592000, stale-while-revalidate=86400",
        "content-disposition": f'inline; filename="{record["one"]}"',
        "content-length": str(SIZE),
        "content-security-policy": "default-src 'none'; media-src 'self'; "
        "style-src 'unsafe-inline'; sandbox",
        "content-type": "image/png",
        "cross-origin-opener-policy": "same-origin",
        "vary": "Origin",
        "x-content-type-options": "nosniff",
        "x-xss-protection": "1; mode=block",
    }
    assert answer.headers["last-modified"].endswith(" GMT")
    head = files.client.head(f"/api/files/{files.name}/{record['id']}/{record['one']}")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(SIZE)
    assert "access-control-allow-origin" not in answer.headers
    shared = files.get(record, record["one"], headers={"origin": "https://a.example"})
    assert shared.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("query", "kind"),
    [("", "inline"), ("?download=1", "attachment"), ("?download=true", "attachment"),
     ("?download", "inline"), ("?download=0", "inline"), ("?download=yes", "inline")],
)  # fmt: skip
def test_a_picture_is_shown_unless_it_is_to_be_saved(
    files: Filing, record: dict[str, Any], query: str, kind: str
) -> None:
    disposition = files.get(record, record["one"] + query).headers["content-disposition"]
    assert disposition == f'{kind}; filename="{record["one"]}"'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.svg", b"<svg xmlns='x'/>", "image/svg+xml"),
        ("a.css", b"a {}", "text/css"),
        ("a.js", b"alert(1)", "text/javascript"),
        ("a.html", b"<html>", "text/html; charset=utf-8"),
        ("a.txt", b"words", "text/plain; charset=utf-8"),
    ],
)
def test_what_could_run_in_a_browser_is_to_be_saved(
    files: Filing, name: str, content: bytes, kind: str
) -> None:
    made = files.made(("many", (name, content)))
    answer = files.get(made, made["many"][0])
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("asked", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, PNG[:4], f"bytes 0-3/{SIZE}"),
        ("bytes=4-", 206, PNG[4:], f"bytes 4-{SIZE - 1}/{SIZE}"),
        ("bytes=-3", 206, PNG[-3:], f"bytes {SIZE - 3}-{SIZE - 1}/{SIZE}"),
        ("bytes=0-99999", 206, PNG, f"bytes 0-{SIZE - 1}/{SIZE}"),
        ("bytes=-99999", 206, PNG, f"bytes 0-{SIZE - 1}/{SIZE}"),
        (f"bytes={SIZE}-", 416, b"", f"bytes */{SIZE}"),
        ("bytes=9-3", 416, b"", f"bytes */{SIZE}"),
        ("bytes=a-b", 416, b"", f"bytes */{SIZE}"),
        ("items=0-3", 416, b"", f"bytes */{SIZE}"),
        ("bytes=" + "0-1," * 40, 200, PNG, None),
    ],
)
def test_parts_are_given(
    files: Filing,
    record: dict[str, Any],
    asked: str,
    status: int,
    content: bytes,
    content_range: str | None,
) -> None:
    answer = files.get(record, record["one"], headers={"range": asked})
    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("content-range") == content_range


def test_several_parts_come_in_one_answer(files: Filing, record: dict[str, Any]) -> None:
    answer = files.get(record, record["one"], headers={"range": "bytes=0-1,4-5"})
    assert answer.status_code == 206
    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    first, second = (
        f"--{boundary}\r\nContent-Range: bytes {part}/{SIZE}\r\nContent-Type: image/png\r\n\r\n"
        for part in ("0-1", "4-5")
    )
    whole = f"{first}\x89P\r\n{second}\r\n\r\n--{boundary}--\r\n".encode("latin-1")
    assert answer.content == whole
    assert answer.headers["content-length"] == str(len(whole))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-modified-since": "{modified}"}, 304),
        ({"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ({"if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"', "if-modified-since": "{modified}"}, 200),
        ({"if-match": '"x"'}, 412),
        ({"if-match": "*"}, 200),
        ({"if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 412),
        ({"if-unmodified-since": "{modified}"}, 200),
        ({"range": "bytes=0-1", "if-range": "{modified}"}, 206),
        ({"range": "bytes=0-1", "if-range": '"x"'}, 200),
        ({"range": "bytes=0-1", "if-range": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
    ],
)
def test_conditions_are_kept(
    files: Filing, record: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    modified = files.get(record, record["one"]).headers["last-modified"]
    asked = {name: value.replace("{modified}", modified) for name, value in headers.items()}
    answer = files.get(record, record["one"], headers=asked)
    assert answer.status_code == status
    if status == 304:
        assert answer.content == b""
        assert answer.headers["last-modified"] == modified


def test_what_is_not_there_is_not_found(files: Filing, record: dict[str, Any]) -> None:
    one, base = record["one"], f"/api/files/{files.name}"
    for path in (
        f"/api/files/nothing/{record['id']}/{one}",
        f"{base}/nobody000000000/{one}",
        f"{base}/{record['id']}/other.png",
        f"{base}/{record['id']}/{one}.attrs",
        f"{base}/{record['id']}/..%2F{record['id']}%2F{one}",
        f"{base}/{record['id']}/{one.upper()}",
        f"{base}/{record['id']}/",
    ):
        answer = files.client.get(path)
        assert (answer.status_code, answer.json()["data"]) == (404, {}), path
    assert files.client.get(f"/api/files/{files.id}/{record['id']}/{one}").status_code == 200


def test_a_blob_that_is_missing_is_not_found(files: Filing) -> None:
    made = files.made(("one", ("a.png", PNG)))
    (files.storage / files.id / made["id"] / made["one"]).unlink()
    assert files.get(made, made["one"]).status_code == 404
    assert files.get(made, made["one"] + "?thumb=10x10").status_code == 404


def test_a_token_for_files_is_for_whoever_is_logged_in(world: World, files: Filing) -> None:
    assert files.client.post("/api/files/token").status_code == 401
    answer = world.ask("alice", "POST", "/api/files/token")
    assert answer.status_code == 200
    assert list(answer.json()) == ["token"]
    token = answer.json()["token"]
    headers = {"authorization": token}  # it opens nothing else
    assert files.client.post("/api/files/token", headers=headers).status_code == 401


def file_token(world: World, who: str) -> str:
    return str(world.ask(who, "POST", "/api/files/token").json()["token"])


def test_a_protected_file_is_shown_by_the_view_rule(world: World) -> None:
    alice = world.ids["alice"]
    rule = f"@request.auth.id = '{alice}' && @request.context = 'protectedFile'"
    with filing_of(world, viewRule=rule) as guarded:
        made = guarded.made(("guarded", ("a.png", PNG)))

        def status(token: str = "", **headers: str) -> int:
            query = f"?token={token}" if token else ""
            return guarded.get(made, made["guarded"] + query, headers=headers).status_code

        assert status(file_token(world, "alice")) == 200
        assert status(file_token(world, "root")) == 200
        assert status(file_token(world, "bob")) == 404
        assert status() == status("nonsense") == 404
        assert status(world.tokens["alice"]) == 404, "a login is no file token"
        assert status(authorization=world.tokens["alice"]) == 404
        assert status(authorization=world.tokens["root"]) == 404


def test_a_protected_file_of_an_open_collection_needs_no_token(files: Filing) -> None:
    made = files.made(("guarded", ("a.png", PNG)))
    assert files.get(made, made["guarded"]).status_code == 200


def test_a_protected_file_behind_a_locked_rule_is_for_superusers(world: World) -> None:
    with filing_of(world, viewRule=None) as locked:
        made = locked.made(("guarded", ("a.png", PNG)), ("one", ("b.png", PNG)))
        assert locked.get(made, made["guarded"]).status_code == 404
        token = file_token(world, "alice")
        assert locked.get(made, f"{made['guarded']}?token={token}").status_code == 404
        token = file_token(world, "root")
        assert locked.get(made, f"{made['guarded']}?token={token}").status_code == 200
        assert locked.get(made, made["one"]).status_code == 200, "others need only the address"


def test_a_storage_is_tried_only_where_it_is_enabled(world: World) -> None:
    def tried(body: Any) -> httpx.Response:
        return world.ask("root", "POST", "/api/settings/test/s3", body=body)

    assert world.ask("alice", "POST", "/api/settings/test/s3", body={}).status_code == 403
    assert tried({}).json()["data"]["filesystem"]["code"] == "validation_required"
    wrong = tried({"filesystem": "elsewhere"})
    assert wrong.json()["data"]["filesystem"]["code"] == "validation_in_invalid"
    disabled = tried({"filesystem": "storage"})
    assert (disabled.status_code, disabled.json()["data"]) == (400, {})


def test_a_file_that_a_view_shows_is_the_one_of_the_record_behind_it(world: World) -> None:
    with filing_of(world) as files:
        made = files.made(
            ("one", ("a.png", PNG)), ("many", ("b.txt", b"b")), ("many", ("c_c.txt", b"c"))
        )
        name = f"{files.name}_seen"
        query = f"SELECT id, one AS shown, many, guarded FROM {files.name}"
        body = {"name": name, "type": "view", "viewQuery": query, "listRule": "", "viewRule": ""}
        assert world.ask("root", "POST", "/api/collections", body=body).status_code == 200
        try:
            base = f"/api/files/{name}/{made['id']}"
            one = files.client.get(f"{base}/{made['one']}")
            assert (one.status_code, one.content) == (200, PNG)
            contents = [files.client.get(f"{base}/{file}").content for file in made["many"]]
            assert contents == [b"b", b"c"]
            thumb = files.client.get(f"{base}/{made['one']}?thumb=10x10")
            assert thumb.headers["content-disposition"].startswith('inline; filename="10x10_')
            assert files.client.get(f"{base}/other.png").status_code == 404
        finally:
            world.ask("root", "DELETE", f"/api/collections/{name}")
