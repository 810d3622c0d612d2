"""Roles: who may see what others may do, and who may give what to whom."""

from typing import Any

import pytest

from holobase.community.identity.permissions import (
    ADMIN,
    AUDITOR,
    MEMBER,
    MODERATOR,
    OPERATOR,
    PERMISSIONS,
)
from tests.wire.rows import Row, check, rows
from tests.wire.world import World

MINE = "/api/permissions"
CLERK = ("audit.read", "logs.read", "users.roles")


@pytest.fixture(scope="module")
def office(world: World) -> World:
    """The world with an admin, and with a clerk who gives roles but may do little themselves."""
    if "clerk" not in world.tokens:
        world.ids["clerk_role"] = world.make("roles", {"name": "clerk", "permissions": list(CLERK)})
        world.change("users", world.person("clerk"), roles=[MEMBER.id, world.ids["clerk_role"]])
        world.change("users", world.person("admin"), roles=[MEMBER.id, ADMIN.id])
        for name in ("target", "somebody"):
            world.person(name)
        world.ids |= {r.name: r.id for r in (OPERATOR, AUDITOR)} | {"admin_role": ADMIN.id}
    return world


@rows(
    Row(says="guests have none", path=MINE, status=401),
    Row(
        says="a member may do nothing beyond the rules",
        who="alice",
        path=MINE,
        equals={"account": "{alice}", "roles.0.name": "member", "permissions": []},
    ),
    Row(
        says="a moderator sees what their roles add up to",
        who="mod",
        path=MINE,
        equals={"roles.1.name": "moderator", "permissions": sorted(MODERATOR.permissions)},
    ),
    Row(
        says="a superuser may do everything",
        who="root",
        path=MINE,
        equals={"collectionName": "_superusers", "roles": [], "permissions": sorted(PERMISSIONS)},
    ),
    Row(
        says="one may ask for oneself by id",
        who="alice",
        path=MINE,
        query={"account": "{alice}"},
        equals={"account": "{alice}"},
    ),
    Row(
        says="others are nobody's business",
        who="mod",
        path=MINE,
        query={"account": "{alice}"},
        status=403,
    ),
    Row(
        says="who is not there neither",
        who="alice",
        path=MINE,
        query={"account": "nobodynobody123"},
        status=403,
    ),
    Row(
        says="who gives roles sees what others may do",
        who="clerk",
        path=MINE,
        query={"account": "{mod}"},
        equals={"account": "{mod}", "permissions": sorted(MODERATOR.permissions)},
    ),
    Row(
        says="nobody has nothing",
        who="clerk",
        path=MINE,
        query={"account": "nobodynobody123"},
        status=404,
    ),
    Row(
        says="what is asked for can be picked",
        who="mod",
        path=MINE,
        query={"fields": "roles.name"},
        lacks=["permissions", "account"],
    ),
)
def test_effective_permissions(office: World, row: Row) -> None:
    check(office, row)


def change(**values: Any) -> dict[str, Any]:
    return {"method": "PATCH", "path": "/api/collections/users/records/{target}", "body": values}


BEYOND = {"roles": "validation_beyond_own_permissions"}


