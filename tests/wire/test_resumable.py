"""Uploads that come piece by piece, each its sender's alone, and what records make of them."""

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from holobase.engine.files.parcels import PARCELS_MAX
from tests.wire.filing import Filing, chunk, filing_of, png
from tests.wire.world import World

UPLOADS = "/api/uploads"
PIECE = "application/offset+octet-stream"
LARGE = bytes(range(256)) * 80_000
"""20 MB: more than two parts."""


@pytest.fixture(scope="module")
def files(world: World) -> Iterator[Filing]:
    with filing_of(world) as made:
        yield made


def tus(**more: str) -> dict[str, str]:
    return {"tus-resumable": "1.0.0", **{k.replace("_", "-"): v for k, v in more.items()}}


def called(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()},note"


def begun(world: World, size: int, who: str = "alice", name: str = "My Card.png") -> str:
    headers = tus(upload_length=str(size), upload_metadata=called(name))
    answer = world.ask(who, "POST", UPLOADS, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def sent(
    world: World, where: str, content: bytes, offset: int = 0, who: str = "alice", **more: str
) -> httpx.Response:
    headers = tus(upload_offset=str(offset), content_type=PIECE, **more)
    return world.ask(who, "PATCH", where, content=content, headers=headers)


def offset_of(world: World, where: str, who: str = "alice") -> int | None:
    answer = world.ask(who, "HEAD", where, headers=tus())
    return int(answer.headers["upload-offset"]) if answer.status_code == 200 else None


def whole(world: World, content: bytes, who: str = "alice", name: str = "My Card.png") -> str:
    """What stands for an upload of this content."""
    where = begun(world, len(content), who, name)
    assert sent(world, where, content, who=who).status_code == 204
    return f"upload:{where.rpartition('/')[2]}"


def stored_parts(world: World, where: str) -> list[Path]:
    folder = world.settings.data / "storage" / "_uploads" / where.rpartition("/")[2]
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def make(world: World, files: Filing, who: str = "alice", **values: Any) -> httpx.Response:
    return world.ask(who, "POST", files.records, body=values)


def test_an_upload_comes_in_pieces_and_becomes_the_file_of_a_record(
    world: World, files: Filing
) -> None:
    picture = png(40, 40)
    where = begun(world, len(picture))
    assert offset_of(world, where) == 0
    first = sent(world, where, picture[:30])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "30")
    assert "GMT" in first.headers["upload-expires"]
    shown = world.ask("alice", "HEAD", where, headers=tus())
    assert {name: shown.headers[name] for name in ("upload-offset", "upload-length")} == {
        "upload-offset": "30",
        "upload-length": str(len(picture)),
    }
    assert shown.headers["upload-metadata"] == called("My Card.png")
    assert shown.headers["cache-control"] == "no-store"
    assert sent(world, where, picture[30:], 30).headers["upload-offset"] == str(len(picture))
    made = make(world, files, one=f"upload:{where.rpartition('/')[2]}")
    assert made.status_code == 200, made.text
    assert made.json()["one"].startswith("my_card_")
    assert files.get(made.json(), made.json()["one"]).content == picture
    assert offset_of(world, where) is None
    assert not stored_parts(world, where), "nothing is left of its parts"


def test_a_large_upload_is_put_together_from_its_parts(world: World, files: Filing) -> None:
    where = begun(world, len(LARGE))
    assert sent(world, where, LARGE[:9_000_000]).status_code == 204
    assert sent(world, where, LARGE[9_000_000:], 9_000_000).status_code == 204
    reference = f"upload:{where.rpartition('/')[2]}"
    with filing_of(world, fields=[{"name": "big", "type": "file", "maxSize": 50_000_000}]) as big:
        made = make(world, big, big=reference)
        assert made.status_code == 200, made.text
        got = big.get(made.json(), made.json()["big"]).content
        assert hashlib.sha256(got).digest() == hashlib.sha256(LARGE).digest()


