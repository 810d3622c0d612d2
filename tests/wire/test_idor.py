"""Every route, asked by every kind of caller about what is somebody else's.

The routes come from the OpenAPI document, which says of each whom it lets in; what a caller may be
answered follows from that alone. Nobody may get further, and nobody learns alice's address.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from holobase.community.identity.permissions import (
    ADMIN,
    AUDITOR,
    MEMBER,
    MODERATOR,
    OPERATOR,
)
from tests.wire.clubs import found
from tests.wire.world import World

CALLERS = ("guest", "suspended", "bob", "mod", "operator", "auditor", "boss", "stranger", "root")
"""`stranger` is an account of another collection. The suspended are as good as guests; `boss` has
every permission there is."""

PERMISSIONS = {
    "mod": frozenset(MODERATOR.permissions),
    "operator": frozenset(OPERATOR.permissions),
    "auditor": frozenset(AUDITOR.permissions),
    "boss": frozenset(ADMIN.permissions),
}
UNKNOWN = "nobodynobody123"
ENDS_ONESELF = {("DELETE", "/api/sessions"), ("POST", "/api/sessions/end-others")}
"""What a caller who may do it would not outlive."""

PASSED = frozenset({200, 201, 204, 206, 302, 303, 304, 307, 400, 404, 409, 412, 413, 415, 416})
"""What somebody may be answered whom a guard lets in: it says nothing of what comes after."""

PRIVATE = {
    "users": "alice",
    "unified_cards": "private",
    "unified_users": "profile",
    "_sessions": "alices_session",
    "_authOrigins": "alices_origin",
    "_superusers": "roots_id",
    "roles": "member",
    "bookmarks": "alices_bookmark",
    "notifications": "none",
    "purchases": "none",
    "_passkeys": "none",
    "_externalAuths": "none",
}
"""Collections with a record that is somebody else's to everybody who asks here."""

READABLE = {"users", "unified_users", "roles"}
WRITERS = {(who, name) for who in ("mod", "boss") for name in ("unified_cards", "users")}
"""Whom the rules let change such a record all the same."""


@pytest.fixture(scope="module")
def crowd(world: World) -> World:
    """The world with somebody of every kind in it."""
    for name, role in (("operator", OPERATOR), ("auditor", AUDITOR), ("boss", ADMIN)):
        if name not in world.tokens:
            world.change("users", world.person(name), roles=[MEMBER.id, role.id])
    world.change("users", world.person("suspended"), status="suspended")
    club = found(world)
    world.tokens["stranger"] = club.join().token()
    world.ids["strangers_club"] = club.name
    alice = {"filter": f"recordRef = '{world.ids['alice']}'"}
    for collection, name in (("_sessions", "alices_session"), ("_authOrigins", "alices_origin")):
        path = f"/api/collections/{collection}/records"
        world.ids[name] = world.ask("root", "GET", path, query=alice).json()["items"][0]["id"]
    roots = world.ask("root", "GET", "/api/collections/_superusers/records").json()["items"]
    world.ids |= {"roots_id": roots[0]["id"], "none": UNKNOWN}
    bookmark = {"user": world.ids["alice"], "card": world.ids["card"]}
    world.ids["alices_bookmark"] = world.make("bookmarks", bookmark)
    return world


