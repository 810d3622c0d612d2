"""Collections of accounts that a test makes for itself, and their members."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.wire.test_collections import make
from tests.wire.world import PASSWORD, RECORDS, World

CODES_ON = {"enabled": True, "duration": 180, "length": 6}
BOTH_STEPS = {"mfa": {"enabled": True, "duration": 600, "rule": ""}, "otp": CODES_ON}
"""Options with which everybody needs a password and a code."""

CHEAP = {"name": "password", "type": "password", "cost": 4, "min": 8}
"""Passwords whose hashes cost a sixtieth of the usual ones. Tests make hundreds."""


@dataclass
class Club:
    """A fresh collection of accounts."""

    world: World
    id: str
    name: str

    @property
    def path(self) -> str:
        """Where its endpoints are."""
        return f"/api/collections/{self.name}"

    def change(self, **options: Any) -> None:
        """Changes the definition."""
        answer = self.world.ask("root", "PATCH", self.path, body=options)
        assert answer.status_code == 200, answer.text

    def join(self, **values: Any) -> "Member":
        """A new member."""
        name = self.world.fresh("member")
        email = f"{name}@example.com"
        sent = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, **values}
        return Member(self, self.world.make(self.name, sent), sent["email"])

    def post(
        self, action: str, body: Any = None, who: str = "guest", **more: Any
    ) -> httpx.Response:
        """Posts to one of its endpoints."""
        return self.world.ask(who, "POST", f"{self.path}/{action}", body=body, **more)


@dataclass
class Member:
    """One account of a club."""

    club: Club
    id: str
    email: str

    def log_in(self, password: str = PASSWORD, **more: Any) -> httpx.Response:
        """Logs in with a password."""
        body = {"identity": self.email, "password": password}
        return self.club.post("auth-with-password", body, **more)

    def token(self) -> str:
        """A fresh token."""
        answer = self.log_in()
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    def show(self) -> dict[str, Any]:
        """The account as the superuser sees it."""
        return self.club.world.show(self.club.name, self.id)

    def change(self, **values: Any) -> None:
        """Changes the account as the superuser."""
        self.club.world.change(self.club.name, self.id, **values)

    def left(self, collection: str) -> list[dict[str, Any]]:
        """Its records in one of the system's collections, the oldest first."""
        query = {"filter": f"recordRef = '{self.id}'", "sort": "created"}
        answer = self.club.world.ask("root", "GET", RECORDS.format(collection), query=query)
        return list(answer.json()["items"])


def found(world: World, **options: Any) -> Club:
    """A fresh club with these options, whose members' passwords are hashed quickly."""
    fields = [CHEAP, *options.pop("fields", [])]
    made = make(world, type="auth", fields=fields, **options)
    return Club(world, made["id"], made["name"])