@pytest.mark.parametrize("as_form", [False, True])
def test_uploads_go_where_files_go_in_creates_and_updates(
    world: World, files: Filing, as_form: bool
) -> None:
    def ask(method: str, path: str, values: Mapping[str, Any]) -> httpx.Response:
        if not as_form:
            return world.ask("alice", method, path, body=values)
        headers = {"authorization": world.tokens["alice"]}
        fields = [(key, (None, text)) for key, each in values.items() for text in each]
        return files.client.request(method, path, files=fields, headers=headers)

    first, second, third = (whole(world, text, name=f"{text!r}.txt") for text in (b"1", b"2", b"3"))
    made = ask("POST", files.records, {"many": [first, second]})
    assert made.status_code == 200, made.text
    path = f"{files.records}/{made.json()['id']}"
    changed = ask("PATCH", path, {"+many": [third]})
    assert changed.status_code == 200, changed.text
    names = changed.json()["many"]
    assert [files.get(made.json(), name).content for name in names] == [b"3", b"1", b"2"]


def test_an_upload_is_good_for_one_file_of_one_record(world: World, files: Filing) -> None:
    reference = whole(world, b"once", name="once.txt")
    assert make(world, files, one=reference, many=[reference]).status_code == 400
    assert make(world, files, many=[reference]).status_code == 200
    again = make(world, files, many=[reference])
    assert again.json()["data"]["many"]["code"] == "validation_invalid_file"


def test_a_batch_uses_an_upload_once_or_nothing_of_it_happens(world: World, files: Filing) -> None:
    batch = {"enabled": True, "maxRequests": 10, "timeout": 20}
    world.ask("root", "PATCH", "/api/settings", body={"batch": batch})
    reference = whole(world, b"once", name="once.txt")
    request = {"method": "POST", "url": files.records, "body": {"many": [reference]}}
    twice = world.ask("alice", "POST", "/api/batch", body={"requests": [request, request]})
    assert twice.status_code == 400
    assert list(twice.json()["data"]["requests"]) == ["1"]
    once = world.ask("alice", "POST", "/api/batch", body={"requests": [request]})
    assert once.status_code == 200, once.text


def test_a_refused_write_leaves_the_upload_for_the_next(world: World, files: Filing) -> None:
    reference = whole(world, b"text", name="text.txt")
    assert make(world, files, many=[reference], title="x" * 30).status_code == 400
    assert make(world, files, many=[reference], title="x").status_code == 200


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"x" * 20_001, "a.png", "validation_file_size_limit"),
        (b"\x00\x01binary", "a.png", "validation_invalid_mime_type"),
        (b"GIF89a not what it is called", "a.png", "validation_invalid_mime_type"),
    ],
)
def test_an_upload_is_held_to_the_rules_of_the_field(
    world: World, files: Filing, content: bytes, name: str, code: str
) -> None:
    answer = make(world, files, one=whole(world, content, name=name))
    assert answer.status_code == 400
    assert answer.json()["data"]["one"]["code"] == code


def test_the_number_of_files_counts_uploads_too(world: World, files: Filing) -> None:
    four = [whole(world, b"x", name=f"{n}.txt") for n in range(4)]
    answer = make(world, files, many=four)
    assert answer.json()["data"]["many"]["code"] == "validation_too_many_files"
    assert make(world, files, many=four[:3]).status_code == 200


def test_pictures_that_come_so_tell_nothing_either(world: World, files: Filing) -> None:
    told = png(8, 8, extra=chunk(b"tEXt", b"Comment\x00at home"))
    made = make(world, files, one=whole(world, told))
    assert b"at home" not in files.get(made.json(), made.json()["one"]).content


