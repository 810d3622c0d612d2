"""What is measured: the person who asks, the records that are there, and the requests."""

import http.client
import json
import threading
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

import httpx

from bench.load import Case

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


def fill(url: str, person: Person, records: int) -> list[str]:
    """Creates the cards over several connections; gives their ids."""
    numbers, ids, lock = count(), list[str](), threading.Lock()
    failures: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        headers = {"Content-Type": "application/json", "Authorization": person.token}
        while not failures:
            with lock:
                number = next(numbers)
            if number >= records:
                return
            connection.request("POST", CARDS, card(number, person), headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                failures.append(f"{answer.status}: {body.decode()}")
                return
            with lock:
                ids.append(json.loads(body)["id"])

    threads = [threading.Thread(target=work) for _ in range(FILLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"filling failed: {failures[0]}")
    return ids


def cases(person: Person, ids: list[str]) -> list[Case]:
    """All cases, reads before writes, so that they see the same number of records."""
    listing = f"{CARDS}?perPage=20&sort=-created"
    return [
        Case("view", [("GET", f"{CARDS}/{id_}", "") for id_ in ids[:VIEWED_MAX]]),
        Case("list 20", [("GET", listing, "")]),
        Case("list 20, no total", [("GET", f"{listing}&skipTotal=1", "")]),
        Case("auth-refresh", [("POST", f"{USERS}/auth-refresh", "")], person.token),
        Case(
            "create a post",
            [("POST", POSTS, post(number, person)) for number in range(CREATE_BODIES)],
            person.token,
        ),
        Case(
            "create a card",
            [("POST", CARDS, card(number, person)) for number in range(CREATE_BODIES)],
            person.token,
        ),
    ]
