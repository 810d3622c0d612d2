"""A crowd: 64 clients like and review the same things at once, and every counter is right."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from holobase.runtime.settings import Settings
from tests import server
from tests.replay import replay

CLIENTS = 64
PEOPLE = 16
"""Several clients are the same person, who gets in their own way."""

CARDS, TEMPLATES = 3, 2
"""So few that everybody wants the same."""

ACTIONS = 12
PASSWORD = "12345678"
OUTCOMES = {200, 204, 400, 404}
"""Made, taken back, already there, already gone: nothing else may be answered."""


class Client:
    """Somebody who cannot decide."""

    def __init__(self, http: httpx.AsyncClient, user: str, token: str) -> None:
        self.http = http
        self.id = user
        self.headers = {"Authorization": token}
        self.made: list[str] = []

    async def act(self, chance: random.Random, cards: list[str], templates: list[str]) -> None:
        for _ in range(ACTIONS):
            if self.made and chance.random() < 0.3:
                path = self.made.pop(chance.randrange(len(self.made)))
                gone = await self.http.delete(path, headers=self.headers)
                assert gone.status_code == 204, gone.text
            elif chance.random() < 0.6:
                await self.make("likes", {"user": self.id, "card": chance.choice(cards)})
            else:
                review = {"template": chance.choice(templates), "rating": chance.randint(1, 5)}
                await self.make("reviews", {"user": self.id, "comment": "c", **review})

    async def make(self, collection: str, body: dict[str, object]) -> str:
        """Makes a record, if it can be made now; its id, else nothing."""
        path = f"/api/collections/{collection}/records"
        made = await self.http.post(path, json=body, headers=self.headers)
        assert made.status_code in OUTCOMES, made.text
        if made.status_code != 200:
            return ""
        self.made.append(f"{path}/{made.json()['id']}")
        return str(made.json()["id"])


async def enter(http: httpx.AsyncClient, number: int) -> tuple[str, str]:
    """Signs somebody up; the id and a token."""
    name = f"crowd{number}"
    account = {
        "email": f"{name}@crowd.example",
        "username": name,
        "name": name,
        "password": PASSWORD,
        "passwordConfirm": PASSWORD,
    }
    made = await http.post("/api/collections/users/records", json=account)
    assert made.status_code == 200, made.text
    login = {"identity": name, "password": PASSWORD}
    entered = await http.post("/api/collections/users/auth-with-password", json=login)
    assert entered.status_code == 200, entered.text
    return made.json()["id"], entered.json()["token"]


async def crowd(url: str) -> int:
    """Lets everybody act; how much of what they made is left."""
    async with AsyncExitStack() as opened:
        each = [httpx.AsyncClient(base_url=url, timeout=60) for _ in range(CLIENTS)]
        for http in each:
            await opened.enter_async_context(http)
        people = await asyncio.gather(*(enter(each[number], number) for number in range(PEOPLE)))
        clients = [Client(http, *people[number % PEOPLE]) for number, http in enumerate(each)]
        card = {"title": "Card", "community_creator": clients[0].id, "community_is_public": True}
        template = {"name": "Frame", "creator": clients[0].id, "is_public": True}
        cards = [await clients[0].make("unified_cards", card) for _ in range(CARDS)]
        templates = [await clients[0].make("templates", template) for _ in range(TEMPLATES)]
        clients[0].made.clear()  # these stay
        await asyncio.gather(
            *(client.act(random.Random(n), cards, templates) for n, client in enumerate(clients))
        )
        return sum(len(client.made) for client in clients)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_counter_equals_a_recount(workers: str, tmp_path: Path) -> None:
    with server.serve(tmp_path / "data", "--workers", workers) as running:
        assert asyncio.run(crowd(running.url)) > PEOPLE
        while_it_runs = replay(Settings(data=tmp_path / "data"))
    report = replay(Settings(data=tmp_path / "data"))
    assert while_it_runs.differences == report.differences == []
    assert report.recounted > 10