@pytest.mark.parametrize("who", ["bob", "mod", "root", "guest"])
def test_nobody_else_sees_goes_on_with_ends_or_uses_an_upload(
    world: World, files: Filing, who: str
) -> None:
    where = begun(world, 4)
    reference = f"upload:{where.rpartition('/')[2]}"
    refused = 401 if who == "guest" else 404
    assert world.ask(who, "HEAD", where, headers=tus()).status_code == refused
    assert sent(world, where, b"evil", who=who).status_code == refused
    assert world.ask(who, "DELETE", where, headers=tus()).status_code == refused
    assert sent(world, where, b"good").status_code == 204
    used = make(world, files, who, many=[reference])
    assert used.status_code == 400
    assert used.json()["data"]["many"]["code"] == "validation_invalid_file"
    assert make(world, files, many=[reference]).status_code == 200


def test_an_unfinished_upload_is_no_file(world: World, files: Filing) -> None:
    where = begun(world, 4)
    sent(world, where, b"ab")
    answer = make(world, files, many=[f"upload:{where.rpartition('/')[2]}"])
    assert answer.json()["data"]["many"]["code"] == "validation_invalid_file"
    assert world.ask("alice", "DELETE", where, headers=tus()).status_code == 204
    assert offset_of(world, where) is None
    assert sent(world, where, b"cd", 2).status_code == 404
    assert not stored_parts(world, where)


def test_an_empty_upload_is_whole_at_once(world: World, files: Filing) -> None:
    where = begun(world, 0, name="empty.txt")
    made = make(world, files, many=[f"upload:{where.rpartition('/')[2]}"])
    assert made.status_code == 200, made.text
    assert files.get(made.json(), made.json()["many"][0]).content == b""


def test_the_first_bytes_may_come_with_the_beginning(world: World) -> None:
    headers = tus(upload_length="5", content_type=PIECE)
    answer = world.ask("alice", "POST", UPLOADS, content=b"abc", headers=headers)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "3")
    world.ask("alice", "DELETE", answer.headers["location"], headers=tus())


def test_pieces_that_do_not_fit_are_refused_and_count_for_nothing(world: World) -> None:
    where = begun(world, 10)
    assert sent(world, where, b"abc").status_code == 204
    assert sent(world, where, b"abc").status_code == 409
    assert sent(world, where, b"abc", 5).status_code == 409
    assert sent(world, where, b"abcdefgh", 3).status_code == 413
    wrong = world.ask("alice", "PATCH", where, content=b"d", headers=tus(upload_offset="3"))
    assert wrong.status_code == 415
    for odd in ("-1", "1e1", "0x3", "9" * 40, ""):
        headers = tus(upload_offset=odd, content_type=PIECE)
        answer = world.ask("alice", "PATCH", where, content=b"d", headers=headers)
        assert answer.status_code == 400, odd
    assert offset_of(world, where) == 3
    world.ask("alice", "DELETE", where, headers=tus())


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_piece_with_a_checksum_counts_as_a_whole_or_not_at_all(
    world: World, algorithm: str
) -> None:
    where, piece = begun(world, 4), b"abcd"
    digest = base64.b64encode(hashlib.new(algorithm, piece).digest()).decode()
    bad = sent(world, where, b"abcX", upload_checksum=f"{algorithm} {digest}")
    assert bad.status_code == 460
    assert offset_of(world, where) == 0
    assert not stored_parts(world, where)
    assert sent(world, where, piece, upload_checksum=f"{algorithm} {digest}").status_code == 204
    world.ask("alice", "DELETE", where, headers=tus())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"upload-length": "-1"},
        {"upload-length": "ten"},
        {"upload-length": "1" * 30},
        {"upload-length": "1", "upload-metadata": "filename !!!"},
        {"upload-length": "1", "upload-metadata": "filename " + "YQ==" * 2_000},
        {"upload-length": "1", "upload-metadata": "filename AAA="},
        {"upload-length": "1", "content-type": PIECE, "upload-checksum": "crc32 AAAA"},
        {"upload-length": "1", "content-type": PIECE, "upload-checksum": "sha1 !"},
    ],
)
def test_what_cannot_be_read_begins_nothing(world: World, headers: dict[str, str]) -> None:
    answer = world.ask("alice", "POST", UPLOADS, content=b"", headers=tus() | headers)
    assert answer.status_code == 400, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"


