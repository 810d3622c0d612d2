"""Realtime loses nothing: clients hang up, workers and whole servers are killed, and in the end
everybody has been told of everything, and of each record in order.

`HOLOBASE_TEST_LISTENERS=1000` has so many clients instead of 50.
"""

import asyncio
import itertools
import os
import random
import signal
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.conftest import STORES, store_of
from tests.faults.group import POSTS
from tests.faults.listeners import ResumingClient
from tests.faults.test_kill import sign_up
from tests.replay import assert_replays
from tests.server import Server, start

CLIENTS = int(os.environ.get("HOLOBASE_TEST_LISTENERS", "50"))
TOPIC = "community_posts/*"
RECORDS = 10
WRITES = 80
KILLS = {20: "worker", 40: "server", 60: "worker"}
"""After how many writes what is killed."""

CALM_SECONDS = 60.0 + CLIENTS / 5
PATIENCE_SECONDS = max(3.0, CLIENTS / 50)
"""After how long a client has hung up: a thousand of them shall not come back all the time."""


class Writer:
    """Writes numbers into records, one after the other; what was answered is known."""

    def __init__(self, server: Server) -> None:
        self.token, self.author = sign_up(server.url)
        self.written: dict[str, int | None] = {}
        self._numbers = itertools.count(1)
        self._client = httpx.Client(base_url=server.url, timeout=30)

    def close(self) -> None:
        """Ends its connection."""
        self._client.close()

    def post(self) -> None:
        """A new record."""
        number = next(self._numbers)
        body = {"author": self.author, "caption": str(number), "visibility": "public"}
        self.written[str(self._ask("POST", POSTS, body)["id"])] = number

    def change(self, record_id: str) -> None:
        """A new number for a record."""
        number = next(self._numbers)
        self._ask("PATCH", f"{POSTS}/{record_id}", {"caption": str(number)})
        self.written[record_id] = number

    def delete(self, record_id: str) -> None:
        """No record any more."""
        self._ask("DELETE", f"{POSTS}/{record_id}", None)
        self.written[record_id] = None

    def _ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        headers = {"authorization": self.token}
        while True:  # a server that was killed may have answered nothing, but done it
            try:
                answer = self._client.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                continue
            if answer.status_code == 404 and method == "DELETE":
                return {}
            assert answer.is_success, answer.text
            return dict(answer.json()) if answer.content else {}


@pytest.mark.timeout(180 + 3 * CALM_SECONDS)
@pytest.mark.parametrize("kind", STORES)
def test_nothing_is_lost_whoever_dies(tmp_path: Path, kind: str) -> None:
    with store_of(kind) as store:
        arguments = (tmp_path / "data", "--workers", "2")
        server = start(*arguments, store=store)
        address = server.url.removeprefix("http://")
        servers = [server]
        try:
            asyncio.run(_live_through(servers, arguments, address, store))
            assert servers[-1].stop() == 0
            assert_replays(servers[-1].settings)
        finally:
            for each in servers:
                each.stop()
                each.log_path.unlink(missing_ok=True)


async def _live_through(
    servers: list[Server], arguments: tuple[Any, ...], address: str, store: str | None
) -> None:
    host, _, port = address.partition(":")
    writer = Writer(servers[0])
    clients = [
        ResumingClient(host, int(port), TOPIC, seed, PATIENCE_SECONDS) for seed in range(CLIENTS)
    ]
    calm = asyncio.Event()
    listening = [asyncio.create_task(client.run(calm)) for client in clients]
    async with asyncio.timeout(CALM_SECONDS):
        while not all(client.connected for client in clients):  # noqa: ASYNC110 - as below
            await asyncio.sleep(0.05)

    def write_and_kill() -> None:
        chance = random.Random(1)
        for number in range(WRITES):
            _write(writer, chance, number)
            if KILLS.get(number) == "worker":
                os.kill(servers[-1].workers()[0], signal.SIGKILL)
            elif KILLS.get(number) == "server":
                for process in psutil.Process(servers[-1].pid).children():
                    process.kill()
                servers[-1].kill()
                servers.append(start(*arguments, http=address, store=store))

    await asyncio.to_thread(write_and_kill)
    calm.set()
    try:
        async with asyncio.timeout(CALM_SECONDS):
            while not all(_knows_all(client, writer) for client in clients):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        for task in listening:
            task.cancel()
        ended = await asyncio.gather(*listening, return_exceptions=True)
        writer.close()
        assert not [error for error in ended if isinstance(error, Exception)]
        lacking = [client.seed for client in clients if not _knows_all(client, writer)]
        assert not lacking, [clients[seed].seen for seed in lacking[:2]]
    assert not [each for client in clients for each in client.out_of_order]
    assert not any(client.resyncs for client in clients)
    assert sum(client.connected for client in clients) > 2 * CLIENTS


def _write(writer: Writer, chance: random.Random, number: int) -> None:
    alive = [record_id for record_id, value in writer.written.items() if value is not None]
    if len(alive) < RECORDS:
        writer.post()
    elif number % 20 == 19:
        writer.delete(chance.choice(alive))
    else:
        writer.change(chance.choice(alive))


def _knows_all(client: ResumingClient, writer: Writer) -> bool:
    missing = {
        record_id
        for record_id, number in writer.written.items()
        if client.seen.get(record_id, (-1, 0))[0] != number
    }
    return not missing
