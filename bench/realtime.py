"""Realtime under load: what an idle connection costs, and how soon a change reaches everybody.

    python -m bench.realtime --clients 8000 --listeners 100 --events 100 --seconds 20

All clients connect, and each listens to one record of its own; some listen to all posts as well.
The memory of the server is taken before and after. Then posts are written at a steady rate, and
each listener notes how long after the request was sent it was told. Everything runs on this
machine; on a busy one, the time that the server's processes ran says more than the delays.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench.session import Session
from bench.target import Target, holobase

AT_ONCE = 100
"""Connections that are being made at the same time."""

LAST_SECONDS = 5.0
"""How long the last messages are waited for."""


class Connection(asyncio.Protocol):
    """One client. `told` takes the delay of each post that it is told of, in seconds."""

    def __init__(self, host: str, told: list[float]) -> None:
        self._host = host
        self._told = told
        self._buffer = b""
        self.id: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"GET /api/realtime HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        *messages, self._buffer = self._buffer.split(b"\n\n")
        for message in messages:
            if b"event:PB_CONNECT" in message:
                self.id.set_result(message.partition(b'"clientId":"')[2][:40].decode())
            else:
                sent = float(message.partition(b'"caption":"')[2].partition(b'"')[0])
                self._told.append(now - sent)

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True


async def post(url: str, path: str, body: object, headers: str = "") -> None:
    """One request on a connection of its own."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    head += f"Connection: close\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
    writer.write(head.encode() + data)
    status = (await reader.readline()).split()[1]
    assert status in (b"200", b"204"), status
    writer.close()
    await writer.wait_closed()


async def connect_all(url: str, count: int, listeners: int, told: list[float]) -> list[Connection]:
    """So many clients, each of which listens."""
    host, _, port = url.removeprefix("http://").partition(":")
    turns = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> Connection:
        async with turns:
            _, made = await loop.create_connection(lambda: Connection(host, told), host, int(port))
            topics = [f"unified_users/{number:015}"]
            topics += ["community_posts/*"] if number < listeners else []
            body = {"clientId": await made.id, "subscriptions": topics}
            await post(url, "/api/realtime", body)
            return made

    return await asyncio.gather(*(one(number) for number in range(count)))


async def write(url: str, token: str, author: str, per_second: int, seconds: float) -> int:
    """Posts at a steady rate, whatever becomes of them; how many."""
    begun, tasks = time.perf_counter(), []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
        body = {"author": author, "visibility": "public", "caption": repr(time.time())}
        path = "/api/collections/community_posts/records"
        tasks.append(asyncio.create_task(post(url, path, body, f"Authorization: {token}\r\n")))
    await asyncio.gather(*tasks)
    return len(tasks)


async def measure(target: Target, arguments: argparse.Namespace) -> None:
    """Prints the figures of one run."""
    with Session(target.url) as session:
        password = {"password": "a password", "passwordConfirm": "a password"}
        account = {"username": "bench", "email": "writer@example.com", **password}
        author = session.send("POST", "/api/collections/users/records", account)["id"]
        login = {"identity": account["email"], "password": "a password"}
        path = "/api/collections/users/auth-with-password"
        token = session.send("POST", path, login)["token"]
    told: list[float] = []
    await connect_all(target.url, 50, 0, told)  # what is made once is not the clients'
    before = target.memory_mib()
    clients = await connect_all(target.url, arguments.clients, arguments.listeners, told)
    await asyncio.sleep(1)
    after = target.memory_mib()
    each = (after - before) * 1024 / arguments.clients
    print(
        f"{arguments.clients} idle clients: {each:.1f} KiB each ({before:.0f} to {after:.0f} MiB)"
    )
    worked = target.processor_seconds()
    written = await write(target.url, token, author, arguments.events, arguments.seconds)
    expected = written * arguments.listeners
    deadline = time.monotonic() + LAST_SECONDS
    while len(told) < expected and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    lost = sum(client.is_lost for client in clients)
    delays = sorted(1_000 * delay for delay in told)
    p99 = delays[int(len(delays) * 0.99)]
    print(
        f"{written} posts at {arguments.events}/s to {arguments.listeners} listeners:"
        f" {len(told)} of {expected} told, median {statistics.median(delays):.0f} ms,"
        f" p99 {p99:.0f} ms, most {delays[-1]:.0f} ms; {lost} connections lost;"
        f" {target.processor_seconds() - worked:.1f} s of processor time;"
        f" {target.memory_mib():.0f} MiB afterwards"
    )


def main() -> None:
    """Reads the options and runs once."""
    parser = argparse.ArgumentParser(prog="python -m bench.realtime", description=__doc__)
    parser.add_argument("--clients", type=int, default=8_000)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--events", type=int, default=100, help="posts per second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--variant", default="sqlite", help="sqlite, sqlite:2, …")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-realtime-"))
    target = holobase(folder, arguments.variant, None, with_community=True)
    target.start()
    try:
        asyncio.run(measure(target, arguments))
    finally:
        target.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
