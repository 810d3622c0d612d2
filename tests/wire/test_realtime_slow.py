"""A reader that does not read is cut, and goes on where it was when it comes back."""

import json
import socket
from urllib.parse import urlsplit

import httpx

from tests.listener import PATH, WAIT_SECONDS, listen
from tests.wire.world import World

TEXT_LENGTH = 400_000
CHANGES = 30
"""12 MB: more than the sockets between us hold."""


def test_a_slow_reader_is_cut_and_resumes(world: World) -> None:
    name = world.fresh("large")
    fields = [{"name": "text", "type": "text", "max": TEXT_LENGTH}]
    body = {"name": name, "type": "base", "listRule": "", "fields": fields}
    assert world.ask("root", "POST", "/api/collections", body=body).status_code == 200
    parts = urlsplit(world.url)
    with socket.socket() as slow, listen(world.url) as other:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.settimeout(WAIT_SECONDS)
        slow.connect((parts.hostname, parts.port))
        slow.sendall(f"GET {PATH}?since= HTTP/1.1\r\nHost: {parts.hostname}\r\n\r\n".encode())
        seen = b""
        while b"event:position" not in seen:
            seen += slow.recv(4_096)
        identifier = seen.partition(b'"clientId":"')[2][:40].decode()
        position = seen.rpartition(b"id:")[2].split(b"\n")[0].decode()
        wanted = {"clientId": identifier, "subscriptions": [f"{name}/*"]}
        answer = httpx.post(world.url + PATH, json=wanted, timeout=WAIT_SECONDS)
        assert answer.status_code == 204
        assert other.subscribe(f"{name}/*").status_code == 204
        made = world.make(name, {"text": "0"})
        assert other.next().data["record"]["text"] == "0"
        for number in range(CHANGES):  # whoever reads is told of everything
            last = str(number % 10) * TEXT_LENGTH
            world.change(name, made, text=last)
            assert other.next().data["record"]["text"] == last
        answer = httpx.post(world.url + PATH, json=wanted, timeout=WAIT_SECONDS)
        assert answer.status_code == 404
    with listen(world.url, f"?since={position}") as back:
        assert back.next().event == "position"
        assert back.subscribe(f"{name}/*").status_code == 204
        message = back.next()
        assert (message.data["action"], message.data["record"]["text"]) == ("create", last)
        assert json.loads(message.lines[2].partition(b":")[2])["record"]["id"] == made