def test_an_upload_whose_beginning_is_refused_is_none(world: World) -> None:
    world.person("hasty")
    headers = tus(upload_length="1", content_type=PIECE)
    for _ in range(PARCELS_MAX + 1):
        answer = world.ask("hasty", "POST", UPLOADS, content=b"too much", headers=headers)
        assert answer.status_code == 413
    assert begun(world, 1, "hasty")


def test_another_version_of_the_protocol_is_told_ours(world: World) -> None:
    for headers in ({}, {"tus-resumable": "0.2.2"}):
        answer = world.ask("alice", "POST", UPLOADS, headers={"upload-length": "1", **headers})
        assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")


def test_what_can_be_done_is_told_to_whoever_asks(world: World) -> None:
    answer = world.ask("guest", "OPTIONS", UPLOADS, headers={"origin": "https://cards.example"})
    assert answer.status_code == 204
    assert answer.headers["tus-extension"].split(",") == [
        "creation",
        "creation-with-upload",
        "termination",
        "expiration",
        "checksum",
    ]
    assert int(answer.headers["tus-max-size"]) == 1 << 30
    page = {"origin": "https://cards.example", **tus(upload_length="1")}
    made = world.ask("alice", "POST", UPLOADS, headers=page)
    assert "Location" in made.headers["access-control-expose-headers"]
    world.ask("alice", "DELETE", made.headers["location"], headers=tus())


def test_clients_that_cannot_patch_say_so_in_a_header(world: World) -> None:
    where = begun(world, 2)
    headers = tus(x_http_method_override="PATCH", upload_offset="0", content_type=PIECE)
    assert world.ask("alice", "POST", where, content=b"ab", headers=headers).status_code == 204
    headers = tus(x_http_method_override="DELETE")
    assert world.ask("alice", "POST", where, headers=headers).status_code == 204
    assert world.ask("alice", "POST", where, headers=tus()).status_code == 404


def test_nobody_has_more_on_the_way_than_may_be(world: World) -> None:
    world.person("hoarder")
    too_large = tus(upload_length=str((1 << 30) + 1))
    assert world.ask("hoarder", "POST", UPLOADS, headers=too_large).status_code == 413
    half = tus(upload_length=str((1 << 29) + 1))
    first = world.ask("hoarder", "POST", UPLOADS, headers=half)
    assert world.ask("hoarder", "POST", UPLOADS, headers=half).status_code == 413
    world.ask("hoarder", "DELETE", first.headers["location"], headers=tus())
    made = [begun(world, 1, "hoarder") for _ in range(PARCELS_MAX)]
    answer = world.ask("hoarder", "POST", UPLOADS, headers=tus(upload_length="1"))
    assert answer.status_code == 413
    assert begun(world, 1, "alice"), "others are not held up"
    for where in made:
        assert world.ask("hoarder", "DELETE", where, headers=tus()).status_code == 204
    assert begun(world, 1, "hoarder")


def test_the_job_removes_blobs_of_no_upload_and_leaves_the_others(world: World) -> None:
    where = begun(world, 2)
    sent(world, where, b"a")
    stray = world.settings.data / "storage" / "_uploads" / "nobodynobody123" / "part"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"left by a crash")
    answer = world.ask("root", "POST", "/api/crons/__holobaseUploads__")
    assert answer.status_code == 204, answer.text
    deadline = time.monotonic() + 20
    while stray.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not stray.exists()
    assert sent(world, where, b"b", 1).status_code == 204
    world.ask("alice", "DELETE", where, headers=tus())


def test_files_cannot_be_sent_straight_into_a_folder(world: World) -> None:
    body = {"filename": "a.png", "fileSize": 10}
    answer = world.ask("alice", "POST", "/api/storage/presign-upload", body=body)
    assert answer.status_code == 400
    assert "directly" in answer.json()["message"]
    for asked in ({}, {"uploadId": "nobodynobody123"}):
        path = "/api/storage/verify-upload"
        assert world.ask("alice", "POST", path, body=asked).status_code == 404
