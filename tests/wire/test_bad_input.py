"""What cannot be read is refused with the reference's status, and nothing is written."""

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"
LOGIN = "/api/collections/users/auth-with-password"
JSON = {"content-type": "application/json"}
MEBIBYTE = 1024 * 1024


def sent(says: str, content: str | bytes, kind: str = "application/json", **row: Json) -> Row:
    """A create whose body cannot be read."""
    return Row(
        says=says,
        who="alice",
        method="POST",
        path=CARDS,
        content=content,
        headers={"content-type": kind},
        status=400,
        **row,
    )


@rows(
    sent("half an object", "{"),
    sent("a list", "[]"),
    sent("a number", "1"),
    sent("a text", '"x"'),
    sent("blanks", " "),
    sent("single quotes", "{'title':'T'}"),
    sent("a comma too much", '{"title":"T",}'),
    sent("a byte order mark", b"\xef\xbb\xbf{}"),
    sent("a key twice", '{"title":"a","title":"b"}'),
    sent("a key twice further down", '{"community_tags":{"a":1,"a":2}}'),
    sent("bytes that are no text", b'{"title":"\xff"}'),
    sent("half a character", '{"title":"\\ud800"}'),
    sent("U+0000 in a text", '{"title":"a\\u0000"}'),
    sent("U+0000 in a key", '{"a\\u0000":1}'),
    sent("U+0000 far inside", '{"community_tags":[[["\\u0000"]]]}'),
    sent("a number too large", '{"holographic_intensity":1e400}'),
    sent("NaN", '{"holographic_intensity":NaN}'),
    sent("Infinity", '{"holographic_intensity":-Infinity}'),
    sent("deep lists", '{"community_tags":' + "[" * 300 + "]" * 300 + "}"),
    sent("very deep lists", "[" * 100_000),
    sent("deep objects", '{"a":' * 100_000),
    sent("no content type", "{}", ""),
    sent("plain text", "{}", "text/plain"),
    sent("JSON in capitals", "{}", "application/JSON"),
    sent("XML", "<a/>", "application/xml"),
    sent("parts without a boundary", "x", "multipart/form-data"),
    sent("parts that are none", "garbage", "multipart/form-data; boundary=B"),
    sent(
        "parts without an end",
        '--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nx',
        "multipart/form-data; boundary=B",
    ),
    sent(
        "too long a header of a part",
        "--B\r\nX: " + "y" * 100_000,
        "multipart/form-data; boundary=B",
    ),
    sent(
        "U+0000 in a part",
        '--B\r\nContent-Disposition: form-data; name="title"\r\n\r\na\x00\r\n--B--\r\n',
        "multipart/form-data; boundary=B",
    ),
)
def test_bodies(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="what follows the first value is not looked at",
        who="alice",
        method="POST",
        path=CARDS,
        content='{"title":"a","community_creator":"{alice}"} x',
        headers=JSON,
        equals={"title": "a"},
        events=None,
    ),
    Row(
        says="null is an empty object",
        who="alice",
        method="PATCH",
        path=CARDS + "/{card}",
        content="null",
        headers=JSON,
        events=None,
    ),
    Row(
        says="a body of nothing needs no type",
        who="alice",
        method="PATCH",
        path=CARDS + "/{card}",
        content=b"",
        headers={"content-type": "text/plain"},
        events=None,
    ),
    Row(
        says="a huge whole number is a number",
        who="alice",
        method="POST",
        path=CARDS,
        body={"title": 10**25, "community_creator": "{alice}"},
        equals={"title": "10000000000000000000000000"},
        events=None,
    ),
    Row(
        says="values of any type are read as what they should be",
        who="alice",
        method="POST",
        path=CARDS,
        events=None,
        equals={"title": "5", "community_is_public": False},
        body={
            "title": 5,
            "description": [],
            "community_is_public": {},
            "template": {},
            "holographic_intensity": [],
            "community_creator": ["{alice}"],
            "context": None,
        },
    ),
)
def test_what_is_unusual_but_readable(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="too many parameters",
        path=CARDS,
        query={f"p{n}": "" for n in range(1_001)},
        status=413,
    ),
    Row(
        says="too many fields of a form",
        who="alice",
        method="POST",
        path=CARDS,
        content="a=1&" * 1_001,
        headers={"content-type": "application/x-www-form-urlencoded"},
        status=413,
    ),
    Row(
        says="too many parts",
        who="alice",
        method="POST",
        path=CARDS,
        content='--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 1_001 + "--B--",
        headers={"content-type": "multipart/form-data; boundary=B"},
        status=413,
    ),
    Row(
        says="a deep filter",
        path=CARDS,
        query={"filter": "(" * 5_000 + "id=1" + ")" * 5_000},
        status=400,
    ),
    Row(says="a long sort", path=CARDS, query={"sort": "a" * 60_000}, status=400),
    Row(says="a long expand", path=CARDS, query={"expand": "a.," * 10_000}),
    Row(says="deep fields", path=CARDS, query={"fields": "a." * 30_000}),
    Row(
        says="a long text for a pattern",
        who="root",
        method="POST",
        path="/api/collections/tags/records",
        body={"name": "x", "color": "#" * 100_000},
        status=400,
        codes={"color": "validation_max_text_constraint"},
    ),
)
def test_sizes(world: World, row: Row) -> None:
    check(world, row)


