"""The cases of the card community: a person who asks, cards that are there, and the requests."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx

from bench import load
from bench.load import Case, Request
from bench.target import Target

CARDS = "/api/collections/unified_cards/records"
POSTS = "/api/collections/community_posts/records"
USERS = "/api/collections/users"
PASSWORD = "a password for benches"
FILLERS = 16
VIEWED_MAX = 1_000
CREATE_BODIES = 200
RARITIES = ("common", "rare", "epic", "legendary")


@dataclass(frozen=True)
class Person:
    """Somebody who signed up and logged in."""

    id: str
    token: str


def sign_up(url: str) -> Person:
    """Makes an account and logs in."""
    email = "bencher@example.com"
    account = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD}
    account |= {"name": "Bencher", "username": "bencher", "status": "active"}
    with httpx.Client(base_url=url, timeout=60) as client:
        client.post(f"{USERS}/records", json=account).raise_for_status()
        body = {"identity": email, "password": PASSWORD}
        login = client.post(f"{USERS}/auth-with-password", json=body).raise_for_status().json()
    return Person(login["record"]["id"], login["token"])


def card(number: int, person: Person) -> str:
    """The body of a card; the same number gives the same card."""
    values = {
        "title": f"Card number {number}",
        "description": f"The {number}th moment of a long season, kept on a card. " * 2,
        "holographic_effect": "soft-light",
        "holographic_intensity": number % 101,
        "holographic_animation_duration": 1000,
        "photocard_rarity": RARITIES[number % 4],
        "photocard_season": str(2000 + number % 26),
        "community_creator": person.id,
        "community_is_public": True,
        "community_tags": ["bench", f"tag{number % 50}"],
        "context": "community",
    }
    return json.dumps(values)


def post(number: int, person: Person) -> str:
    """The body of a post; the same number gives the same post."""
    values = {
        "author": person.id,
        "caption": f"Post number {number} about a long season and a short summer. " * 3,
        "post_type": "fan_story",
        "visibility": "public",
        "tags": ["bench"],
    }
    return json.dumps(values)


@dataclass(frozen=True)
class Side:
    """A server that is filled: who asks, and the cards that are looked at."""

    person: Person
    ids: Sequence[str]


@dataclass(frozen=True)
class Step:
    """One case at one number of connections."""

    name: str
    connections: int
    is_signed_in: bool = False
    fills: bool = False

    def prepare(self, side: Side) -> None:
        """Nothing is changed between cases."""

    def case(self, side: Side) -> Case:
        """The case for one server's person and cards."""
        requests = _requests(self.name, side)
        token = side.person.token if self.is_signed_in else ""
        return Case(self.name, lambda _run: requests, self.connections, token)


class Community:
    """The suite, over that many cards."""

    def __init__(self, cards: int, connections: Sequence[int]) -> None:
        self._cards = cards
        self._connections = connections

    def side(self, target: Target) -> Side:
        """Signs somebody up and makes the cards."""
        person = sign_up(target.url)
        made = [("POST", CARDS, card(number, person)) for number in range(self._cards)]
        filling = Case("fill", lambda _run: made, FILLERS, person.token, list_only_once=True)
        if load.measure(target.url, filling, 0, 0, target.folder).refused:
            raise SystemExit(f"{target.name} refused cards; see {target.folder / 'server.log'}")
        path = f"{CARDS}?perPage={VIEWED_MAX}&fields=id"
        with httpx.Client(base_url=target.url, timeout=60) as client:
            items = client.get(path).raise_for_status().json()["items"]
        return Side(person, [item["id"] for item in items])

    def steps(self) -> Iterable[Step]:
        """Reads before writes, so that they see the same number of records."""
        for name, is_signed_in in CASES:
            for connections in self._connections:
                yield Step(name, connections, is_signed_in)


CASES = (
    ("view", False),
    ("list 20", False),
    ("list 20, no total", False),
    ("auth-refresh", True),
    ("create a post", True),
    ("create a card", True),
)


def _requests(name: str, side: Side) -> list[Request]:
    listing, numbers = f"{CARDS}?perPage=20&sort=-created", range(CREATE_BODIES)
    match name:
        case "view":
            return [("GET", f"{CARDS}/{each}", "") for each in side.ids]
        case "list 20":
            return [("GET", listing, "")]
        case "list 20, no total":
            return [("GET", f"{listing}&skipTotal=1", "")]
        case "auth-refresh":
            return [("POST", f"{USERS}/auth-refresh", "")]
        case "create a post":
            return [("POST", POSTS, post(number, side.person)) for number in numbers]
        case _:
            return [("POST", CARDS, card(number, side.person)) for number in numbers]