def operations(world: World) -> Iterator[tuple[str, str, str]]:
    """Method, path and guard of every operation, records of the chosen collections alone; on
    PostgreSQL only what a rule decides, because guards know of no store."""
    document = world.ask("root", "GET", "/api/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            if "/records" in path and path.split("/")[3] not in PRIVATE:
                continue
            if world.settings.store and "/records" not in path:
                continue
            yield method.upper(), path, operation["x-guard"]


def address(world: World, path: str) -> str:
    """The path with somebody else's ids in it."""
    collection = path.split("/")[3] if path.startswith("/api/collections/") else ""
    if "/records/{id}" in path:
        return path.replace("{id}", world.ids[PRIVATE[collection]])
    filled = path.replace("{collection}", "users").replace("{id}", world.ids["alices_session"])
    while "{" in filled:
        before, _, rest = filled.partition("{")
        filled = before + UNKNOWN + rest.partition("}")[2]
    return filled


def expected(world: World, who: str, method: str, path: str, guard: str) -> frozenset[int]:
    """What a caller may be answered."""
    is_nobody = who in ("guest", "suspended")
    if guard == "open":
        if "/records" in path:
            return _expected_of_records(who, method, path)
        return PASSED | {401, 403}
    if is_nobody:
        return frozenset({401})
    if guard == "account":
        return PASSED | {403} if path.startswith("/api/permissions") else PASSED
    if guard == "same collection":
        homes = {"root": "_superusers", "stranger": world.ids["strangers_club"]}
        collection = path.split("/")[3].replace("{collection}", "users")
        is_own = homes.get(who, "users") == collection
        return PASSED if is_own else frozenset({403})
    if who == "root" or guard in PERMISSIONS.get(who, ()):
        return PASSED
    return frozenset({403})


def _expected_of_records(who: str, method: str, path: str) -> frozenset[int]:
    collection = path.split("/")[3]
    if who == "root":
        return PASSED
    if not path.endswith("{id}"):
        return frozenset({200, 403}) if method == "GET" else frozenset({200, 400, 403})
    if method == "GET" and (collection in READABLE or who in ("mod", "boss")):
        return frozenset({200, 403, 404})
    if (who, collection) in WRITERS:
        return frozenset({200, 403, 404})
    return frozenset({403, 404})


def may_harm(who: str, method: str, path: str, guard: str) -> bool:
    """Whether asking would take something away that others need, because it would be done."""
    if method == "GET" or who in ("guest", "suspended"):
        return False
    if (method, path) in ENDS_ONESELF:
        return True
    if method == "DELETE" and (who, path.split("/")[-3]) in WRITERS:
        return True
    return who == "root" or guard in PERMISSIONS.get(who, ())


def ask(client: httpx.Client, token: str, method: str, path: str) -> tuple[int, str]:
    """The status, and the text of what ends by itself."""
    headers = {"authorization": token} if token else {}
    body: dict[str, str] | None = None if method in ("GET", "DELETE") else {}
    with client.stream(method, path, headers=headers, json=body) as answer:
        kind = answer.headers.get("content-type", "")
        text = (
            "" if kind.startswith("text/event-stream") else answer.read().decode("utf-8", "replace")
        )
        return answer.status_code, text


def test_nobody_gets_further_than_a_route_lets_them(crowd: World) -> None:
    asked, wrong = 0, []
    with httpx.Client(base_url=crowd.url, timeout=20) as client:
        for method, path, guard in operations(crowd):
            for who in CALLERS:
                if may_harm(who, method, path, guard):
                    continue
                where = address(crowd, path)
                status, text = ask(client, crowd.tokens.get(who, ""), method, where)
                asked += 1
                if status not in expected(crowd, who, method, path, guard):
                    wrong.append((who, method, where, guard, status))
                if who != "root" and "alice@example.com" in text:
                    wrong.append((who, method, where, "tells alice's address", status))
    assert not wrong, "\n".join(str(each) for each in wrong)
    assert asked > (400 if crowd.settings.store else 800)
    assert crowd.show("users", crowd.ids["alice"])["email"] == "alice@example.com"
    assert crowd.show("unified_cards", crowd.ids["private"])["title"] == "Card"


def test_every_account_of_the_system_is_asked_about(crowd: World) -> None:
    """What is new among what belongs to accounts has to be swept as well."""
    collections: list[dict[str, Any]] = crowd.ask(
        "root", "GET", "/api/collections", query={"perPage": 500}
    ).json()["items"]
    owned = {
        each["name"]
        for each in collections
        if each["system"] and any(f["name"] == "recordRef" for f in each["fields"])
    }
    assert owned - set(PRIVATE) <= {"_mfas", "_otps"}  # which have no rule to delete or change
