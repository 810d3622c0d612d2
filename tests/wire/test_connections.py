"""Connections: requests one after the other, in pieces, all at once, and how they end."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.server import Server

HEALTH = "/api/health"
LEVELS = "/api/collections/fan_levels/records"
LOGIN = "/api/collections/users/auth-with-password"
SECONDS = 20


class Line:
    """A connection on which bytes are sent and answers are read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read = b""

    def send(self, text: str) -> None:
        self._connection.sendall(text.encode())

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(each.split(": ", 1) for each in lines)
        return int(first.split()[1]), headers

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status, headers = self.head()
        size = int(headers["content-length"])
        while len(self._read) < size:
            self._more()
        body, self._read = self._read[:size], self._read[size:]
        return status, headers, body

    def is_over(self) -> bool:
        """Whether the server closes without saying more."""
        return not self._read and self._connection.recv(1) == b""

    def _more(self) -> None:
        received = self._connection.recv(65_536)
        assert received, f"closed after {self._read!r}"
        self._read += received


@contextmanager
def connected(server: Server) -> Iterator[Line]:
    address = urlsplit(server.url)
    assert address.hostname and address.port
    with socket.create_connection((address.hostname, address.port), timeout=SECONDS) as connection:
        yield Line(connection)


def get(target: str, *headers: str, method: str = "GET", version: str = "1.1") -> str:
    return "\r\n".join([f"{method} {target} HTTP/{version}", "Host: test", *headers, "", ""])


def post(target: str, body: str, *headers: str) -> str:
    own = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    return get(target, *own, *headers, method="POST") + body


def test_requests_sent_all_at_once_are_answered_in_their_order(server: Server) -> None:
    with connected(server) as line:
        login = post(LOGIN, '{"identity":"nobody@example.com","password":"wrong"}')
        line.send(get(HEALTH) + login + get(LEVELS + "?perPage=1") + get("/api/nowhere"))
        answers = [line.answer() for _ in range(4)]
    assert [status for status, _, _ in answers] == [200, 400, 200, 404]
    assert json.loads(answers[2][2])["perPage"] == 1


def test_a_request_may_come_in_pieces(server: Server) -> None:
    request = post(LOGIN, '{"identity":"nobody@example.com"}')
    with connected(server) as line:
        for start in range(0, len(request), 7):
            line.send(request[start : start + 7])
        status, _, body = line.answer()
    assert status == 400 and "password" in json.loads(body)["data"]


def test_a_body_may_come_in_chunks_of_unknown_number(server: Server) -> None:
    head = get(LOGIN, "Content-Type: application/json", "Transfer-Encoding: chunked", method="POST")
    with connected(server) as line:
        line.send(head + '10\r\n{"identity":"no@\r\n')
        line.send('d\r\nexample.com"}\r\n0\r\n\r\n')
        status, _, body = line.answer()
        line.send(get(HEALTH))
        assert line.answer()[0] == 200
    assert status == 400 and "password" in json.loads(body)["data"]


def test_who_asks_whether_to_go_on_is_told_to(server: Server) -> None:
    head = get(LOGIN, "Content-Type: application/json", "Content-Length: 2", method="POST")
    with connected(server) as line:
        line.send(head.removesuffix("\r\n") + "Expect: 100-continue\r\n\r\n")
        assert line.head() == (100, {})
        line.send("{}")
        assert line.answer()[0] == 400


def test_a_head_says_what_a_get_would_and_no_more(server: Server) -> None:
    with connected(server) as line:
        line.send(get(LEVELS) + get(LEVELS, method="HEAD") + get(HEALTH))
        _, said, body = line.answer()
        status, headers = line.head()
        assert line.answer()[0] == 200  # right behind it
    assert status == 200 and said["content-length"] == headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    "target", ["http://test/api/health", "/api/health?a=b", "/api/health#part", "/api/heal%74h"]
)
def test_an_address_may_be_spelled_in_several_ways(server: Server, target: str) -> None:
    with connected(server) as line:
        line.send(get(target))
        assert line.answer()[0] == 200


@pytest.mark.parametrize("version, headers", [("1.0", ()), ("1.1", ("Connection: close",))])
def test_a_connection_ends_where_the_client_wants_it_to(
    server: Server, version: str, headers: tuple[str, ...]
) -> None:
    with connected(server) as line:
        line.send(get(HEALTH, *headers, version=version))
        status, said, _ = line.answer()
        assert (status, said["connection"]) == (200, "close") and line.is_over()


def test_a_wish_for_another_protocol_is_passed_over(server: Server) -> None:
    with connected(server) as line:
        line.send(get(HEALTH, "Connection: Upgrade", "Upgrade: websocket"))
        assert line.answer()[0] == 200


def test_what_is_no_request_is_refused_and_the_connection_ends(server: Server) -> None:
    with connected(server) as line:
        line.send("nonsense\r\n\r\n")
        assert line.answer()[0] == 400 and line.is_over()
