"""Impersonation: a superuser acts as somebody else, for a while, and it is told."""

import time

import jwt
import msgspec

from tests.wire.rows import ANYTHING, Row, check, rows
from tests.wire.world import World

PATH = "/api/collections/{}/impersonate/{}"
ALICE = PATH.format("users", "{alice}")
NO_DURATIONS: tuple[object, ...] = ("5", 1.5, True, [], 1e30)
REFRESH = "/api/collections/users/auth-refresh"


def asked(says: str, **given: object) -> Row:
    row: dict[str, object] = {"method": "POST", "who": "root", "path": ALICE, **given}
    return Row(says=says, **row)  # type: ignore[arg-type]


@rows(
    asked("a guest may not", who="guest", status=401),
    asked("a user may not", who="bob", status=403),
    asked("nor a moderator", who="mod", status=403),
    asked("nor oneself", who="alice", status=403),
    asked("a superuser may", equals={"record.id": "{alice}", "token": ANYTHING}),
    asked("by the collection's id", path=PATH.format("_pb_users_auth_", "{alice}")),
    asked("nobody is not there", path=PATH.format("users", "nobody"), status=404),
    asked("nor is a collection", path=PATH.format("nope", "{alice}"), status=404),
    asked("nor accounts where there are none", path=PATH.format("roles", "{member}"), status=404),
    asked("guests are told so first", who="guest", path=PATH.format("nope", "x"), status=401),
    asked("for so long", body={"duration": 60}),
    asked("for as long as usual", body={"duration": 0}),
    asked("null is none", body={"duration": None}),
    asked("other keys are ignored", body={"seconds": "x"}),
    asked(
        "not for less than nothing",
        body={"duration": -1},
        status=400,
        codes={"duration": "validation_min_greater_equal_than_required"},
    ),
    *(
        asked(f"not for {duration!r}", body={"duration": duration}, status=400)
        for duration in NO_DURATIONS
    ),
    asked("a list is no body", body=[], status=400),
    asked("what is asked for can be picked", query={"fields": "record.id"}, lacks=["token"]),
    asked(
        "and expanded as whom it is about",
        query={"expand": "roles"},
        equals={"record.expand.roles.0.name": "member", "record.email": "alice@example.com"},
    ),
)
def test_impersonating(world: World, row: Row) -> None:
    check(world, row)


def test_such_a_token_lasts_as_asked_and_cannot_be_refreshed(world: World) -> None:
    name = world.fresh()
    path = PATH.format("users", world.person(name))
    for duration, seconds in ((60, 60), (0, 432_000), (10**9, 10**9)):
        answer = world.ask("root", "POST", path, body={"duration": duration}).json()
        claims = jwt.decode(answer["token"], options={"verify_signature": False})
        assert abs(claims["exp"] - time.time() - seconds) < 60
        assert claims["refreshable"] is False
        headers = {"authorization": answer["token"]}
        again = world.ask("guest", "POST", REFRESH, headers=headers)
        assert again.status_code == 200 and again.json()["token"] == answer["token"]
        others = world.ask("guest", "POST", "/api/sessions/end-others", headers=headers)
        assert others.status_code == 403


def test_no_rule_keeps_a_superuser_from_it(world: World) -> None:
    name = world.fresh()
    person = world.person(name)
    world.change("users", person, status="suspended")
    answer = world.ask("root", "POST", PATH.format("users", person))
    assert answer.status_code == 200
    headers = {"authorization": answer.json()["token"]}
    assert world.ask("guest", "POST", REFRESH, headers=headers).status_code == 401


def test_superusers_can_be_impersonated(world: World) -> None:
    other = world.account()
    made = world.make("_superusers", {k: other[k] for k in other if k != "username"})
    token = world.ask("root", "POST", PATH.format("_superusers", made)).json()["token"]
    headers = {"authorization": token}
    assert world.ask("guest", "GET", "/api/settings", headers=headers).status_code == 200


def test_its_owner_sees_it_and_can_end_it(world: World) -> None:
    name = world.fresh()
    person = world.person(name)
    token = world.ask("root", "POST", PATH.format("users", person)).json()["token"]
    [session] = [
        each
        for each in world.ask(name, "GET", "/api/sessions").json()["items"]
        if each["method"] == "impersonation"
    ]
    told = world.facts(person)
    assert msgspec.json.decode(told[-1].data)["method"] == "impersonation"
    assert told[-1].actor.startswith("_superusers/")
    assert world.ask(name, "DELETE", f"/api/sessions/{session['id']}").status_code == 204
    headers = {"authorization": token}
    assert world.ask("guest", "POST", REFRESH, headers=headers).status_code == 401
