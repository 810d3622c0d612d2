"""A running server with a few people in it: a user A (alice), a user B (bob), a moderator and a
superuser (root), and a few things of alice's.
"""

import asyncio
import itertools
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from holobase.community.identity.permissions import MEMBER, MODERATOR
from holobase.domain.event import Event
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_snapshot
from tests.mailbox import Mailbox
from tests.server import run

PASSWORD = "password123"
ROOT = "root@example.com"

TRAILS = re.compile(r"^_sessions\.|\.signed_in$|\.signed_out$|\.sign_in_refused$")

RECORDS = "/api/collections/{}/records"


class World:
    """Asks the server for people, and reads its log beside it."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url
        self.settings = settings
        self._client = httpx.Client(base_url=url, timeout=20)
        self._numbers = itertools.count(1)
        self.mailbox = Mailbox(settings.data)
        self.tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {"member": MEMBER.id, "moderator": MODERATOR.id}
        self.tokens["root"] = self.log_in(ROOT, "_superusers")["token"]
        for name in ("alice", "bob", "mod"):
            self.person(name)
        self.change("users", self.ids["mod"], roles=[MEMBER.id, MODERATOR.id])
        alice = self.ids["alice"]
        card = {"title": "Card", "community_creator": alice, "community_tags": ["star", "gold"]}
        self.ids["card"] = self.make("unified_cards", {**card, "community_is_public": True})
        self.ids["private"] = self.make("unified_cards", card)
        self.ids["template"] = self.make(
            "templates", {"name": "Frame", "creator": alice, "is_public": True}
        )
        self.ids["post"] = self.make("community_posts", {"author": alice, "visibility": "public"})
        self.ids["profile"] = self.profile("alice")

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def ask(
        self,
        who: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request of somebody."""
        sent = {**(headers or {})}
        if who in self.tokens:
            sent.setdefault("authorization", self.tokens[who])
        return self._client.request(
            method, path, params=query or None, json=body, content=content, headers=sent
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the program on this world's data."""
        store = self.settings.store
        url = store.reveal() if store else None
        return run(*arguments, "--data", str(self.settings.data), store=url)

    def make(self, collection: str, values: Mapping[str, Any]) -> str:
        """A fresh record, made by the superuser; its id."""
        answer = self.ask("root", "POST", RECORDS.format(collection), body=values)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def change(self, collection: str, record_id: str, **values: Any) -> None:
        """Changes a record as the superuser."""
        path = f"{RECORDS.format(collection)}/{record_id}"
        answer = self.ask("root", "PATCH", path, body=values)
        assert answer.status_code == 200, answer.text

    def show(self, collection: str, record_id: str) -> dict[str, Any]:
        """A record as the superuser sees it."""
        answer = self.ask("root", "GET", f"{RECORDS.format(collection)}/{record_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ask_me(self, name: str) -> dict[str, Any]:
        """The account behind somebody's token."""
        collection = "_superusers" if name == "root" else "users"
        answer = self.ask(name, "POST", f"/api/collections/{collection}/auth-refresh")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["record"])

    def fresh(self, prefix: str = "someone") -> str:
        """A name that nobody has."""
        return f"{prefix}{next(self._numbers)}"

    def account(self, username: str = "", **values: Any) -> dict[str, Any]:
        """What somebody new would send to sign up."""
        username = username or self.fresh()
        return {
            "username": username,
            "email": f"{username}@example.com",
            "password": PASSWORD,
            "passwordConfirm": PASSWORD,
            **values,
        }

    def person(self, name: str) -> str:
        """Somebody who has signed up and logged in under this name; the id."""
        self.ids[name] = self.make("users", self.account(name))
        self.tokens[name] = self.log_in(f"{name}@example.com")["token"]
        return self.ids[name]

    def profile(self, name: str) -> str:
        """The id of somebody's profile."""
        query = {"filter": f"user_id = '{self.ids[name]}'"}
        found = self.ask("root", "GET", RECORDS.format("unified_users"), query=query).json()
        return str(found["items"][0]["id"])

    def log_in(self, identity: str, collection: str = "users") -> dict[str, Any]:
        """Logs in with everybody's password."""
        path = f"/api/collections/{collection}/auth-with-password"
        answer = self.ask("guest", "POST", path, body={"identity": identity, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def events(self) -> Iterator[list[str]]:
        """Fills a list with the types of the events that are written inside the block, but for
        those `TRAILS` that every login leaves, which have tests of their own."""
        written: list[str] = []
        position = asyncio.run(self._position())
        yield written
        types = (event.type for event in self.events_after(position))
        written.extend(each for each in types if not TRAILS.search(each))

    def events_after(self, position: int) -> list[Event]:
        """Everything in the log past a position."""
        return asyncio.run(self._events_after(position))

    def facts(self, person: str, collection_id: str = "_pb_users_auth_") -> list[Event]:
        """What was told of an account, beside the changes of the record."""
        return asyncio.run(self._stream(f"{collection_id}/{person}/facts"))

    async def _stream(self, stream: str) -> list[Event]:
        async with open_snapshot(self.settings) as snapshot:
            return await snapshot.log.stream(stream)

    async def _position(self) -> int:
        async with open_snapshot(self.settings) as snapshot:
            return await snapshot.log.position()

    async def _events_after(self, position: int) -> list[Event]:
        found: list[Event] = []
        async with open_snapshot(self.settings) as snapshot:
            while more := await snapshot.log.events(found[-1].position if found else position):
                found += more
        return found
