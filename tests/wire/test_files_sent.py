"""Files that are sent with records: what is taken, what it is called, and what is refused."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wire.filing import Filing, filing_of, png
from tests.wire.world import World

PNG = png()
RANDOM = "_[a-z0-9]{10}"


@pytest.fixture(scope="module")
def files(world: World) -> Iterator[Filing]:
    """A collection of this module's own."""
    with filing_of(world) as made:
        yield made


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("My Photo.JPG", rf"my_photo{RANDOM}\.JPG"),
        ("a.tar.gz", rf"a[a-z0-9]{{10}}{RANDOM}\.tar\.gz"),
        ("archive.tar.gz", rf"archive{RANDOM}\.tar\.gz"),
        ("archive.tar.gz.", rf"archive_tar{RANDOM}\.gz"),
        ("archive..zip", rf"archive{RANDOM}\.zip"),
        ("archive.", rf"archive{RANDOM}\.png"),
        ("archive.텍스트", rf"archive{RANDOM}\.png"),
        ("noExtension", rf"no_extension{RANDOM}\.png"),
        ("../../etc/passwd.txt", rf"passwd{RANDOM}\.txt"),
        ("C:\\dir\\HTMLPage.p!n?g", rf"htmlpage{RANDOM}\.png"),
        ("홀로그램.png", rf"[a-z0-9]{{10}}{RANDOM}\.png"),
        (".png", rf"[a-z0-9]{{10}}{RANDOM}\.png"),
        ("x" * 200 + ".png", rf"x{{100}}{RANDOM}\.png"),
        ("long." + "e" * 40, rf"long{RANDOM}\.e{{20}}"),
    ],
)
def test_a_file_gets_a_readable_name_that_nobody_can_guess(
    files: Filing, sent: str, stored: str
) -> None:
    record = files.made(("one", (sent, PNG)))
    assert re.fullmatch(stored, record["one"]), record["one"]
    assert files.get(record, record["one"]).content == PNG


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0abc", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x1cftypavif", "image/avif"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04....word/document.xml", "application/vnd.openxmlformats-officedocument."
         "wordprocessingml.document"),
        (b"plain words", "text/plain; charset=utf-8"),
        (b"", "text/plain; charset=utf-8"),
        (b"<!DOCTYPE html><p>", "text/html; charset=utf-8"),
        (b'<?xml version="1.0"?><svg xmlns="x">', "image/svg+xml"),
        (b'{"a": 1}', "application/json"),
        (b"\x00\x01\x02\x03\x04", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_type_is_what_the_content_tells(files: Filing, content: bytes, kind: str) -> None:
    record = files.made(("many", ("liar.exe", content)))
    assert files.get(record, record["many"][0]).headers["content-type"] == kind


REFUSED: dict[str, tuple[list[tuple[str, tuple[str, bytes]]], dict[str, Any]]] = {
    "too large": (
        [("one", ("big.png", PNG + bytes(20_000)))],
        {"one": ("validation_file_size_limit", {"file": "big.png", "maxSize": 20_000})},
    ),
    "of another type than allowed": (
        [("one", ("x.png", b"%PDF-1.4"))],
        {"one": ("validation_invalid_mime_type", None)},
    ),
    "too many": (
        [("many", (f"{n}.txt", b"x")) for n in range(4)],
        {"many": ("validation_too_many_files", {"maxSelect": 3})},
    ),
}


@pytest.mark.parametrize("says", REFUSED)
def test_files_are_refused(files: Filing, says: str) -> None:
    sent, expected = REFUSED[says]
    answer = files.create(*sent)
    assert answer.status_code == 400, answer.text
    errors = answer.json()["data"]
    assert {n: (e["code"], e.get("params")) for n, e in errors.items()} == expected


def test_all_wrong_fields_are_told_at_once(files: Filing) -> None:
    sent = [("one", ("x.png", b"%PDF-1.4")), *(("many", ("n.txt", b"x")) for _ in range(4))]
    errors = files.create(*sent, title="x" * 30).json()["data"]
    assert {name: error["code"] for name, error in errors.items()} == {
        "one": "validation_invalid_mime_type",
        "many": "validation_too_many_files",
        "title": "validation_max_text_constraint",
    }


@pytest.mark.parametrize("body", [{"one": "mine.png"}, {"many": ["a.png", "b.png"]}])
def test_nobody_can_name_a_file_into_being(files: Filing, body: dict[str, Any]) -> None:
    answer = files.client.post(files.records, json=body)
    assert answer.status_code == 400
    [error] = answer.json()["data"].values()
    names = next(iter(body.values()))
    assert error["code"] == "validation_invalid_file"
    assert error["params"] == {"invalidFiles": names if isinstance(names, list) else [names]}


def test_a_file_of_another_record_cannot_be_named(files: Filing) -> None:
    other = files.made(("one", ("a.png", PNG)))
    answer = files.client.post(files.records, json={"one": other["one"]})
    assert answer.json()["data"]["one"]["code"] == "validation_invalid_file"


def test_the_last_of_several_files_is_kept_in_a_single_field(files: Filing) -> None:
    record = files.made(("one", ("first.txt", b"first")), ("one", ("second.txt", b"second")))
    assert files.get(record, record["one"]).content == b"second"
    files.settle(record, [record["one"]])


def test_files_are_added_before_and_behind_and_taken_out(files: Filing) -> None:
    record = files.made(("many", ("b.txt", b"b")))
    [b] = record["many"]
    record = files.update(record, ("many+", ("c.txt", b"c"))).json()
    assert record["many"][0] == b
    record = files.update(record, ("+many", ("a.txt", b"a"))).json()
    a, still_b, c = record["many"]
    assert still_b == b
    assert [files.get(record, name).content for name in (a, b, c)] == [b"a", b"b", b"c"]
    assert files.update(record, ("many+", ("d.txt", b"d"))).status_code == 400
    left = files.client.patch(f"{files.records}/{record['id']}", json={"many-": [a, b]}).json()
    assert left["many"] == [c]
    files.settle(record, [c])
    assert [files.get(record, name).status_code for name in (a, b, c)] == [404, 404, 200]


def test_sent_under_the_plain_name_files_replace_those_that_are_not_named_again(
    files: Filing,
) -> None:
    record = files.made(("many", ("a.txt", b"a")), ("many", ("b.txt", b"b")))
    a, _ = record["many"]
    record = files.update(record, ("many", ("c.txt", b"c")), many=a).json()
    assert record["many"][0] == a
    assert len(record["many"]) == 2
    files.settle(record, record["many"])
    record = files.update(record, ("many", ("d.txt", b"d"))).json()
    assert len(record["many"]) == 1
    files.settle(record, record["many"])


@pytest.mark.parametrize("nothing", ["", None, []])
def test_a_field_is_cleared(files: Filing, nothing: Any) -> None:
    record = files.made(("one", ("a.png", PNG)), ("many", ("b.txt", b"b")))
    path = f"{files.records}/{record['id']}"
    cleared = files.client.patch(path, json={"one": nothing, "many": nothing}).json()
    assert (cleared["one"], cleared["many"]) == ("", [])
    files.settle(record, [])


def test_files_go_with_their_record(files: Filing) -> None:
    record = files.made(("one", ("a.png", PNG)), ("many", ("b.txt", b"b")))
    assert len(files.stored(record)) == 2
    assert files.client.delete(f"{files.records}/{record['id']}").status_code == 204
    assert files.get(record, record["one"]).status_code == 404
    files.settle(record, [])


def test_what_is_refused_leaves_no_file(files: Filing) -> None:
    folder = files.storage / files.id
    before = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert files.create(("one", ("a.png", PNG)), title="x" * 30).status_code == 400
    record = files.made(("one", ("a.png", PNG)), id="a23456789012345")
    taken = files.create(("one", ("b.png", PNG)), id="a23456789012345")
    assert taken.json()["data"]["id"]["code"] == "validation_not_unique"
    files.settle(record, [record["one"]])
    assert {path.name for path in folder.iterdir()} <= before | {record["id"]}


@pytest.mark.parametrize("record_id", ["../../../../tmp", "a/../b", "%2e%2e", "x"])
def test_an_id_that_is_none_takes_no_file_anywhere(files: Filing, record_id: str) -> None:
    assert files.create(("one", ("a.png", PNG)), id=record_id).status_code == 400


def test_files_in_a_batch_belong_to_their_requests(world: World, files: Filing) -> None:
    headers = {"authorization": files.root}
    enabled = {"batch": {"enabled": True, "maxRequests": 50, "timeout": 20}}
    files.client.patch("/api/settings", json=enabled, headers=headers)
    posts = [{"method": "POST", "url": files.records, "body": {"title": str(n)}} for n in range(3)]
    sent = [
        ("requests.0.one", ("zero.png", PNG)),
        ("requests[2].many", ("two.txt", b"2")),
        ("requests.2.many+", ("more.txt", b"3")),
        ("requests.7.one", ("nobody.txt", b"7")),
    ]
    payload = {"@jsonPayload": json.dumps({"requests": posts})}
    answer = files.client.post("/api/batch", files=sent, data=payload)
    assert answer.status_code == 200, answer.text
    zero, one, two = (each["body"] for each in answer.json())
    assert files.get(zero, zero["one"]).content == PNG
    assert one["one"] == ""
    assert [files.get(two, name).content for name in two["many"]] == [b"2", b"3"]

    broken = [*posts, {"method": "POST", "url": files.records, "body": {"title": "x" * 30}}]
    folders = {path.name for path in (files.storage / files.id).iterdir()}
    payload = {"@jsonPayload": json.dumps({"requests": broken})}
    assert files.client.post("/api/batch", files=sent, data=payload).status_code == 400
    assert {path.name for path in (files.storage / files.id).iterdir()} == folders


def test_a_rule_sees_what_is_sent(world: World) -> None:
    rule = "@request.body.one.size < 100 && @request.body.one.originalName = 'Mine.png'"
    with filing_of(world, createRule=rule) as ruled:
        assert ruled.create(("one", ("Mine.png", PNG))).status_code == 200
        assert ruled.create(("one", ("Other.png", PNG))).status_code == 400
        assert ruled.create(("one", ("Mine.png", PNG + bytes(100)))).status_code == 400
    with filing_of(world, createRule="@request.body.many:length = 2") as ruled:
        two = [("many", ("a.txt", b"a")), ("many", ("b.txt", b"b"))]
        assert ruled.create(*two).status_code == 200
        assert ruled.create(*two[:1]).status_code == 400


def test_files_of_a_dropped_collection_go_with_it(world: World) -> None:
    with filing_of(world) as dropped:
        record = dropped.made(("one", ("a.png", PNG)))
        assert len(dropped.stored(record)) == 1
    dropped.settle(record, [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b'--b\r\nContent-Disposition: form-data; name="one"; filename="a.png"\r\n\r\nhalf',
        b'--b\r\nContent-Disposition: form-data; name="one"; filename="a"\r\n' + b"x" * 20_000,
        b"--b\r\nno header\r\n\r\n--b--\r\n",
    ],
)
def test_a_form_that_breaks_off_or_is_none_is_refused(files: Filing, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = files.client.post(files.records, content=body or b"x", headers=headers)
    assert answer.status_code in (400, 413), answer.text