@rows(
    Row(
        says="a clerk gives a role that may do less than they",
        who="clerk",
        **change(**{"roles+": "{auditor}"}),
        equals={"roles": ["{member}", "{auditor}"]},
        events=["users.updated", ...],
    ),
    Row(
        says="and takes it again",
        who="clerk",
        **change(**{"roles-": "{auditor}"}),
        equals={"roles": ["{member}"]},
        events=["users.updated", ...],
    ),
    Row(
        says="but gives nothing beyond",
        who="clerk",
        **change(**{"roles+": "{operator}"}),
        status=400,
        codes=BEYOND,
    ),
    Row(
        says="neither to themselves",
        who="clerk",
        method="PATCH",
        path="/api/collections/users/records/{clerk}",
        body={"roles+": "{admin_role}"},
        status=400,
        codes=BEYOND,
    ),
    Row(
        says="nor takes what is beyond",
        who="clerk",
        method="PATCH",
        path="/api/collections/users/records/{mod}",
        body={"roles-": "{moderator}"},
        status=400,
        codes=BEYOND,
    ),
    Row(
        says="nor gives it to an account they make",
        who="clerk",
        method="POST",
        path="/api/collections/users/records",
        body={
            "username": "made_by_clerk",
            "email": "made_by_clerk@example.com",
            "password": "password123",
            "passwordConfirm": "password123",
            "roles": ["{admin_role}"],
        },
        status=400,
        codes=BEYOND,
    ),
    Row(
        says="what a moderator sends as roles is ignored",
        who="mod",
        **change(**{"roles+": "{operator}"}),
        equals={"roles": ["{member}"]},
        events=None,
    ),
    Row(
        says="an admin gives every role",
        who="admin",
        **change(**{"roles+": "{operator}"}),
        equals={"roles": ["{member}", "{operator}"]},
        events=None,
    ),
    Row(
        says="what one has already is no gift",
        who="clerk",
        **change(roles=["{operator}", "{member}"]),
        equals={"roles": ["{operator}", "{member}"]},
        events=None,
    ),
    Row(
        says="roles themselves are the superusers'",
        who="admin",
        method="PATCH",
        path="/api/collections/roles/records/{clerk_role}",
        body={"permissions": ["settings.write"]},
        status=403,
    ),
)
def test_giving_roles(office: World, row: Row) -> None:
    check(office, row)


def suspend(who: str, target: str) -> dict[str, Any]:
    path = f"/api/collections/users/records/{{{target}}}"
    return {"who": who, "method": "PATCH", "path": path, "body": {"status": "suspended"}}


@rows(
    Row(
        says="a moderator suspends a member",
        **suspend("mod", "somebody"),
        equals={"status": "suspended"},
        events=["users.updated", ...],
    ),
    Row(
        says="but nobody who may do more than they",
        **suspend("mod", "admin"),
        status=400,
        codes={"status": "validation_beyond_own_permissions"},
    ),
    Row(
        says="even where that is something else",
        **suspend("mod", "clerk"),
        status=400,
        codes={"status": "validation_beyond_own_permissions"},
    ),
    Row(
        says="what stays as it is is no decision",
        who="mod",
        method="PATCH",
        path="/api/collections/users/records/{admin}",
        body={"status": "active"},
        equals={"status": "active"},
        events=None,
    ),
    Row(
        says="an admin suspends a moderator",
        **suspend("admin", "mod"),
        equals={"status": "suspended"},
        events=["users.updated", ...],
    ),
    Row(
        says="who is back when a superuser says so",
        who="root",
        method="PATCH",
        path="/api/collections/users/records/{mod}",
        body={"status": "active"},
        equals={"status": "active"},
        events=["users.updated", ...],
    ),
)
def test_suspending(office: World, row: Row) -> None:
    check(office, row)


def test_a_role_opens_and_closes_routes_at_once(office: World) -> None:
    name = office.fresh()
    person = office.person(name)
    for roles, status in (([OPERATOR.id], 200), ([], 403), ([ADMIN.id], 200), ([MEMBER.id], 403)):
        office.change("users", person, roles=roles)
        assert office.ask(name, "GET", "/api/settings").status_code == status
    office.change("users", person, roles=[ADMIN.id])
    office.change("users", person, status="suspended")
    assert office.ask(name, "GET", "/api/settings").status_code == 401


def test_settings_change_by_permission_and_are_told_of_the_user(office: World) -> None:
    body = {"meta": {"accentColor": "#123456"}}
    answer = office.ask("admin", "PATCH", "/api/settings", body=body)
    assert answer.status_code == 200
    assert answer.json()["meta"]["accentColor"] == "#123456"
    told = office.ask("admin", "GET", "/api/audit", query={"collection": "_settings"}).json()
    assert told["items"][0]["actor"] == f"users/{office.ids['admin']}"
