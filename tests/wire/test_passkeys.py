"""Passkeys: made by whoever is logged in, good for logging in, and for nobody else."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import STORES, store_of
from tests.server import serve
from tests.wire.authenticator import PRESENT, Authenticator, decoded, encoded
from tests.wire.clubs import BOTH_STEPS, found
from tests.wire.inside import ACCOUNT
from tests.wire.rows import Row, check, rows
from tests.wire.world import PASSWORD, World

PATH = "/api/collections/users/passkeys"
LOGIN = "/api/collections/users/auth-with-passkey"
RECORDS = "/api/collections/_passkeys/records"
ORIGIN = "https://cards.example"


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[World]:
    """The world at an address of its own."""
    settings = world.ask("root", "GET", "/api/settings").json()["meta"]
    ours = {"meta": {"appURL": f"{ORIGIN}/somewhere", "appName": "Cards"}}
    assert world.ask("root", "PATCH", "/api/settings", body=ours).status_code == 200
    yield world
    world.ask("root", "PATCH", "/api/settings", body={"meta": settings})


@pytest.fixture
def someone(site: World) -> Iterator[str]:
    """Somebody who is logged in."""
    name = site.fresh("keys")
    site.person(name)
    yield name


def options(world: World, who: str, kind: str) -> dict[str, Any]:
    answer = world.ask(who, "POST", f"{PATH}/{kind}-options")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def registered(world: World, who: str, device: Authenticator, name: str = "phone") -> str:
    """The id of a passkey that somebody makes."""
    made = device.create(options(world, who, "registration"))
    answer = world.ask(who, "POST", PATH, body={"credential": made, "name": name})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def asked_in(world: World, credential: dict[str, Any], **query: str) -> httpx.Response:
    return world.ask("guest", "POST", LOGIN, body={"credential": credential}, query=query)


def test_a_passkey_lets_in(site: World, someone: str) -> None:
    device = Authenticator(ORIGIN)
    passkey = registered(site, someone, device)
    for _ in range(2):
        asked = options(site, "guest", "login")
        assert asked["rpId"] == "cards.example" and asked["userVerification"] == "required"
        assert asked.get("allowCredentials", []) == []
        answer = asked_in(site, device.get(asked))
        assert answer.status_code == 200, answer.text
        assert answer.json()["record"]["username"] == someone
        headers = {"authorization": answer.json()["token"]}
        sessions = site.ask("guest", "GET", "/api/sessions", headers=headers).json()["items"]
        assert sessions[0]["method"] == "passkey"
    record = site.show("_passkeys", passkey)
    assert (record["name"], record["signCount"]) == ("phone", 2)
    assert record["lastUsed"]


def test_what_a_page_asks_a_device_for(site: World, someone: str) -> None:
    asked = options(site, someone, "registration")
    assert asked["rp"] == {"id": "cards.example", "name": "Cards"}
    assert decoded(asked["user"]["id"]).decode() == site.ids[someone]
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    device = Authenticator(ORIGIN)
    registered(site, someone, device)
    known = options(site, someone, "registration")["excludeCredentials"]
    assert [each["id"] for each in known] == [encoded(device.id)]


def test_a_device_that_does_not_count_lets_in_again_and_again(site: World, someone: str) -> None:
    device = Authenticator(ORIGIN, counts=False)
    registered(site, someone, device)
    for _ in range(3):
        assert asked_in(site, device.get(options(site, "guest", "login"))).status_code == 200


def test_an_answer_counts_once(site: World, someone: str) -> None:
    device = Authenticator(ORIGIN, counts=False)
    registered(site, someone, device)
    answer = device.get(options(site, "guest", "login"))
    assert asked_in(site, answer).status_code == 200
    assert asked_in(site, answer).status_code == 400
    asked = options(site, someone, "registration")
    made = Authenticator(ORIGIN).create(asked)
    again = Authenticator(ORIGIN).create(asked)
    assert site.ask(someone, "POST", PATH, body={"credential": made}).status_code == 200
    assert site.ask(someone, "POST", PATH, body={"credential": again}).status_code == 400


def test_a_copy_of_a_key_that_lags_behind_is_refused(site: World, someone: str) -> None:
    device = Authenticator(ORIGIN)
    registered(site, someone, device)
    stolen = copy.copy(device)
    for _ in range(2):
        assert asked_in(site, device.get(options(site, "guest", "login"))).status_code == 200
    for _ in range(2):
        assert asked_in(site, stolen.get(options(site, "guest", "login"))).status_code == 400
    assert asked_in(site, stolen.get(options(site, "guest", "login"))).status_code == 200


def test_answers_that_do_not_hold_are_all_refused_alike(site: World, someone: str) -> None:
    device, second = (Authenticator(ORIGIN, counts=False) for _ in range(2))
    registered(site, someone, device)
    registered(site, someone, second)  # with one alone there would be too many attempts

    def get(**change: Any) -> dict[str, Any]:
        other = copy.copy(second)
        for name, value in change.items():
            setattr(other, name, value)
        return other.get(options(site, "guest", "login"))

    elsewhere = options(site, "guest", "login") | {"rpId": "evil.example"}
    made_up = options(site, "guest", "login") | {"challenge": encoded(b"x" * 60)}
    other_purpose = options(site, someone, "registration")
    for_nobody = {"challenge": other_purpose["challenge"], "rpId": "cards.example"}
    good = device.get(options(site, "guest", "login"))
    cut = {**good, "response": {**good["response"], "signature": encoded(b"no")}}
    refused = [
        get(origin="https://evil.example"),
        get(key=Authenticator(ORIGIN).key),
        get(id=b"unknown" * 5),
        get(user=site.ids["bob"].encode()),
        get(flags=PRESENT),
        device.get(elsewhere),
        device.get(made_up),
        device.get(for_nobody),
        cut,
        {**good, "response": {}},
        {**good, "id": 5},
        {**good, "type": "password"},
        {},
    ]
    bodies = {asked_in(site, each).text for each in refused}
    assert len(bodies) == 1 and '"status":400' in bodies.pop()
    assert asked_in(site, good).status_code == 200


def test_a_challenge_for_one_is_not_good_for_another(site: World, someone: str) -> None:
    asked = options(site, someone, "registration")
    made = Authenticator(ORIGIN).create(asked)
    assert site.ask("bob", "POST", PATH, body={"credential": made}).status_code == 400
    club = found(site)
    login = site.ask("guest", "POST", f"{club.path}/passkeys/login-options").json()
    device = Authenticator(ORIGIN)
    registered(site, someone, device)
    assert asked_in(site, device.get(login)).status_code == 400


def test_a_passkey_belongs_to_its_owner(site: World, someone: str) -> None:
    path = f"{RECORDS}/{registered(site, someone, Authenticator(ORIGIN))}"
    mine = site.ask(someone, "GET", path).json()
    assert "publicKey" not in mine and "signCount" not in mine
    assert site.ask("bob", "GET", path).status_code == 404
    assert site.ask("bob", "PATCH", path, body={"name": "his"}).status_code == 404
    assert site.ask("bob", "DELETE", path).status_code == 404
    changes = {**mine, "name": "laptop", "credentialId": "x", "publicKey": "x", "signCount": 9}
    changed = site.ask(someone, "PATCH", path, body=changes).json()
    assert (changed["name"], changed["credentialId"]) == ("laptop", mine["credentialId"])
    taken = {"recordRef": site.ids["bob"]}
    assert site.ask(someone, "PATCH", path, body=taken).status_code == 404
    made = {"recordRef": site.ids["bob"], "credentialId": "x", "publicKey": "x"}
    assert site.ask(someone, "POST", RECORDS, body=made).status_code == 403
    assert site.ask(someone, "DELETE", path).status_code == 204
    assert site.ask(someone, "GET", RECORDS).json()["items"] == []


def test_a_passkey_that_was_deleted_lets_nobody_in(site: World, someone: str) -> None:
    device = Authenticator(ORIGIN)
    path = f"{RECORDS}/{registered(site, someone, device)}"
    assert site.ask(someone, "DELETE", path).status_code == 204
    assert asked_in(site, device.get(options(site, "guest", "login"))).status_code == 400


def test_who_may_not_log_in_may_not_by_passkey_either(site: World, someone: str) -> None:
    device = Authenticator(ORIGIN)
    registered(site, someone, device)
    site.change("users", site.ids[someone], status="suspended")
    assert asked_in(site, device.get(options(site, "guest", "login"))).status_code == 403


def test_passkeys_of_an_address_that_nobody_had_confirmed_end_when_somebody_does(
    site: World, someone: str
) -> None:
    device = Authenticator(ORIGIN)
    registered(site, someone, device)
    site.change("users", site.ids[someone], verified=True)
    assert asked_in(site, device.get(options(site, "guest", "login"))).status_code == 400


def test_a_passkey_is_a_second_step(site: World) -> None:
    club = found(site)
    club.change(**BOTH_STEPS)
    member = club.join()
    root_token = site.ask("root", "POST", f"{club.path}/impersonate/{member.id}").json()["token"]
    headers = {"authorization": root_token}
    asked = site.ask(
        "guest", "POST", f"{club.path}/passkeys/registration-options", headers=headers
    ).json()
    device = Authenticator(ORIGIN)
    body: dict[str, Any] = {"credential": device.create(asked)}
    made = site.ask("guest", "POST", f"{club.path}/passkeys", body=body, headers=headers)
    assert made.status_code == 200, made.text
    first = club.post("auth-with-password", {"identity": member.email, "password": PASSWORD})
    assert first.status_code == 401
    login = site.ask("guest", "POST", f"{club.path}/passkeys/login-options").json()
    second = site.ask(
        "guest",
        "POST",
        f"{club.path}/auth-with-passkey",
        body={"credential": device.get(login)},
        query=first.json(),
    )
    assert second.status_code == 200, second.text
    login = site.ask("guest", "POST", f"{club.path}/passkeys/login-options").json()
    body = {"credential": device.get(login)}
    alone = site.ask("guest", "POST", f"{club.path}/auth-with-passkey", body=body)
    assert alone.status_code == 401 and list(alone.json()) == ["mfaId"]


@rows(
    Row(says="a guest makes none", method="POST", path=PATH, status=401),
    Row(
        says="nor asks to",
        method="POST",
        path=f"{PATH}/registration-options",
        status=401,
    ),
    Row(
        says="nobody makes one elsewhere",
        who="alice",
        method="POST",
        path="/api/collections/_superusers/passkeys",
        status=403,
    ),
    Row(
        says="there is none without accounts",
        method="POST",
        path="/api/collections/roles/passkeys/login-options",
        status=404,
    ),
    Row(says="an answer is needed", who="alice", method="POST", path=PATH, body={}, status=400),
    Row(
        says="an answer is no text",
        who="alice",
        method="POST",
        path=PATH,
        body={"credential": "x"},
        status=400,
    ),
    Row(
        says="an answer answers something",
        who="alice",
        method="POST",
        path=PATH,
        body={"credential": {"response": {"clientDataJSON": "\u00e4"}}},
        status=400,
    ),
    Row(
        says="a name has a length",
        who="alice",
        method="POST",
        path=PATH,
        body={"credential": {}, "name": "x" * 101},
        status=400,
        codes={"name": "validation_max_text_constraint"},
    ),
    Row(says="nothing lets nobody in", method="POST", path=LOGIN, body={}, status=400),
)
def test_what_is_refused(site: World, row: Row) -> None:
    check(site, row)


@pytest.mark.parametrize("kind", STORES)
def test_a_challenge_is_good_in_every_worker_and_once(kind: str, tmp_path: Path) -> None:
    with store_of(kind) as store, serve(tmp_path / "d", "--workers", "2", store=store) as server:

        def post(path: str, body: Any = None, token: str = "") -> httpx.Response:
            # a connection of its own each time, so that either worker may get it
            return httpx.post(
                server.url + path, json=body, headers={"authorization": token}, timeout=20
            )

        post("/api/collections/users/records", ACCOUNT)
        credentials = {"identity": "anna", "password": ACCOUNT["password"]}
        token = post("/api/collections/users/auth-with-password", credentials).json()["token"]
        device = Authenticator("http://localhost:8090", counts=False)
        asked = post(f"{PATH}/registration-options", token=token).json()
        assert post(PATH, {"credential": device.create(asked)}, token).status_code == 200
        answers = [device.get(post(f"{PATH}/login-options").json()) for _ in range(6)]
        assert all(post(LOGIN, {"credential": each}).status_code == 200 for each in answers)
        assert all(post(LOGIN, {"credential": each}).status_code == 400 for each in answers)
