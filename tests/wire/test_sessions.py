"""Sessions: where somebody is logged in, how tokens follow from each other, and how that ends."""

import asyncio
import string
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
import pytest

from holobase.domain.principal import Request
from holobase.engine.accounts.sessions import SESSIONS_MAX
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance, open_snapshot
from tests.conftest import STORES, store_of
from tests.listener import listen
from tests.server import serve
from tests.wire.inside import ACCOUNT
from tests.wire.rows import Row, check, rows
from tests.wire.world import PASSWORD, World

MINE = "/api/sessions"
REFRESH = "/api/collections/users/auth-refresh"
RECORDS = "/api/collections/_sessions/records"
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
"""What tokens are spelled with."""


def is_out(world: World, token: str) -> bool:
    answer = world.ask("guest", "POST", REFRESH, headers={"authorization": token})
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 401


def refreshed(world: World, token: str) -> str:
    answer = world.ask("guest", "POST", REFRESH, headers={"authorization": token})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def listed(world: World, token: str, **query: str) -> list[dict[str, Any]]:
    headers = {"authorization": token}
    answer = world.ask("guest", "GET", MINE, query=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def login(world: World, name: str, device: str = "a browser") -> str:
    answer = world.ask(
        "guest",
        "POST",
        "/api/collections/users/auth-with-password",
        body={"identity": name, "password": PASSWORD},
        headers={"user-agent": device},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


@pytest.fixture
def someone(world: World) -> Iterator[str]:
    """Somebody who has signed up and never logged in."""
    name = world.fresh("session")
    world.ids[name] = world.make("users", world.account(name))
    yield name


def test_two_logins_in_the_same_second_are_two_sessions(world: World, someone: str) -> None:
    found = [login(world, someone) for _ in range(4)]
    assert len(set(found)) == 4
    ends = [jwt.decode(each, options={"verify_signature": False})["exp"] for each in found]
    assert len(set(ends)) == 4
    assert max(ends) - time.time() <= 432_000 + 60
    assert len(listed(world, found[0])) == 4


def test_a_session_tells_from_where_and_when(world: World, someone: str) -> None:
    phone = login(world, someone, "a phone")
    laptop = login(world, someone, "a laptop")
    first, second = listed(world, phone)
    assert (first["device"], first["current"]) == ("a laptop", False)
    assert (second["device"], second["current"]) == ("a phone", True)
    assert second["address"] == "127.0.0.1" and second["method"] == "password"
    assert second["created"] <= second["lastSeen"]
    assert [each["current"] for each in listed(world, laptop)] == [True, False]
    picked = listed(world, phone, fields="items.device")
    assert picked == [{"device": "a laptop"}, {"device": "a phone"}]


def test_an_ended_session_is_out_with_all_its_tokens(world: World, someone: str) -> None:
    phone, laptop = login(world, someone, "a phone"), login(world, someone, "a laptop")
    later = [phone]
    for _ in range(2):
        time.sleep(1.01)  # tokens of the same second are the same text
        later.append(refreshed(world, later[-1]))
    assert len(set(later)) > 1
    assert len(listed(world, laptop)) == 2
    [gone] = [each["id"] for each in listed(world, laptop) if each["device"] == "a phone"]
    headers = {"authorization": laptop}
    assert world.ask("guest", "DELETE", f"{MINE}/{gone}", headers=headers).status_code == 204
    assert all(is_out(world, token) for token in later)
    assert not is_out(world, laptop)
    assert world.ask("guest", "DELETE", f"{MINE}/{gone}", headers=headers).status_code == 404


def test_another_spelling_of_a_token_does_not_outlive_its_session(
    world: World, someone: str
) -> None:
    token, other = login(world, someone), login(world, someone)
    start, last = token[:-1], ALPHABET.index(token[-1])
    spelled = [f"{token}=", f"{token}==", f"{token[:-5]}!{token[-5:]}"]
    spelled += [start + ALPHABET[last + bits] for bits in (1, 2, 3)]  # bits that nobody reads
    assert all(is_out(world, each) for each in spelled)
    [gone] = [each["id"] for each in listed(world, token) if each["current"]]
    path = f"{MINE}/{gone}"
    assert world.ask("guest", "DELETE", path, headers={"authorization": other}).status_code == 204
    assert all(is_out(world, each) for each in (token, *spelled))
    assert not is_out(world, other)


def test_realtime_of_an_ended_session_is_a_guests(world: World, someone: str) -> None:
    phone, laptop = login(world, someone, "a phone"), login(world, someone, "a laptop")
    [gone] = [each["id"] for each in listed(world, laptop) if each["device"] == "a phone"]
    topic = f"users/{world.ids[someone]}"
    with listen(world.url) as ended, listen(world.url) as other:
        assert ended.subscribe(topic, token=phone).status_code == 204
        assert other.subscribe(topic, token=laptop).status_code == 204
        world.change("users", world.ids[someone], locale="ja")
        assert all("email" in each.next().data["record"] for each in (ended, other))
        headers = {"authorization": laptop}
        assert world.ask("guest", "DELETE", f"{MINE}/{gone}", headers=headers).status_code == 204
        world.change("users", world.ids[someone], locale="ko")
        assert "email" not in ended.next().data["record"], "it goes on, as a guest"
        assert "email" in other.next().data["record"]


def test_refreshing_within_a_second_gives_the_same_token(world: World, someone: str) -> None:
    token = login(world, someone)
    fresh = {refreshed(world, token) for _ in range(5)}
    assert len(fresh) <= 2
    assert all(not is_out(world, each) for each in (token, *fresh))


def test_a_session_is_a_record_of_its_owner(world: World, someone: str) -> None:
    token = login(world, someone)
    [mine] = listed(world, token)
    headers = {"authorization": token}
    path = f"{RECORDS}/{mine['id']}"
    assert world.ask("bob", "GET", path).status_code == 404
    assert world.ask("bob", "DELETE", path).status_code == 404
    assert world.ask("guest", "DELETE", path).status_code == 404
    assert world.ask("guest", "PATCH", path, body={}, headers=headers).status_code == 403
    assert world.ask("guest", "POST", RECORDS, body={}, headers=headers).status_code == 403
    seen = world.ask("guest", "GET", RECORDS, headers=headers).json()["items"]
    assert [each["id"] for each in seen] == [mine["id"]]
    assert world.ask("guest", "DELETE", path, headers=headers).status_code == 204
    assert is_out(world, token)


def test_everything_ends_at_once(world: World, someone: str) -> None:
    found = [login(world, someone) for _ in range(3)]
    headers = {"authorization": found[0]}
    assert world.ask("guest", "DELETE", MINE, headers=headers).status_code == 204
    assert all(is_out(world, token) for token in found)
    assert [each["current"] for each in listed(world, login(world, someone))] == [True]


def test_others_end_and_a_fresh_token_goes_on(world: World, someone: str) -> None:
    found = [login(world, someone) for _ in range(3)]
    answer = world.ask("guest", "POST", f"{MINE}/end-others", headers={"authorization": found[0]})
    assert answer.status_code == 200
    assert answer.json()["record"]["username"] == someone
    assert all(is_out(world, token) for token in found)
    fresh = answer.json()["token"]
    assert [each["method"] for each in listed(world, fresh)] == ["refresh"]
    assert not is_out(world, fresh)


@pytest.mark.parametrize(
    "change",
    [{"password": "another12345", "passwordConfirm": "another12345"}, {"email": "{}@new.example"}],
)
def test_a_new_password_or_address_ends_every_session(
    world: World, someone: str, change: dict[str, str]
) -> None:
    tokens = [login(world, someone) for _ in range(2)]
    changed = {name: text.format(someone) for name, text in change.items()}
    world.change("users", world.ids[someone], **changed)
    assert all(is_out(world, token) for token in tokens)
    filter_ = f"recordRef = '{world.ids[someone]}'"
    left = world.ask("root", "GET", RECORDS, query={"filter": filter_}).json()
    assert left["totalItems"] == 0


def test_a_superuser_sees_and_ends_the_sessions_of_others(world: World, someone: str) -> None:
    token = login(world, someone)
    query = {"account": world.ids[someone]}
    [theirs] = world.ask("root", "GET", MINE, query=query).json()["items"]
    assert not theirs["current"]
    path = f"{MINE}/{theirs['id']}"
    assert world.ask("root", "DELETE", path).status_code == 404  # not one of root's own
    assert world.ask("root", "DELETE", path, query=query).status_code == 204
    assert is_out(world, token)


@rows(
    Row(says="guests have no sessions", path=MINE, status=401),
    Row(says="guests end none", method="DELETE", path=MINE, status=401),
    Row(says="guests end none by id", method="DELETE", path=f"{MINE}/abc", status=401),
    Row(says="guests begin none", method="POST", path=f"{MINE}/end-others", status=401),
    Row(
        says="another account is not there",
        who="bob",
        path=MINE,
        query={"account": "{alice}"},
        status=404,
    ),
    Row(
        says="nor for a moderator",
        who="mod",
        method="DELETE",
        path=MINE,
        query={"account": "{alice}"},
        status=404,
    ),
    Row(says="nobody has none", who="root", path=MINE, query={"account": "nobody"}, status=404),
)
def test_what_is_not_ones_own(world: World, row: Row) -> None:
    check(world, row)


def test_nobody_ends_the_session_of_somebody_else(world: World, someone: str) -> None:
    token = login(world, someone)
    [theirs] = listed(world, token)
    assert world.ask("bob", "DELETE", f"{MINE}/{theirs['id']}").status_code == 404
    assert not is_out(world, token)


def test_what_happens_to_an_account_is_told(world: World, someone: str) -> None:
    person = world.ids[someone]
    token = login(world, someone, "a secret device")
    [mine] = listed(world, token)
    headers = {"authorization": token, "user-agent": "a secret device"}
    change = {"password": "x" * 10, "passwordConfirm": "x" * 10, "oldPassword": PASSWORD}
    path = f"/api/collections/users/records/{person}"
    assert world.ask("guest", "PATCH", path, body=change, headers=headers).status_code == 200
    world.change("users", person, roles=[], email=f"{someone}@other.example")
    events = world.facts(person)
    told = [(e.type, msgspec.json.decode(e.data), e.actor.partition("/")[0]) for e in events]
    session = {"session": mine["id"], "method": "password"}
    assert told == [
        ("users.signed_in", session, "users"),
        ("users.password_changed", {}, "users"),
        ("users.signed_out", session, "users"),
        ("users.email_changed", {}, "_superusers"),
        ("users.roles_changed", {"from": [world.ids["member"]], "to": []}, "_superusers"),
    ]
    for event in events:
        assert event.sealed is not None
        assert b"secret device" not in event.sealed + event.data
        assert PASSWORD.encode() not in event.sealed + event.data
        assert token.encode() not in event.sealed + event.data
    answer = world.ask("root", "GET", "/api/audit", query={"collection": "users", "record": person})
    first = answer.json()["items"][-2]
    assert (first["type"], first["sealed"]) == ("users.signed_in", ["address", "device"])


async def _many_at_once(settings: Settings, username: str) -> tuple[set[str], set[str]]:
    """So many first tokens of one account in one second, and what each is refreshed to."""
    async with open_instance(settings) as instance:
        application = instance.application
        users = application.catalogue.get("users")
        record = await application.principals.named(users, "username", username)
        assert record is not None
        now, sessions = application.kernel.clock(), application.sessions
        made = [
            await sessions.begin(users, record, Request(now=now), "password") for _ in range(80)
        ]
        fresh = set()
        for token in made:
            known = await application.principals.resolve(token)
            assert known is not None
            asking = Request(now=now, session=known.session)
            fresh.add(await sessions.renew(users, record, asking, token))
        return set(made), fresh


def test_many_logins_of_one_account_in_one_second_are_as_many_sessions(
    world: World, someone: str
) -> None:
    made, fresh = asyncio.run(_many_at_once(world.settings, someone))
    assert len(made) == 80 and len(fresh) == 80


async def _foreign_token(settings: Settings, username: str) -> str:
    """A token that nobody has registered, as an import brings them."""
    from holobase.engine.accounts import tokens

    async with open_instance(settings) as instance:
        users = instance.application.catalogue.get("users")
        record = await instance.application.principals.named(users, "username", username)
        assert record is not None
        end = instance.application.kernel.clock() // 1_000 - 60 + tokens.duration(users)
        return tokens.signed(record, users, end, refreshable=True)


def test_a_token_that_nobody_has_registered_is_good_and_becomes_a_session(
    world: World, someone: str
) -> None:
    token = asyncio.run(_foreign_token(world.settings, someone))
    assert listed(world, token) == []
    fresh = refreshed(world, token)
    assert fresh != token and not is_out(world, token)
    [session] = listed(world, token)
    assert session["method"] == "refresh" and session["current"]
    headers = {"authorization": fresh}
    path = f"{MINE}/{session['id']}"
    assert world.ask("guest", "DELETE", path, headers=headers).status_code == 204
    assert is_out(world, token) and is_out(world, fresh)


def test_a_token_that_nobody_has_registered_ends_with_all(world: World, someone: str) -> None:
    token = asyncio.run(_foreign_token(world.settings, someone))
    ours = login(world, someone)
    answer = world.ask("guest", "POST", f"{MINE}/end-others", headers={"authorization": ours})
    assert answer.status_code == 200
    assert is_out(world, token)


@pytest.mark.parametrize("kind", STORES)
def test_an_ended_session_is_out_in_every_worker_at_once(kind: str, tmp_path: Path) -> None:
    with store_of(kind) as store, serve(tmp_path / "d", "--workers", "2", store=store) as server:

        def ask(method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
            # a connection of its own each time, so that either worker may get it
            return httpx.request(
                method, server.url + path, headers={"authorization": token}, timeout=20, **more
            )

        assert ask("POST", "/api/collections/users/records", json=ACCOUNT).is_success
        credentials = {"identity": "anna", "password": ACCOUNT["password"]}
        for _ in range(3):
            path = "/api/collections/users/auth-with-password"
            mine, other = (ask("POST", path, json=credentials).json()["token"] for _ in range(2))
            assert all(ask("GET", MINE, other).status_code == 200 for _ in range(8))
            sessions = ask("GET", MINE, other).json()["items"]
            [gone] = [each["id"] for each in sessions if each["current"]]
            assert ask("DELETE", f"{MINE}/{gone}", mine).status_code == 204
            assert all(ask("GET", MINE, other).status_code == 401 for _ in range(8))
            assert ask("GET", MINE, mine).status_code == 200


@pytest.mark.parametrize("kind", STORES)
def test_the_session_unused_for_longest_makes_room_and_expired_ones_are_forgotten(
    kind: str, tmp_path: Path
) -> None:
    with store_of(kind) as store:
        settings = Settings.of({"data": tmp_path / "d", "store": store})
        asyncio.run(_fill(settings))


async def _fill(settings: Settings) -> None:
    from holobase.domain.principal import Request

    moment = int(time.time() * 1000)
    async with open_instance(settings, clock=lambda: moment) as instance:
        application = instance.application
        users, sessions = application.catalogue.get("users"), application.sessions
        anna = await application.writing.create(users, ACCOUNT, Request(service="test"))
        first = await sessions.begin(users, anna, Request(auth=anna), "password")
        known = await application.principals.resolve(first)
        assert known is not None
        await application.registry.close()  # what was seen is written down
        second = await sessions.begin(users, anna, Request(auth=anna), "password")
        for _ in range(SESSIONS_MAX - 2):
            moment += 1_000
            await sessions.begin(users, anna, Request(auth=anna), "password")
        assert await application.registry.session_of(second)
        await sessions.begin(users, anna, Request(auth=anna), "password")
        assert await application.registry.session_of(second) is None
        assert await application.registry.session_of(first)
        assert len(await application.registry.listed(anna)) == SESSIONS_MAX
        moment += 431_970 * 1_000
        await application.registry.forget_expired()
        left = len(await application.registry.listed(anna))
        assert 0 < left < SESSIONS_MAX
        moment += 1_000_000
        await application.registry.forget_expired()
        assert await application.registry.listed(anna) == []
    async with open_snapshot(settings) as snapshot:
        last = (await snapshot.log.events(await snapshot.log.position() - 1, 1))[0]
        assert (last.type, last.actor) == ("_sessions.deleted", "service/sessions")