def _exchange(world: World, head: str, body: Iterator[bytes]) -> bytes:
    """Sends raw bytes until the server answers; its status line and headers."""
    address = urlsplit(world.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head.encode())
        try:
            for chunk in body:
                connection.sendall(chunk)
        except OSError:  # it has heard enough
            pass
        connection.settimeout(20)
        answer = b""
        while b"\r\n\r\n" not in answer:
            received = connection.recv(65_536)
            if not received:
                break
            answer += received
    return answer


def _head(world: World, path: str, *headers: str) -> str:
    token = f"Authorization: {world.tokens['alice']}"
    lines = [f"POST {path} HTTP/1.1", "Host: test", token, "Content-Type: application/json"]
    return "\r\n".join([*lines, *headers, "", ""])


def test_a_body_that_says_it_is_too_large_is_not_read(world: World) -> None:
    with world.events() as written:
        answer = _exchange(world, _head(world, CARDS, "Content-Length: 99999999999"), iter(()))
    assert answer.startswith(b"HTTP/1.1 413") and written == []
    assert b"connection: close" in answer


def test_a_refused_body_may_be_sent_to_its_end_and_the_connection_goes_on(world: World) -> None:
    head = _head(world, LOGIN, f"Content-Length: {40 * MEBIBYTE}")
    with socket.create_connection(("127.0.0.1", urlsplit(world.url).port), timeout=20) as sent:
        for piece in (head.encode(), *[b"x" * MEBIBYTE] * 40):
            sent.sendall(piece)
        sent.sendall(b"GET /api/health HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        answers = b"".join(iter(lambda: sent.recv(65_536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"413", b"200"]


def test_a_body_that_turns_out_too_large_is_not_kept(world: World) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"100000\r\n" + b'{"title":"' + b"x" * (MEBIBYTE - 10) + b"\r\n"
        for _ in range(80):
            yield b"100000\r\n" + b"x" * MEBIBYTE + b"\r\n"

    with world.events() as written:
        answer = _exchange(world, _head(world, CARDS, "Transfer-Encoding: chunked"), chunks())
    assert written == []
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_missing_collection_is_missed_before_its_body(world: World) -> None:
    head = _head(world, "/api/collections/nope/records", "Content-Length: 99999999999")
    assert _exchange(world, head, iter(())).startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize(
    "request_line",
    ["GET /\xff HTTP/1.1", "GET / HTTP/9.9", "nonsense", "GET  / HTTP/1.1", "\x00\x01\x02"],
)
def test_what_is_not_http_is_a_400_or_404(world: World, request_line: str) -> None:
    answer = _exchange(world, f"{request_line}\r\nHost: x\r\n\r\n", iter(()))
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404")


def test_headers_have_a_limit(world: World) -> None:
    head = "GET /api/health HTTP/1.1\r\nHost: x\r\nX: " + "y" * 70_000 + "\r\n\r\n"
    assert _exchange(world, head, iter(())).startswith(b"HTTP/1.1 431")


def test_half_a_request_is_nobodys_problem(world: World) -> None:
    address = urlsplit(world.url)
    with world.events() as written:
        for _ in range(20):
            with socket.create_connection((address.hostname, address.port)) as connection:
                connection.sendall(_head(world, CARDS, "Content-Length: 100").encode() + b"{")
        assert world.ask("guest", "GET", "/api/health").status_code == 200
    assert written == []


@rows(
    Row(says="a view", path=f"{CARDS}/a%00", status=404),
    Row(says="an edit", who="root", method="PATCH", path=f"{CARDS}/%00", body={}, status=404),
    Row(says="a delete", who="root", method="DELETE", path=f"{CARDS}/%00", status=404),
    Row(says="a list", path="/api/collections/%00/records", status=404),
)
def test_nothing_is_called_u_0000(world: World, row: Row) -> None:
    check(world, row)
