"""Tokens: how they are made, which are good, and what a bad one is worth."""

import base64
import hmac
import json
import time

import jwt
import pytest

from holobase.domain.collection import AuthOptions, Collection, TokenOptions
from holobase.domain.record import Record
from holobase.engine.accounts import tokens
from holobase.engine.catalogue import Definition
from tests.wire.rows import Json
from tests.wire.world import World

REFRESH = "/api/collections/users/auth-refresh"
VECTOR = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJjb2xsZWN0aW9uSWQiOiJfcGJfdXNlcnNfYXV0aF8iLCJleHAiOjIwMDAwMDAwMDAsImlkIjoiYWJjZGVmZ2hpajEy"
    "MzQ1IiwicmVmcmVzaGFibGUiOnRydWUsInR5cGUiOiJhdXRoIn0."
    "mJL3gXgS9puyYLWR-XFQbnBvaF2BI-boXIfYZNMA0uw"
)


def _account() -> tuple[Record, Definition]:
    secret = TokenOptions(duration=1_000, secret="s" * 50)
    collection = Collection(
        id="_pb_users_auth_", name="users", type="auth", auth=AuthOptions(auth_token=secret)
    )
    values = {"id": "abcdefghij12345", "tokenKey": "k" * 50}
    record = Record(collection.id, collection.name, values["id"], 1, values)
    return record, Definition(collection, 1)


def test_a_token_is_made_byte_for_byte_as_in_the_reference() -> None:
    record, definition = _account()
    assert tokens.signed(record, definition, 2_000_000_000, refreshable=True) == VECTOR
    assert tokens.is_valid(VECTOR, "k" * 50 + "s" * 50)


@pytest.mark.parametrize(
    ("seconds_from_now", "algorithm", "is_good"),
    [
        ({}, "HS256", True),
        ({"exp": 60}, "HS256", True),
        ({"exp": -60}, "HS256", False),
        ({"nbf": 60}, "HS256", False),
        ({}, "HS512", False),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_token_is_good_while_its_times_hold_and_it_is_hs256(
    seconds_from_now: dict[str, int], algorithm: str, is_good: bool
) -> None:
    key = "k" * 50 + "s" * 50
    times = {name: time.time() + seconds for name, seconds in seconds_from_now.items()}
    token = jwt.encode({"id": "x", **times}, key, algorithm)
    assert tokens.is_valid(token, key) is is_good
    assert not tokens.is_valid(token, key + "x")
    assert not tokens.is_valid(token, "")


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("moment", ["2000000000", "x", True, None, [], {}, 2**63, 1e300])
def test_a_token_whose_times_are_none_is_not_good(name: str, moment: Json) -> None:
    if name != "exp" and moment is True:
        return  # a second after the beginning of time
    key = "k" * 50 + "s" * 50
    claims = base64.urlsafe_b64encode(json.dumps({name: moment}).encode()).rstrip(b"=")
    signed = b'{"alg":"HS256","typ":"JWT"}'
    text = base64.urlsafe_b64encode(signed).rstrip(b"=") + b"." + claims
    digest = hmac.digest(key.encode(), text, "sha256")
    token = (text + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()
    assert not tokens.is_valid(token, key)


def _with(token: str, **claims: Json) -> str:
    head, body, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**known, **claims}).encode()).rstrip(b"=")
    return f"{head}.{changed.decode()}.{signature}"


def _unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def test_a_bad_token_is_nobodys(world: World) -> None:
    good = world.tokens["alice"]
    bad = [
        "x",
        "a.b.c",
        "." * 5_000,
        good[:-2],
        good + "x" * 5_000,
        _unsigned(good),
        _with(good, exp=2**31),
        _with(good, id=world.ids["bob"]),
        _with(good, type="file"),
        _with(good, collectionId="_superusers"),
        f"Bearer Bearer {good}",
        f"Basic {good}",
    ]
    for token in bad:
        answer = world.ask("guest", "POST", REFRESH, headers={"authorization": token})
        assert answer.status_code == 401, token
        listed = world.ask(
            "guest", "GET", "/api/collections/users/records", headers={"authorization": token}
        )
        assert listed.status_code == 200 and "alice@example.com" not in listed.text


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER "])
def test_bearer_may_stand_before_a_token(world: World, prefix: str) -> None:
    headers = {"authorization": prefix + world.tokens["alice"]}
    answer = world.ask("guest", "POST", REFRESH, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["record"]["email"] == "alice@example.com"


def test_a_token_opens_its_own_collection_only(world: World) -> None:
    for who, collection, status in [
        ("guest", "users", 401),
        ("alice", "users", 200),
        ("root", "users", 403),
        ("alice", "_superusers", 403),
        ("root", "_superusers", 200),
        ("guest", "roles", 401),
        ("alice", "roles", 403),
        ("alice", "nope", 404),
    ]:
        path = f"/api/collections/{collection}/auth-refresh"
        assert world.ask(who, "POST", path).status_code == status, (who, collection)


def test_a_body_of_a_refresh_must_be_readable(world: World) -> None:
    headers = {"content-type": "application/json"}
    assert world.ask("alice", "POST", REFRESH, content=b"{", headers=headers).status_code == 400
    assert world.ask("guest", "POST", REFRESH, content=b"{", headers=headers).status_code == 401
    assert world.ask("alice", "POST", REFRESH, content=b"{}", headers=headers).status_code == 200


def test_a_refreshed_token_is_good_and_writes_nothing(world: World) -> None:
    with world.events() as written:
        answer = world.ask("alice", "POST", REFRESH, query={"expand": "roles"})
    assert written == []
    assert answer.json()["record"]["expand"]["roles"][0]["name"] == "member"
    headers = {"authorization": answer.json()["token"]}
    assert world.ask("guest", "POST", REFRESH, headers=headers).status_code == 200
    assert not {"iat", "jti", "nbf", "iss"} & set(
        jwt.decode(answer.json()["token"], options={"verify_signature": False})
    )


def test_a_new_address_ends_the_tokens_too(world: World) -> None:
    name = world.fresh()
    person = world.person(name)
    assert world.ask(name, "POST", REFRESH).status_code == 200
    world.change("users", person, email=f"new-{name}@example.com")
    assert world.ask(name, "POST", REFRESH).status_code == 401


def test_a_deleted_persons_token_is_nobodys(world: World) -> None:
    name = world.fresh()
    person = world.person(name)
    path = f"/api/collections/users/records/{person}"
    assert world.ask("root", "DELETE", path).status_code == 204
    assert world.ask(name, "POST", REFRESH).status_code == 401
